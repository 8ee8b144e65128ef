"""Operands of elementwise functions, brought to where they meet per example from the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    alike = layout.turned(type_) and type_.axes == at.out.axes[missing:]
    if layout.turned(at.out) and type_.axes != at.out.axes and type_.rank and not alike:
        value = expanded(layout.as_filed(value, type_), type_, missing, always=True)
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


def in_one_batch(at: At, names: Sequence[str]) -> tuple[list[Expr], Callable[[Expr], Expr]]:
    """Operands by name as layers take them that insist on a batch, and what brings the result back.

    One without a batch is repeated for each example of the others or, where none has one, is a
    batch of one.
    """
    given = dict(zip(at.step.names, range(len(at.step.ins)), strict=True))
    numbers = [given[name] for name in names if name in given]
    values = [at.filed(number) for number in numbers]
    if all(at.type(number).batched for number in numbers):
        return values, lambda result: result
    if not at.out.batched:
        return [alone(value) for value in values], lambda result: b.index(result, 0)
    like = next(at.operand(i) for i, v in enumerate(at.step.ins) if v.type.batched)
    return [
        value if at.type(number).batched else with_batch_of(at, value, like, number + 1)
        for number, value in zip(numbers, values, strict=True)
    ], lambda result: result


def alone(value: Expr) -> Expr:
    """A value without a batch as a batch of one."""
    return b.call("ops.expand_dims", value, 0)


def with_batch_of(at: At, value: Expr, like: Expr, number: int) -> Expr:
    """A value without a batch, once for each example of another."""
    return at.apply(at.own_layer("WithBatch", suffix=f"_batch{number}"), value, like)


def mixed(at: At) -> bool:
    """True where some operands have a batch and some have none."""
    return len({v.type.batched for v in at.step.ins}) > 1
