"""Leaves out what only follows from another diagnostic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from nndsl.diagnostics.model import Diagnostic, Label
from nndsl.source import Source

UNKNOWN = "NN101"
ONCE = frozenset([UNKNOWN, "NN221", "NN322"])
MOST_LABELS = 3
QUOTED = re.compile(r"`(\w+)`")
BLOCK = re.compile(r"`block (\w+)\(")  # in a fix that would give a block one setting more


def causes(items: Sequence[Diagnostic], sources: Mapping[str, Source]) -> list[Diagnostic]:
    """The diagnostics, in their order, without those that have their cause among the others.

    - A line that has a syntax error is not understood, so that nothing more is said of it.
    - A name that is unknown in several places is one mistake; the others become labels.
    - Where an unknown name is a slip for another one, it is no wonder that nothing reads that one.
    """
    broken = set(_lines((item for item in items if _syntax(item)), sources))
    kept = [item for item in items if _syntax(item) or not broken & set(_lines((item,), sources))]
    return _once(_without_slips(kept))


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


def _without_slips(items: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Without what follows from a name that means nothing: the right one, or the one of another
    definition that was meant, is unread; callers give a setting that a block has lost."""
    unknown = [item for item in items if item.code == UNKNOWN]
    meant = {name for item in unknown for name in QUOTED.findall(item.fix) if item.fix[:3] == "did"}
    lost = {name for item in unknown for name in QUOTED.findall(item.message)}
    short = {name for item in unknown for name in BLOCK.findall(item.fix)}

    owned = [item for item in items if item.code in (UNKNOWN, "NN319")]
    belongs = {label.span for item in owned for label in item.labels}

    def follows(item: Diagnostic) -> bool:
        said = QUOTED.findall(item.message)
        match item.code:
            case "NN351" | "NN353":
                return bool(meant & set(said)) or item.span in belongs
            case "NN102" | "NN103" | "NN105":
                return bool(lost & set(said[1:]) or short & set(said[:1]))
        return False

    return [item for item in items if not follows(item)]


def _once(items: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is told of one name or value in several places, once: the others become labels."""
    first: dict[tuple[str, str], int] = {}
    kept: list[Diagnostic] = []
    for item in items:
        at = first.setdefault((item.span.file, _subject(item)), len(kept))
        if item.code not in ONCE or at == len(kept):
            kept.append(item)
        elif len(kept[at].labels) < MOST_LABELS:
            here = Label(item.span, "here too")
            kept[at] = kept[at]._replace(labels=(*kept[at].labels, here))
    return kept


def _subject(item: Diagnostic) -> str:
    """What a diagnostic is about: an unknown name, or the one that it was meant to be."""
    if item.code != UNKNOWN:
        return item.message
    meant = QUOTED.findall(item.fix) if item.fix.startswith("did you mean") else []
    return meant[0] if len(meant) == 1 else "".join(QUOTED.findall(item.message)[:1])
