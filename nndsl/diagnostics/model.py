"""The record of one diagnostic, and the collector that every stage writes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from nndsl._record import NamedTuple
from nndsl.source import Span

Severity = Literal["error", "warning"]
NEAR_NAMES = 4


class Label(NamedTuple):
    """A second place that explains the first one: `this gives [7, 7, 64]`."""

    span: Span
    text: str


class Diagnostic(NamedTuple):
    """One thing that is wrong: where, what was given and wanted, and how to mend it."""

    code: str
    span: Span
    message: str
    fix: str = ""
    labels: tuple[Label, ...] = ()
    severity: Severity = "error"


class Failure(Exception):  # noqa: N818 - it carries a diagnostic, it is not one
    """Leaves a construct that cannot be understood; caught where the analysis can go on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Diagnostics:
    """Collects diagnostics; one code at one place counts once, however many uses a block has."""

    __slots__ = ("_seen", "items")

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []
        self._seen: set[tuple[str, Span]] = set()

    def add(self, diagnostic: Diagnostic) -> None:
        """Keeps a diagnostic unless its code stands at its place already."""
        key = (diagnostic.code, diagnostic.span)
        if key not in self._seen:
            self._seen.add(key)
            self.items.append(diagnostic)

    def error(
        self, code: str, span: Span, message: str, fix: str = "", labels: Sequence[Label] = ()
    ) -> None:
        """Adds an error."""
        self.add(Diagnostic(code, span, message, fix, tuple(labels)))

    def warning(self, code: str, span: Span, message: str, fix: str = "") -> None:
        """Adds a warning; warnings do not stop the output and exit with status 0."""
        self.add(Diagnostic(code, span, message, fix, (), "warning"))

    @property
    def failed(self) -> bool:
        """True where at least one error is kept."""
        return any(item.severity == "error" for item in self.items)

    def sorted(self) -> list[Diagnostic]:
        """In the order of files and places."""
        return sorted(self.items, key=lambda item: (item.span.file, item.span.start, item.code))


def fail(
    code: str, span: Span, message: str, fix: str = "", labels: Sequence[Label] = ()
) -> Failure:
    """The exception that carries this error; `raise fail(...)`."""
    return Failure(Diagnostic(code, span, message, fix, tuple(labels)))


def near(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """At most four known names that a misspelt word may have meant, best first."""
    from difflib import get_close_matches

    lowered = {name.lower(): name for name in sorted(known, reverse=True)}
    found = get_close_matches(word.lower(), list(lowered), n=NEAR_NAMES, cutoff=0.6)
    return tuple(lowered[name] for name in found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The fix line for a misspelt name; empty where nothing is near."""
    names = near(word, known)
    if not names:
        return ""
    listed = ", ".join(f"`{name}`" for name in names)
    return f"did you mean {listed}?"
