"""A source and its diagnostics together: what lexer, parser and builders report to."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics import Diagnostic, Diagnostics, Label
from nndsl.source import Source, Span

MOST_ERRORS = 100


class GaveUp(Exception):  # noqa: N818 - control flow; its reason is among the diagnostics
    """Leaves a text of which nothing more is worth saying: too deep, or too many errors."""


class Report:
    """Adds syntax errors by offsets, up to a hundred for a file."""

    __slots__ = ("diagnostics", "doubtful", "file", "first", "repaired", "source")

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.file = source.name
        self.diagnostics = diagnostics
        self.first = len(diagnostics.items)
        self.doubtful: set[str] = set()  # names in lines that are left out
        self.repaired: set[int] = set()  # where lines begin that were read with a change

    def error(
        self,
        code: str,
        place: tuple[int, int],
        message: str,
        fix: str = "",
        labels: Sequence[Label] = (),
    ) -> None:
        """An error at the characters from place[0] to before place[1]."""
        if len(self.diagnostics.items) >= self.first + MOST_ERRORS:
            raise GaveUp
        self.diagnostics.error(code, self.span(*place), message, fix, labels)

    def own(self) -> list[Diagnostic]:
        """What has been reported of this text."""
        return self.diagnostics.items[self.first :]

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets in this source."""
        return Span(start, end, self.file)

    def label(self, start: int, end: int, text: str) -> Label:
        """A second place with its text."""
        return Label(self.span(start, end), text)
