"""Validates emitted code: both graphs, in training and in evaluation, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from nndsl.backends.base import Emitted
from nndsl.backends.foreign import Foreign
from nndsl.ir.steps import Instance, Program
from nndsl.validate.compare import Mismatch, compare
from nndsl.validate.graph import Graph
from nndsl.validate.keras_graph import KerasCode
from nndsl.validate.names import strays
from nndsl.validate.objects import Raised, Spent, Unreadable
from nndsl.validate.readings import Readings
from nndsl.validate.shorten import Shortened, shortened
from nndsl.validate.source import source_graph
from nndsl.validate.torch_graph import TorchCode
from nndsl.validate.views import Misfit


class Report(NamedTuple):
    """What validation found: mismatches; the program's weight paths with the framework's keys.

    Of a very long program, `paths` has those of the turns that were checked (see `shorten`).
    """

    mismatches: tuple[Mismatch, ...]
    paths: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return not self.mismatches


class Code(Protocol):
    """Emitted code that can be run. Its methods raise Unreadable, Misfit, Raised or Spent."""

    foreign: tuple[Foreign, ...]  # the classes that compute layers of other packages

    @property
    def readings(self) -> Readings:
        """What is known of views and sizes, for the program's graphs as well."""

    def limit(self, bounds: Mapping[int, int]) -> None:
        """Loops over `range(n)` take `bounds[n]` turns."""

    def parameters(self, entry: str) -> tuple[str, ...]:
        """What a class or function takes."""

    def build(self, entry: str, arguments: Mapping[str, object], whole: bool = True) -> None:
        """Constructs a model (`whole`), or a part of one."""

    def graph(self, training: bool) -> Graph:
        """One run of what was built."""

    def activation(self, word: str) -> object:
        """An activation as an argument."""


READERS: Mapping[str, Callable[[Instance, Emitted], Code]] = {
    "torch": TorchCode,
    "keras": KerasCode,
}


def validate(program: Program, emitted: Emitted, target: str) -> Report:
    """Compares emitted code with the flattened program; never raises for what code does.

    Raises KeyError for a target without a reading.
    """
    stray = [Mismatch(f"in {where}" if where else "", what)
             for where, what in strays(emitted, target)]  # fmt: skip
    if stray:
        return Report(tuple(stray), {})
    short = shortened(program.root)
    report = _validated(short, emitted, target)
    if short.bounds and not report.ok:
        return _validated(Shortened(program.root, {}), emitted, target)
    return report


def _validated(short: Shortened, emitted: Emitted, target: str) -> Report:
    try:
        made = READERS[target](short.root, emitted)
        made.limit(short.bounds)
        made.build(emitted.entry, {})
        return checked(short.root, made)
    except FAULTS as error:
        return Report((Mismatch("", message(error)),), {})


FAULTS = (Unreadable, Misfit, Raised, Spent)


def message(error: Exception) -> str:
    spent = isinstance(error, Spent)
    return "the emitted code runs too long to be checked" if spent else f"{error}"


# What evaluation computes in another way than training.
MODAL = frozenset(("BatchNorm", "dropout", "GaussianNoise", "GaussianDropout", "Attention"))


def checked(root: Instance, code: Code, whole: bool = True) -> Report:
    """Compares what was built with an instance, in training and in evaluation; raises FAULTS.

    whole: it is the model, so that weights have their starts.
    """
    wanted = source_graph(root, True, code.readings, code.foreign)
    first = compare(wanted, code.graph(True), whole)
    if first.mismatches:
        return Report(first.mismatches, first.pairs)
    again = wanted.losses or any(term.op in MODAL for term in wanted.store.terms)
    if not again:
        return Report((), first.pairs)
    wanted = source_graph(root, False, code.readings, code.foreign)
    second = compare(wanted, code.graph(False), whole)
    return Report(second.mismatches, first.pairs)
