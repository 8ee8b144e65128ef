"""Where axes stand in Keras' tensors: the batch first, the channels last.

Values whose channels the file puts first are held channels-last and turned where an op means the
file's order; a value's layout follows from its type alone.
"""

from __future__ import annotations

from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ops.base import Type


def turned(type_: Type) -> bool:
    """True for a value that is held in another order than the file's."""
    return "C" in type_.axes and type_.channel_axis != type_.rank - 1


def order(type_: Type) -> tuple[int, ...]:
    """For each axis as held, the file's axis (both without the batch)."""
    if not turned(type_):
        return tuple(range(type_.rank))
    at = type_.channel_axis
    return (*(i for i in range(type_.rank) if i != at), at)


def held(type_: Type, axis: int) -> int:
    """The place of a file's axis in the tensor that is held, without the batch."""
    return order(type_).index(axis)


def counted(type_: Type, place: int) -> int:
    """A place in the tensor as an index with the batch; the last one is -1."""
    if place == type_.rank - 1:
        return -1
    return place + 1 if type_.batched else place


def index(type_: Type, axis: int) -> int:
    """The index of a file's axis in the tensor that is held."""
    return counted(type_, held(type_, axis))


def as_filed(value: Expr, type_: Type) -> Expr:
    """A held value in the file's order."""
    return _transposed(value, type_, _inverse(order(type_))) if turned(type_) else value


def as_held(value: Expr, type_: Type) -> Expr:
    """A value in the file's order as it is held."""
    return _transposed(value, type_, order(type_)) if turned(type_) else value


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axes.index(i) for i in range(len(axes)))


def _transposed(value: Expr, type_: Type, axes: tuple[int, ...]) -> Expr:
    shifted = (0, *(axis + 1 for axis in axes)) if type_.batched else axes
    return b.call("ops.transpose", value, b.tup(*shifted))
