"""What a table entry sees of its layer while a class is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from nndsl.backends.differences import LayerDifference
from nndsl.backends.torch.differences import DIFFERENCES
from nndsl.backends.torch.layout import Order, physical, wanted_order
from nndsl.backends.torch.piece import Piece
from nndsl.backends.torch.pins import pinned
from nndsl.emit.tree import Const, Expr, Name, TupleE
from nndsl.emit.walk import names
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Recipe, Settings, Tensor, Type, Value, Word
from nndsl.ops.numbers import Dim, term_of
from nndsl.ops.symbols import is_const

if TYPE_CHECKING:
    from nndsl.backends.torch.lower import Lowering


class OpView:
    """One layer: its settings as code, its operands, and where it keeps what it needs."""

    def __init__(self, low: Lowering, step: OpStep, order: Order, merged: bool = False) -> None:
        self.low = low
        # A parameter's default is written without a lowering.
        if low is not None and low.pins:  # type: ignore[redundant-expr]
            step = step._replace(settings=pinned(step.settings, low.pins))
        self.step = step
        self.order = order
        self.merged = merged

    @property
    def settings(self) -> Settings:
        return self.step.settings

    @property
    def x(self) -> Type:
        return self.step.ins[0].type

    @property
    def out(self) -> Type:
        return self.step.outs[0].type

    # ---- numbers ----

    def code(self, value: Value | Dim) -> Expr:
        """A setting or dimension in the constructor."""
        if type(value) is int and value >= 0:
            return Const(value)
        if isinstance(value, Word):
            return Const(value.name)
        assert not isinstance(value, Recipe | Tensor), value
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return Const(value)
        if isinstance(value, tuple) and not hasattr(value, "term"):
            items = cast("tuple[Value, ...]", value)
            return TupleE(tuple(self.code(item) for item in items))
        return self.low.formulas.code(_term(value))

    def get(self, name: str) -> Expr:
        """A setting in the constructor."""
        return self.code(self.settings.get(name))

    def sizes(self, values: Sequence[int]) -> Expr:
        """One number for equal sizes, else a tuple."""
        terms = {_term(value) for value in values}
        return self.code(values[0]) if len(terms) == 1 else self.code(tuple(values))

    def dim(self, axis: int) -> Expr:
        return self.code(self.x.shape[axis])

    @property
    def channels(self) -> Expr:
        """The operand's channels, in the constructor."""
        return self.code(self.x.channels)

    def run(self, value: Value | Dim, name: str = "size") -> Expr:
        """A number in `forward`: a literal, an attribute, or read from a tensor's shape."""
        if isinstance(value, tuple) and not hasattr(value, "term"):
            items = cast("tuple[Value, ...]", value)
            return TupleE(tuple(self.run(item, name) for item in items))
        if isinstance(value, bool | str | Word) or value is None:
            return self.code(value)
        assert not isinstance(value, Recipe | Tensor), value
        return self.low.run_term(_term(value), name, self.step.owner, self.step.site.name)

    # ---- axes ----

    def axis(self, axis: int) -> int:
        """The tensor's axis for one of the file's axes of the operand."""
        return physical(self.order, axis, self.x.batched)

    # ---- parts ----

    def act(self, name: str = "act") -> tuple[Piece, ...]:
        """The activation that a setting holds, as pieces that follow the layer."""
        value = self.settings.items.get(name)
        if value is None:
            return ()
        assert isinstance(value, Recipe), value
        return self.low.activation(self, value)

    def helper(self, name: str, *options: str) -> Expr:
        """A helper, of which at least these options are wanted."""
        if self.low is not None:  # a parameter's default is written without a lowering
            self.low.needs(name, *options)
        return Name(name)

    def exact(self) -> LayerDifference | None:
        """What is written in the exact emission where torch's own layer differs; None elsewhere."""
        found = DIFFERENCES.of_layer(self.step) if self.low.shared.program.exact else iter(())
        return next(found, None)

    def store(self, name: str, value: Expr) -> Expr:
        return self.low.keep_data(name, value, self.step.owner)

    def module(self, name: str, value: Expr) -> Expr:
        return self.low.keep_module(self.step, name, value)

    def operand(self, name: str, want: str = "file") -> Expr | None:
        if name not in self.step.names:
            return None
        value = self.step.ins[self.step.names.index(name)]
        order = wanted_order(want, value.type, self.low.flow.order(value))
        return self.low.flow.read(value, order)

    def variable(self, code: Expr) -> Expr:
        """The code in a variable, to be mentioned twice."""
        return code if isinstance(code, Name) else self.low.flow.store(code)

    @property
    def literal(self) -> bool:
        """True where every number of the settings is a plain one."""
        return not names(*(self.code(v) for v in self.settings.items.values() if _plain(v)))


def _plain(value: Value) -> bool:
    return not isinstance(value, Recipe | Tensor)


def _term(value: object):  # type: ignore[no-untyped-def]
    return value.term if hasattr(value, "term") else term_of(value)


def is_literal(value: object) -> bool:
    """True for a number without a formula."""
    return is_const(_term(value))
