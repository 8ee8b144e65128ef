"""A source and its diagnostics together: what lexer, parser and builders report to."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics import Diagnostics, Label
from nndsl.source import Source, Span


class Report:
    """Adds syntax errors by offsets."""

    __slots__ = ("diagnostics", "file", "source")

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.file = source.name
        self.diagnostics = diagnostics

    def error(
        self,
        code: str,
        place: tuple[int, int],
        message: str,
        fix: str = "",
        labels: Sequence[Label] = (),
    ) -> None:
        """An error at the characters from place[0] to before place[1]."""
        self.diagnostics.error(code, self.span(*place), message, fix, labels)

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets in this source."""
        return Span(start, end, self.file)

    def label(self, start: int, end: int, text: str) -> Label:
        """A second place with its text."""
        return Label(self.span(start, end), text)
