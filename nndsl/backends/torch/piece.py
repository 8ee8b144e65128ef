"""How one layer is spelled: as pieces in a row, as modules or as calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nndsl.backends.torch.layout import Order, wanted_order
from nndsl.emit.tree import Expr
from nndsl.ir.steps import MergeStep, OpStep, Value

if TYPE_CHECKING:
    from nndsl.backends.torch.view import OpView


class Piece(NamedTuple):
    """One link of a layer that takes one value: a module, a function, or either.

    module: the constructor call; None where there is no module for it. call: the function of the
    value, for `forward`; None where it must be a module. name: what is appended to the layer's
    name for the attribute (`pad`); empty for the layer itself. seam: a good place to end a line.
    """

    module: Expr | None
    call: Callable[[Expr], Expr] | None = None
    name: str = ""
    seam: bool = False


Pieces: TypeAlias = "Callable[[OpView], tuple[Piece, ...]]"
Apply: TypeAlias = "Callable[[OpView, tuple[Expr, ...]], Result]"


class Result(NamedTuple):
    """What a call makes: an expression for each result, and their axis orders (None: the file's).

    A tuple-valued call is `many`: one expression that gives all results.
    """

    code: tuple[Expr, ...]
    orders: tuple[Order | None, ...] = ()
    many: Expr | None = None


Gathered: TypeAlias = "Callable[[MergeStep, Expr, Order], Expr]"


class Row(NamedTuple):
    """One line of the table.

    want: the axis order of the operands: `first`, `last`, `file`, `any`, or `merge` (all in the
    order of the first that has the result's rank). pieces: for layers of one operand. apply: for
    all others, or where there is no module. gathered: for merges of a list whose length the
    constructor decides. order: the exact axis order of the operand, where no word says it.
    batch: whether the module insists on a batch axis, so that a value without one gets it.
    """

    want: str
    pieces: Pieces | None = None
    apply: Apply | None = None
    gathered: Gathered | None = None
    order: Callable[[OpStep, Order], Order] | None = None
    batch: bool = False

    def wanted(self, step: OpStep, value: Value, given: Order) -> Order:
        """The axis order in which an operand is taken."""
        if self.order is not None and value is step.ins[0]:
            return self.order(step, given)
        return wanted_order(self.want, value.type, given)
