"""Diagnostics as text for people; the formats for programs are in `reports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nndsl.diagnostics.excerpt import Mark, excerpt
from nndsl.diagnostics.model import Diagnostic, Label
from nndsl.source import NOWHERE, Source


class Paint(NamedTuple):
    """The escape sequences of a terminal; all empty where there is none."""

    error: str = ""
    warning: str = ""
    strong: str = ""
    quiet: str = ""
    help: str = ""
    end: str = ""


PLAIN = Paint()
COLOURS = Paint("\x1b[1;31m", "\x1b[1;33m", "\x1b[1m", "\x1b[34m", "\x1b[1;32m", "\x1b[0m")


def render(items: Sequence[Diagnostic], sources: Mapping[str, Source], paint: Paint = PLAIN) -> str:
    """All diagnostics with their places in the source, and a line that counts them.

    sources: texts by the names that spans carry; a place in none of them shows no excerpt.
    """
    shown = [_one(item, sources, paint) for item in items]
    return "\n".join([*shown, summary(items)]) + "\n" if items else ""


def summary(items: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    counts = [
        (sum(item.severity == severity for item in items), severity)
        for severity in ("error", "warning")
    ]
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n)


def place(item: Diagnostic, sources: Mapping[str, Source]) -> str:
    """`file:line:column` of a diagnostic, or as much of it as is known."""
    if item.span == NOWHERE:
        return ""
    source = sources.get(item.span.file)
    if source is None:
        return item.span.file
    if _whole(item):
        return source.name
    line, column = source.place(item.span.start)
    return f"{source.name}:{line}:{column}"


def _whole(item: Diagnostic) -> bool:
    """True for what concerns a file as a whole: an empty span at its beginning."""
    return item.span.start == item.span.end == 0


def _one(item: Diagnostic, sources: Mapping[str, Source], paint: Paint) -> str:
    colour = paint.error if item.severity == "error" else paint.warning
    head = f"{colour}{item.severity}[{item.code}]{paint.end}"
    lines = [f"{head}: {paint.strong}{item.message}{paint.end}"]
    where = place(item, sources)
    if where:
        lines.append(f"{paint.quiet}  --> {paint.end}{where}")
    lines += _excerpts(item, sources, paint)
    if item.fix:
        first, *more = item.fix.split("\n")
        lines.append(f"  {paint.help}help:{paint.end} {first}")
        lines += [f"        {line}" for line in more]
    return "\n".join(lines) + "\n"


def _excerpts(item: Diagnostic, sources: Mapping[str, Source], paint: Paint) -> list[str]:
    """The text around the place and its labels; labels in other files with their own places."""
    source = sources.get(item.span.file)
    if source is None or _whole(item):
        return []
    near = [label for label in item.labels if label.span.file == item.span.file]
    far = [label for label in item.labels if label.span.file != item.span.file]
    marks = [Mark(item.span, "^"), *(Mark(label.span, "-", label.text) for label in near)]
    lines = [_painted(line, paint) for line in excerpt(source, marks)]
    for label in far:
        lines += _elsewhere(label, sources, paint)
    return lines


def _elsewhere(label: Label, sources: Mapping[str, Source], paint: Paint) -> list[str]:
    other = sources.get(label.span.file)
    if other is None:
        return [f"  {label.text}"]
    line, column = other.place(label.span.start)
    lines = excerpt(other, [Mark(label.span, "-", label.text)])
    head = f"{paint.quiet}  ::: {paint.end}{other.name}:{line}:{column}"
    return [head, *(_painted(line_, paint) for line_ in lines)]


def _painted(line: str, paint: Paint) -> str:
    """An excerpt's line with its margin quiet and its underline in colour."""
    margin, bar, text = line.partition("|")
    if not paint.end or not bar:
        return line
    body = text
    if not margin.strip() and text.strip():
        strong = paint.error if text.lstrip().startswith("^") else paint.quiet
        body = f"{strong}{text}{paint.end}"
    return f"{paint.quiet}{margin}|{paint.end}{body}"
