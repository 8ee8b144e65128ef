"""Source texts and the places in them; the bottom of the pipeline, imported by everything."""

from __future__ import annotations

from bisect import bisect_right

from nndsl._record import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters of one file.

    `file` is the name that messages show; `start` and `end` are offsets in characters.
    """

    start: int
    end: int
    file: str

    def to(self, other: Span) -> Span:
        """The span from this one's start to the other's end."""
        return Span(self.start, max(self.end, other.end), self.file)


NOWHERE = Span(0, 0, "")


class Place(NamedTuple):
    """A position as editors count: line and column, both from 1."""

    line: int
    column: int


LARGEST = 8_000_000


class Source:
    """One text with its name; knows its lines. limit: how many characters are accepted."""

    __slots__ = ("_starts", "limit", "name", "text")

    def __init__(self, name: str, text: str, limit: int = LARGEST) -> None:
        self.name = name
        self.text = text
        self.limit = limit
        self._starts: list[int] | None = None

    def starts(self) -> list[int]:
        """The offsets at which lines begin; computed once, linear in the text."""
        if self._starts is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        return self._starts

    def place(self, offset: int) -> Place:
        """Line and column of an offset; an offset past the end is the end's place."""
        offset = min(offset, len(self.text))
        line = bisect_right(self.starts(), offset)
        return Place(line, offset - self.starts()[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its newline; empty past the end."""
        starts = self.starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")
