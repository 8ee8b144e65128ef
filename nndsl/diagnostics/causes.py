"""Leaves out what only follows from another diagnostic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nndsl.diagnostics.model import Diagnostic, Label
from nndsl.source import Source

UNKNOWN = "NN101"
ONCE = frozenset([UNKNOWN, "NN221", "NN322"])
MOST_LABELS = 3


def causes(items: Sequence[Diagnostic], sources: Mapping[str, Source]) -> list[Diagnostic]:
    """The diagnostics, in their order, without those that have their cause among the others.

    - A line that has a syntax error is not understood, so that nothing more is said of it.
    - A name that is unknown in several places is one mistake; the others become labels.
    """
    broken = set(_lines((item for item in items if _syntax(item)), sources))
    kept = [item for item in items if _syntax(item) or not broken & set(_lines((item,), sources))]
    return _once(kept)


def puzzles(items: Iterable[Diagnostic], file: str) -> list[int]:
    """Where a file is not understood: errors of syntax, of names and of expressions.

    Whether a name is read can be told only where there are none; shapes do not matter for it.
    """
    return [
        item.span.start
        for item in items
        if item.severity == "error" and item.span.file == file and item.code[2] in "013"
    ]


def _syntax(item: Diagnostic) -> bool:
    return item.code < UNKNOWN


def _lines(items: Iterable[Diagnostic], sources: Mapping[str, Source]) -> Iterable[tuple[str, int]]:
    """The lines that diagnostics stand on, by file."""
    for item in items:
        source = sources.get(item.span.file)
        if source is not None and item.span.end:
            yield item.span.file, source.place(item.span.start).line


def _once(items: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is told of one name or value in several places, once: the others become labels."""
    first: dict[tuple[str, str], int] = {}
    kept: list[Diagnostic] = []
    for item in items:
        at = first.setdefault((item.span.file, item.message), len(kept))
        if item.code not in ONCE or at == len(kept):
            kept.append(item)
        elif len(kept[at].labels) < MOST_LABELS:
            here = Label(item.span, "here too")
            kept[at] = kept[at]._replace(labels=(*kept[at].labels, here))
    return kept
