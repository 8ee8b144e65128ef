"""What the conversion of weights refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndsl.diagnostics import Diagnostic
from nndsl.source import Source


class WeightsError(Exception):
    """A file or its weights are not what they should be; `problems` has one line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ProgramError(Exception):
    """The model cannot be compiled: its diagnostics, and the texts that they are in."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = sources
        super().__init__("\n".join(item.message for item in self.diagnostics))


def refuse(*problems: str) -> WeightsError:
    return WeightsError(problems)
