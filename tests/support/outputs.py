"""All that the compiler says of texts, as digests: to compare runs in other surroundings.

`python -m support.outputs all|few` prints them as JSON; `threads 200` compares eight threads
with one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nndsl
from nndsl.analysis.data import as_json
from nndsl.analysis.text import as_text
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source

ROOT = Path(__file__).resolve().parents[2]
FEW = ("examples/digits.nn", "examples/gpt2.nn", "examples/unet.nn", "examples/seq2seq.nn")
THREADS, FILES = 8, 200


def texts(paths: list[Path]) -> dict[str, str]:
    """Texts by their path from the top of the checkout, newlines as they are anywhere."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in paths
    }


def resolver(name: str, importer: str) -> Source | str:
    found = (ROOT / importer).parent / name
    return Source(name, found.read_text(encoding="utf-8")) if found.is_file() else "no such file"


def said(name: str, text: str) -> str:
    """The digest of table, graph, code, diagnostics and canonical form of one text."""
    source = Source(name, text)
    checked = nndsl.check(source, resolver)
    table = nndsl.analyse(source, resolver=resolver).table
    parts = [nndsl.render(checked.diagnostics, checked.sources)]
    if table is not None:
        parts += [as_text(table), as_json(table)]
    parts.append(json.dumps(nndsl.graph(source, resolver=resolver).data))
    for target in ("torch", "keras"):
        made = nndsl.compile(source, target, resolver=resolver)
        parts += [*made.files, *made.files.values(), json.dumps(dict(made.weights))]
        parts.append(nndsl.render(made.diagnostics, made.sources))
    if not nndsl.parse(source).diagnostics:
        parts.append(format_source(source, ALIASES))
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()


def files(count: int) -> dict[str, str]:
    """Texts: right and wrong ones of the checkout, spread evenly, and variations of a network."""
    places = ("tests/cases", "tests/errors/cases", "tests/examples/adversarial")
    found = texts(sorted(path for place in places for path in (ROOT / place).rglob("*.nn")))
    base = (ROOT / "examples" / "digits.nn").read_text(encoding="utf-8")
    for number in range(FILES - len(found)):
        widths = ", ".join(str(8 + (number + at) % 7) for at in range(1 + number % 3))
        found[f"digits{number}.nn"] = base.replace("widths=[16, 32]", f"widths=[{widths}]")
    return dict(list(found.items())[: FILES : FILES // count])


def threads(count: int) -> dict[str, object]:
    """The names whose digest differs between eight threads, which come first, and one."""
    sys.setswitchinterval(1e-5)
    given = files(count)
    with ThreadPoolExecutor(THREADS) as pool:
        beside = dict(zip(given, pool.map(said, given, given.values()), strict=True))
    alone = {name: said(name, text) for name, text in given.items()}
    return {"files": len(given), "differ": [name for name in given if alone[name] != beside[name]]}


if __name__ == "__main__":
    if sys.argv[1] == "threads":
        print(json.dumps(threads(int(sys.argv[2]))))
    else:
        few = [ROOT / path for path in FEW]
        wrong = sorted((ROOT / "tests" / "errors" / "cases").glob("*.nn"))
        every = sorted((ROOT / "examples").glob("*.nn")) + wrong
        chosen = every if sys.argv[1] == "all" else few + wrong[::6]
        print(json.dumps({name: said(name, text) for name, text in texts(chosen).items()}))
