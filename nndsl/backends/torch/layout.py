"""Where the axes of a value lie: for torch, images are channels first, all else as the file says.

An order lists, for each physical axis after the batch, the axis of the file's shape that lies
there: (2, 0, 1) is channels first for the file's [H, W, C].
"""

from __future__ import annotations

from typing import TypeAlias

from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, Slice
from nndsl.ops.base import Type

Order: TypeAlias = "tuple[int, ...]"


def file_order(type_: Type) -> Order:
    """The axes as the file states them."""
    return tuple(range(type_.rank))


def first_order(type_: Type) -> Order:
    """The channels in front, the others in the file's order."""
    at = type_.channel_axis
    return (at, *(i for i in range(type_.rank) if i != at))


def last_order(type_: Type) -> Order:
    """The channels at the end, the others in the file's order."""
    at = type_.channel_axis
    return (*(i for i in range(type_.rank) if i != at), at)


def boundary_order(type_: Type, sequences: bool = False) -> Order:
    """At inputs and outputs of blocks: ranks 3 and 4 (images, volumes) channels first.

    sequences: rank 2 as well, in a block whose sequences lie so (see `sequences`).
    """
    first = type_.rank in (3, 4) or (sequences and type_.rank == 2 and type_.dtype == "float")
    return first_order(type_) if first and type_.batched else file_order(type_)


def wanted_order(want: str, type_: Type, given: Order) -> Order:
    """The order that an operation wants: `first`, `last`, `file`, or `any` (as it is)."""
    if type_.rank < 2 or want == "any":
        return given
    return {"first": first_order, "last": last_order, "file": file_order}[want](type_)


def permutation(given: Order, wanted: Order, batched: bool) -> tuple[int, ...]:
    """The arguments of `permute`."""
    shift = 1 if batched else 0
    return (*range(shift), *(given.index(axis) + shift for axis in wanted))


def reorder(code: Expr, given: Order, wanted: Order, batched: bool) -> Expr:
    """The value with its axes in another order; as it is where that is the same."""
    if given == wanted:
        return code
    dims = permutation(given, wanted, batched)
    moved = [i for i, dim in enumerate(dims) if i != dim]
    if len(moved) == 2:
        return b.call(b.attr(code, "transpose"), *moved)
    return b.call(b.attr(code, "permute"), *dims)


def physical(order: Order, axis: int, batched: bool) -> int:
    """The index of one of the file's axes in the tensor."""
    return order.index(axis) + (1 if batched else 0)


def widen(code: Expr, type_: Type, given: Order, rank: int, wanted: Order, batched: bool) -> Expr:
    """An operand of lower rank as one of `rank` in the order `wanted`, with axes of size 1.

    Broadcasting is per example and from the right: the operand's axes are the last ones of the
    file's shape. batched: the result has a batch axis.
    """
    missing = rank - type_.rank
    own = [axis - missing for axis in wanted if axis >= missing]
    code = reorder(code, given, tuple(own), type_.batched)
    items: list[Expr] = [Const(None) if axis < missing else Slice() for axis in wanted]
    if type_.batched and batched:
        items.insert(0, Slice())
    else:
        while items and items[0] == Const(None):
            items.pop(0)
    return b.index(code, *items) if any(item == Const(None) for item in items) else code
