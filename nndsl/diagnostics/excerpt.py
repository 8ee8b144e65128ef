"""A piece of source text with its places underlined, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nndsl.source import Source, Span

WIDEST = 110
TAB = "    "


class Mark(NamedTuple):
    """A span to underline: `^` for the place of the error, `-` for what explains it."""

    span: Span
    sign: str
    text: str = ""


def excerpt(source: Source, marks: Sequence[Mark]) -> list[str]:
    """Lines ` 12 | text` with the marks below theirs; far-apart lines are parted by `...`."""
    by_line: dict[int, list[Mark]] = {}
    for mark in marks:
        by_line.setdefault(source.place(mark.span.start).line, []).append(mark)
    width = len(str(max(by_line)))
    gutter = " " * width + " |"
    shown = [gutter]
    last = 0
    for number in sorted(by_line):
        if last and number > last + 1:
            shown.append(" " * width + "...")
        window = _Window(source, number, by_line[number])
        shown.append(f"{number:>{width}} | {window.text}".rstrip())
        shown += [f"{gutter} {line}" for line in window.underlines()]
        last = number
    return shown


class _Window:
    """One line of the source, cut around its marks where it is very long."""

    def __init__(self, source: Source, number: int, marks: Sequence[Mark]) -> None:
        line = source.line(number)
        begin = source.starts()[number - 1]
        self.marks = sorted(marks, key=lambda mark: (-mark.span.start, mark.sign))
        self.columns = [
            (min(m.span.start - begin, len(line)), min(m.span.end - begin, len(line)))
            for m in self.marks
        ]
        self.low, high = _cut(len(line), min((a for a, _ in self.columns), default=0))
        self.line = line[self.low : high]
        self.head = "..." if self.low else ""
        tail = "..." if high < len(line) else ""
        self.text = self.head + _printable(self.line) + tail

    def underlines(self) -> list[str]:
        """A line for each mark, the last in the text first, so that no text crosses another."""
        lines = []
        for mark, (start, end) in zip(self.marks, self.columns, strict=True):
            before = self.line[: max(start - self.low, 0)]
            under = self.line[len(before) : max(end - self.low, 0)]
            blank = " " * (len(self.head) + _columns(before))
            sign = mark.sign * max(_columns(under), 1)
            lines.append(f"{blank}{sign} {mark.text}".rstrip())
        return lines


def _cut(length: int, first: int) -> tuple[int, int]:
    """The part of a long line to show: from shortly before the first mark."""
    if length <= WIDEST:
        return 0, length
    low = max(0, min(first - WIDEST // 4, length - WIDEST))
    return low, low + WIDEST


def _printable(text: str) -> str:
    """Tabs as blanks, and signs that would disturb a terminal as a question mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(TAB if c == "\t" else c if c.isprintable() else "?" for c in text)


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii() and "\t" not in text:
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        len(TAB) if c == "\t" else 0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1
        for c in text
    )
