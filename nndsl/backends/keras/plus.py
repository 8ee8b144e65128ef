"""Sums of values that broadcast, in an order that Keras adds right.

On TensorFlow, `x + y` of Keras 3 (3.15 at least) becomes `bias_add` where `y` has one axis that is
not 1 and its size is that of the first axis of `x` after the batch, or of its last. It looks at no
position: `[2, 6, 8] + [6, 1]` is right, `[2, 8, 8] + [8, 1]` adds along the last axis, and
`[2, 2, 8] + [2, 1, 1]` takes the batch for the channels. The smaller value is never taken so when
it comes first; where both broadcast, `ops.subtract(x, ops.negative(y))`
says the same and is no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from nndsl.backends.keras import layout
from nndsl.backends.keras.at import At
from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim, OpenDim

Size: TypeAlias = "Dim | None"
"""A size as it is held; None for the batch."""


NOTE = (
    "Where two values of a sum broadcast, it is written as a difference: on TensorFlow, Keras 3 "
    "may take the second of `x + y` for a bias of the channels."
)


def total(at: At, values: Sequence[tuple[Expr, Type | None]]) -> Expr:
    """The sum of values (None for the type of a number) from the left, as far as Keras allows."""
    result = values[0][0]
    meetings = _meetings([type_ for _, type_ in values], at.out)
    for (value, _), (sizes, more) in zip(values[1:], meetings, strict=True):
        if not mistaken(sizes, more):
            result = b.binop(result, "+", value)
        elif not mistaken(more, sizes):
            result = b.binop(value, "+", result)
        else:
            at.note(NOTE)
            result = b.call("ops.subtract", result, b.call("ops.negative", value))
    return result


def safe_order(types: Sequence[Type], out: Type) -> bool:
    """True where the values may be added in their order, as `layers.add` does."""
    return not any(mistaken(sizes, more) for sizes, more in _meetings(types, out))


def _meetings(
    types: Sequence[Type | None], out: Type
) -> Iterator[tuple[tuple[Size, ...], tuple[Size, ...]]]:
    """The sizes of each sum so far, and of the value that is added next."""
    sizes = _sizes(types[0], out)
    for type_ in types[1:]:
        more = _sizes(type_, out)
        yield sizes, more
        sizes = _broadcast(sizes, more)


def mistaken(left: Sequence[Size], right: Sequence[Size]) -> bool:
    """True where `right` may be taken for a bias of `left`, and would be added somewhere else."""
    if len(left) < 2 or tuple(left) == tuple(right):
        return False
    sure = [i for i, size in enumerate(right) if _is_many(size)]
    if len(sure) > 1:
        return False
    wide = sure or [i for i, size in enumerate(right) if size != 1]
    return any(_elsewhere(left, right, i) for i in wide)


def _elsewhere(left: Sequence[Size], right: Sequence[Size], place: int) -> bool:
    """With every other axis of `right` 1: would this one be added along another of `left`?

    Or along the right one, in the shape of `left` where `right` has more axes.
    """
    size, last = right[place], place == len(right) - 1
    if last and len(left) >= len(right) and size is not None and size == left[-1]:
        return False
    if _may_equal(size, left[-1]):
        return True
    same = len(left) == len(right) and place == 1 and size is not None and size == left[1]
    return not same and _may_equal(size, left[1])


def _is_many(size: Size) -> bool:
    if isinstance(size, OpenDim):
        return size.low > 1
    return size is not None and size != 1


def _may_equal(one: Size, other: Size) -> bool:
    """Two sizes, the first of them over 1."""
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    return other != 1


def _sizes(type_: Type | None, out: Type) -> tuple[Size, ...]:
    """A value's axes as they are held when it meets others; none for a number."""
    if type_ is None:
        return ()
    missing = out.rank - type_.rank
    shape: tuple[Size, ...] = type_.shape
    if type_.batched or (layout.turned(out) and type_.axes != out.axes and type_.rank):
        shape = (*(1 for _ in range(missing)), *shape)
    if layout.turned(out) and len(shape) == out.rank:
        shape = tuple(shape[axis] for axis in layout.order(out))
    return (None, *shape) if type_.batched else shape


def _broadcast(one: Sequence[Size], other: Sequence[Size]) -> tuple[Size, ...]:
    length = max(len(one), len(other))
    left = (*(1 for _ in range(length - len(one))), *one)
    right = (*(1 for _ in range(length - len(other))), *other)
    return tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))
