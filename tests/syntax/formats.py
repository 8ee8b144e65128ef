"""What `nndsl fmt` promises of every text: the same tree, all comments, nothing new if repeated."""

from __future__ import annotations

from pathlib import Path

from nndsl.compiler import Session, as_source
from nndsl.diagnostics import Diagnostics
from nndsl.ir.dump import dump_instance
from nndsl.ir.files import models_of
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.format import format_source
from nndsl.syntax.parser import parse
from nndsl.syntax.walk import strip_spans

ROOT = Path(__file__).resolve().parents[2]
WIDE = 100


def tree(text: str) -> ast.File:
    """The tree of a text that has no mistake."""
    diagnostics = Diagnostics()
    found = parse(Source("test.nn", text), diagnostics)
    assert not diagnostics.items, (diagnostics.items, text)
    assert found is not None
    return found


def check(text: str) -> str:
    """Holds the promises, without other words for aliases; the formatted text."""
    once = format_source(Source("test.nn", text))
    before, after = tree(text), tree(once)
    assert strip_spans(after) == strip_spans(before)
    comments = sorted(comment.text for comment in before.comments)
    assert sorted(comment.text for comment in after.comments) == comments
    assert format_source(Source("test.nn", once)) == once
    assert not [line for line in once.splitlines() if line != line.rstrip()]
    return once


def files() -> list[Path]:
    """Every file of the language in the checkout that has no syntax error."""
    places = ("examples", "tests", "docs", "benchmarks")
    found = sorted(path for place in places for path in (ROOT / place).rglob("*.nn"))
    return [path for path in found if _reads(path)]


def _reads(path: Path) -> bool:
    diagnostics = Diagnostics()
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    parse(Source(path.name, text), diagnostics)
    return not diagnostics.failed


def graphs(path: Path, text: str, most: int | None = None) -> list[str]:
    """The graphs of a file's models or the first `most`, its text replaced; none of wrong ones."""

    def resolve(name: str, importer: str) -> Source | str:
        found = path.parent / name
        return Source(found.name, found.read_text(encoding="utf-8")) if found.exists() else "none"

    first = Session(as_source(Source(path.name, text)), resolve)
    if first.unit is None:
        return []
    made = []
    for model in models_of(first.unit)[:most]:
        elaborated = Session(Source(path.name, text), resolve).elaborate(model)
        if elaborated is not None:
            made.append(dump_instance(elaborated.root))
    return made


def canonical(path: Path) -> str:
    """A file as `nndsl fmt` writes it."""
    return format_source(Source(path.name, path.read_text(encoding="utf-8")), ALIASES)
