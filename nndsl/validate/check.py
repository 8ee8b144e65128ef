"""Validates emitted code: both graphs, in training and in evaluation, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from nndsl.backends.base import Emitted
from nndsl.ir.steps import Instance, Program
from nndsl.validate.compare import Mismatch, compare
from nndsl.validate.graph import Graph
from nndsl.validate.keras_graph import KerasCode
from nndsl.validate.objects import Raised, Spent, Unreadable
from nndsl.validate.source import source_graph
from nndsl.validate.torch_graph import TorchCode
from nndsl.validate.views import Misfit


class Report(NamedTuple):
    """What validation found: mismatches, and the program's weight paths with the framework's keys."""

    mismatches: tuple[Mismatch, ...]
    paths: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return not self.mismatches


class Code(Protocol):
    """Emitted code that can be run."""

    def graph(self, training: bool) -> Graph:
        """One run."""


Reader = Callable[[Program, Emitted, dict[str, object]], Code]
READERS: Mapping[str, Reader] = {"torch": TorchCode, "keras": KerasCode}


def validate(
    program: Program, emitted: Emitted, target: str,
    root: Instance | None = None, settings: Mapping[str, object] | None = None,
) -> Report:  # fmt: skip
    """Compares emitted code with the flattened program; never raises for what code does.

    root, settings: another instance of the model, and the arguments of the emitted class or
    function that should give it; by default the program's own and none. Raises KeyError for a
    target without a reading.
    """
    reader = READERS[target]
    program = program if root is None else program._replace(root=root)
    try:
        code = reader(program, emitted, dict(settings or {}))
        mismatches: list[Mismatch] = []
        paths: Mapping[str, str] = {}
        for training in (True, False):
            compared = compare(source_graph(program.root, training), code.graph(training))
            mismatches += compared.mismatches
            paths = paths or compared.pairs
            if mismatches:
                break
        return Report(tuple(mismatches), paths)
    except (Unreadable, Misfit, Raised) as error:
        return Report((Mismatch("", f"{error}"),), {})
    except Spent:
        return Report((Mismatch("", "the emitted code runs too long to be checked"),), {})
