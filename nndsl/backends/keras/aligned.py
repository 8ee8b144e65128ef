"""Operands of elementwise functions, brought to where they meet per example from the right."""

from __future__ import annotations

from nndsl.backends.keras import layout
from nndsl.backends.keras.at import At
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, TupleE
from nndsl.ops.base import Type


def aligned(at: At) -> list[Expr]:
    """The operands with the axes that Keras' broadcasting (batch included) needs."""
    rank = max(v.type.rank for v in at.step.ins)
    return [_one(at, number, rank) for number in range(len(at.step.ins))]


def _one(at: At, number: int, rank: int) -> Expr:
    type_, value = at.type(number), at.operand(number)
    missing = rank - type_.rank
    if layout.turned(at.out) and type_.axes != at.out.axes and type_.rank:
        value = expanded(value, type_, missing, always=True)
        whole = Type(((1,) * missing) + type_.shape, type_.dtype, at.out.axes, type_.batched)
        return layout.as_held(value, whole)
    return expanded(value, type_, missing)


def expanded(value: Expr, type_: Type, missing: int, always: bool = False) -> Expr:
    """New axes of size 1 in front of the example's own. Without a batch they come by themselves."""
    if missing <= 0 or (not type_.batched and not always):
        return value
    first = 1 if type_.batched else 0
    axes = tuple(Const(first + i) for i in range(missing))
    return b.call("ops.expand_dims", value, axes[0] if missing == 1 else TupleE(axes))


def mixed(at: At) -> bool:
    """True where some operands have a batch and some have none."""
    return len({v.type.batched for v in at.step.ins}) > 1
