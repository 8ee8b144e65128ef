"""Sizes that `forward` reads off a tensor: those that a `let` names and something there uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndsl.backends.torch.layout import physical
from nndsl.emit import build as b
from nndsl.emit.tree import Expr, Name
from nndsl.ir.steps import LetStep, Plan
from nndsl.ops.symbols import Term, variables

if TYPE_CHECKING:
    from nndsl.backends.torch.lower import Lowering


class Measured:
    """The named sizes at the top level of a definition.

    running: those that `forward` is known to use; asked: those that it turned out to use; local:
    the variables that hold them; places: of each variable, how many axes the tensor has, and which.
    """

    __slots__ = ("asked", "known", "local", "places", "running")

    def __init__(self, plan: Plan, running: frozenset[str]) -> None:
        steps = plan.body.steps
        self.known = {s.name for s in steps if isinstance(s, LetStep) and s.source is not None}
        self.running = running
        self.asked: frozenset[str] = frozenset()
        self.local: dict[str, Expr] = {}
        self.places: dict[str, tuple[int, int]] = {}

    def tells(self, term: Term) -> bool:
        """True where all named sizes in a formula are at hand; notes that `forward` uses them."""
        names = variables(term) & self.known
        self.asked |= names
        return bool(names) and names <= self.local.keys()


def measure(low: Lowering, step: LetStep) -> None:
    """`h = x.shape[2]`, where something in `forward` reads `h`."""
    if step.source is None or step.name not in low.measured.running & low.measured.known:
        return
    value, axis = step.source
    tensor = low.flow.settle(value)
    at = physical(low.flow.order(value), axis, value.type.batched)
    local = low.flow.label(step.name)
    low.flow.out.append(b.assign(local, b.index(b.attr(tensor, "shape"), at)))
    low.flow.drop(value)
    low.measured.places[local] = (value.type.rank + value.type.batched, at)
    low.measured.local[step.name] = Name(local)
