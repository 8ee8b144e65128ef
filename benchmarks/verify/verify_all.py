"""`nndsl verify` of every example, case and conformance program, in both tiers: a line for each.

    python benchmarks/verify/verify_all.py [exact|practical] [large] [FILE...]

The table goes to verify.txt beside this file where no files are named. First come fifty steps of
the digits network under every optimizer. A model of many multiply-accumulates is run with the small
settings of the tests, and said so (`small`), unless `large` is given.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

from examples.small import SMALL
from nndsl.cli.files import Folder, read_source
from nndsl.compiler import analyse
from nndsl.ir.files import Resolver, no_imports
from nndsl.source import Source
from nndsl.verify.plan import Options
from nndsl.verify.run import Verdict, verify
from nndsl.verify.worker import Workers

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACES = ("examples/*.nn", "tests/cases/*/source.nn", "tests/conformance/programs/*.nn")
TIERS = ("exact", "practical")
MODEL = re.compile(r"^model (\w+)", re.MULTILINE)
LARGEST = 30_000_000  # multiply-accumulates of an example
STEPS = 50
OPTIMIZERS = {
    "SGD": "sgd(0.01)",
    "SGD, momentum, cosine, clip": "sgd(0.01, 0.9); schedule cosine; clip 1",
    "Adam": "adam(0.001)",
    "AdamW": "adamw(0.001)",
    "RMSprop": "rmsprop(0.001)",
}
LINE = "{:60} {:9} {:8} {:8} {:8} {:8} {:8}  {}"


class Run(NamedTuple):
    """A model and how to run it."""

    name: str
    source: Source
    model: str
    resolver: Resolver
    settings: Mapping[str, str] = {}
    steps: int = 5
    emission: str = "idiomatic"


def main(words: list[str]) -> int:
    tiers = [word for word in words if word in TIERS] or TIERS
    named = [Path(word) for word in words if word not in (*TIERS, "large")]
    paths = named or sorted(path for place in PLACES for path in ROOT.glob(place))
    lines = [LINE.format("program", "tier", "output", "gradient", "loss", "weights", "moving", "")]
    print(lines[0].rstrip())
    failed, started = 0, time.perf_counter()
    with Workers() as workers:
        for tier in tiers:
            for each in (*([] if named else _seed(tier)), *_programs(paths, "large" in words)):
                options = Options(tier, each.steps, emission=each.emission)
                found = verify(each.source, each.model, each.settings, options=options,
                               resolver=each.resolver, workers=workers)  # fmt: skip
                lines.append(_line(each.name, tier, found))
                failed += not found.ok
                _write(lines, named)
    lines.append(f"\n{len(lines) - 1} runs, {failed} failed")
    _write(lines, named)
    print(f"{time.perf_counter() - started:.0f} s")
    return int(failed > 0)


def _write(lines: list[str], named: list[Path]) -> None:
    """The last line to the screen, all of them to the table."""
    print(lines[-1], flush=True)
    if not named:
        text = "\n".join(line.rstrip() for line in lines) + "\n"
        (HERE / "verify.txt").write_text(text, encoding="utf-8")


def _size(run: Run) -> int:
    """Multiply-accumulates of an example, parameters ten times; 0 where there is no telling."""
    table = analyse(run.source, run.model, resolver=run.resolver).table
    if table is None:
        return 0
    macs = table.totals.macs if isinstance(table.totals.macs, int) else 0
    return max(int(macs), 10 * table.totals.params)


def _programs(paths: list[Path], large: bool) -> Iterator[Run]:
    for path in paths:
        source = read_source(str(path))
        name = path.parent.name if path.stem == "source" else path.stem
        resolver = Folder(str(path))
        for model in MODEL.findall(source.text):
            run = Run(f"{name}: {model}", source, model, resolver)
            if not large and _size(run) > LARGEST:
                run = run._replace(name=f"{run.name}, small", settings=_small(path.stem, model))
            yield run


def _small(example: str, model: str) -> Mapping[str, str]:
    """The settings with which the tests run it, or a model of the same file."""
    found = {each.model: each.settings for each in SMALL if each.example == example}
    return found.get(model) or next(iter(found.values()), {})


def _seed(tier: str) -> Iterator[Run]:
    """The digits network with each optimizer in its train section."""
    text = (ROOT / "examples" / "digits.nn").read_text(encoding="utf-8")
    network = text[: text.index("\ntrain ")]
    emissions = ("idiomatic", "exact") if tier == "practical" else ("exact",)
    for emission, (name, lines) in product(emissions, OPTIMIZERS.items()):
        section = f"\ntrain {{ optimizer {lines}; batch 32 }}\n"
        source = Source("seed", network + section)
        name = f"digits, {STEPS} steps, {name}, {emission} code"
        yield Run(name, source, "Digits", no_imports, {}, STEPS, emission)


def _line(name: str, tier: str, found: Verdict) -> str:
    said = "ok" if found.ok else "FAILED"
    if found.failures:
        said += f": {next(iter(found.failures.values())).splitlines()[-1]}"
    elif found.diagnostics and not found.rows:
        said += f": {found.diagnostics[0].code} {found.diagnostics[0].message}"
    elif not found.ok:
        said += f": {', '.join(row.what for row in found.rows if not row.ok)} {found.parting}"
    starts = ("output", "gradient", "losses", ("weights", "what they did to weights"),
              ("moving", "what they did to stat"))  # fmt: skip
    return LINE.format(name, tier, *(_worst(found, start) for start in starts), said)


def _worst(found: Verdict, start: str | tuple[str, ...]) -> str:
    worst = [row.difference for row in found.rows if row.what.startswith(start)]
    return f"{max(worst):.1e}" if worst else "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
