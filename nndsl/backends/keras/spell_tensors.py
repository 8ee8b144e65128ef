"""Functions that move, choose and multiply axes, in Keras. Axes are those of the file's order."""

from __future__ import annotations

from nndsl.backends.keras import layout
from nndsl.backends.keras.aligned import expanded
from nndsl.backends.keras.at import At
from nndsl.backends.keras.same import same
from nndsl.backends.keras.spellings import Spelling, function
from nndsl.emit import build as b
from nndsl.emit.tree import Attr, Const, Expr, Index, ListE, Slice, TupleE, Unary
from nndsl.ops.base import Call, Type
from nndsl.ops.numbers import OpenDim
from nndsl.ops.select import cuts_of


def _shift(at: At) -> int:
    """1 where the batch is in front."""
    return 1 if at.type().batched else 0


def _axis(at: At, axis: int, type_: Type | None = None) -> Expr:
    """An axis of the file's order as an index; the last one is -1."""
    number = layout.counted(type_ or at.type(), axis)
    return Unary("-", Const(1)) if number == -1 else Const(number)


def transpose(at: At) -> Expr:
    order = tuple(Const(axis + _shift(at)) for axis in at.s.ints("axes"))
    front = (Const(0),) if at.type().batched else ()
    return at.result(b.call("ops.transpose", at.filed(), TupleE((*front, *order))))


def expand(at: At) -> Expr:
    return at.result(b.call("ops.expand_dims", at.filed(), _axis(at, at.s.int("axis"), at.out)))


def squeeze(at: At) -> Expr:
    found = tuple(Const(axis + _shift(at)) for axis in at.s.ints("axis"))
    if not found:
        return at.operand()
    axes = found[0] if len(found) == 1 else TupleE(found)
    return at.result(b.call("ops.squeeze", at.filed(), axis=axes))


def tile(at: At) -> Expr:
    front = (Const(1),) if at.type().batched else ()
    repeats = TupleE((*front, *(at.code(n) for n in at.s.ints("repeats"))))
    return at.result(b.call("ops.tile", at.filed(), repeats))


def repeat_axis(at: At) -> Expr:
    axis = _axis(at, at.s.int("axis"))
    return at.result(b.call("ops.repeat", at.filed(), at.get("n"), axis=axis))


def flip(at: At) -> Expr:
    found = tuple(Const(axis + _shift(at)) for axis in at.s.ints("axis"))
    if not found:
        return at.operand()
    axes = found[0] if len(found) == 1 else TupleE(found)
    return at.result(b.call("ops.flip", at.filed(), axis=axes))


def roll(at: At) -> Expr:
    axis = _axis(at, at.s.int("axis"))
    return at.result(b.call("ops.roll", at.filed(), at.get("shift"), axis=axis))


def cumsum(at: At) -> Expr:
    value = at.filed()
    if at.type().dtype == "bool":
        value = b.call("ops.cast", value, "int32")
    return at.result(b.call("ops.cumsum", value, axis=_axis(at, at.s.int("axis"))))


# ---- choosing ----------------------------------------


def take(at: At) -> Expr:
    """`x[:, 0]`."""
    axis = at.s.int("axis") + _shift(at)
    where = (*(Slice() for _ in range(axis)), at.get("index"))
    return at.result(Index(at.filed(), where[0] if len(where) == 1 else TupleE(where)))


def slice_(at: At) -> Expr:
    cuts = cuts_of(Call(at.s, tuple(v.type for v in at.step.ins), at.step.names))
    found: list[Expr] = [Slice()] if at.type().batched else []
    value = at.filed()
    for axis, (start, stop, step, drop) in enumerate(cuts):
        if drop:
            found.append(at.code(start or 0))
        elif isinstance(start, OpenDim) or isinstance(stop, OpenDim):
            value = _up_to(at, value, axis, (start, stop, step))
            found.append(Slice())
        else:
            bounds = (None if each is None else at.code(each) for each in (start, stop, step))
            found.append(Slice(*bounds))
    if not found:
        return at.operand()
    if all(part == Slice() for part in found):
        return at.result(value)
    if len(found) == 1 and isinstance(found[0], Slice):
        if at.type().rank == 1:
            raise at.refuse("a slice of a vector without a batch", "give the vector two axes")
        found.append(Slice())  # Keras takes no slice by itself
    return at.result(Index(value, found[0] if len(found) == 1 else TupleE(tuple(found))))


def _up_to(at: At, value: Expr, axis: int, cut: tuple[object, object, object]) -> Expr:
    """`x[start:shape(y)[0]]`: a layer that reads the size when it runs."""
    start, stop, step = cut
    code = at.term(stop.term) if isinstance(stop, OpenDim) else None
    if isinstance(start, OpenDim) or step not in (None, 1) or not isinstance(code, Index):
        raise at.refuse(f"a slice between {start!r} and {stop!r}",
                        "cut up to an input's own open dimension: `x[:shape(y)[0]]`")  # fmt: skip
    assert isinstance(code.value, Attr), code
    options = [] if start is None else [("start", at.code(start))]
    layer = at.own_layer("FirstOf", axis + _shift(at), code.key, options=options)
    return at.apply(layer, value, code.value.value)


def gather(at: At) -> Expr:
    """Shared indices, or a shared table: `ops.take`; indices of each example by itself: a layer."""
    axis, x, indices = at.s.int("axis"), at.type(), at.type(1)
    if not indices.batched:
        return b.call("ops.take", at.filed(), at.filed(1), axis=_axis(at, axis))
    if x.batched:
        return at.apply(at.own_layer("Gather", axis), at.filed(), at.filed(1))
    if axis == 0:
        return b.call("ops.take", at.filed(), at.filed(1), axis=0)
    taken = b.call("ops.take", at.filed(), at.filed(1), axis=axis)
    order = (axis, *range(axis), *range(axis + 1, x.rank + indices.rank))
    return b.call("ops.transpose", taken, TupleE(tuple(map(Const, order))))


def split(at: At) -> Expr:
    parts = at.s.get("parts")
    if isinstance(parts, int):
        where = at.code(parts)
    else:
        sizes, total = at.s.ints("parts"), 0
        ends: list[Expr] = []
        for size in sizes[:-1]:
            total = total + size
            ends.append(at.code(total))
        where = ListE(tuple(ends))
    return b.call("ops.split", at.operand(), where, axis=_held_axis(at, at.s.int("axis")))


def _held_axis(at: At, axis: int) -> Expr:
    index = layout.index(at.type(), axis)
    return Unary("-", Const(1)) if index == -1 else Const(index)


def top_k(at: At) -> Expr:
    if layout.turned(at.type()):
        raise at.refuse("top_k of a value whose channels come first", "permute it before")
    return b.call("ops.top_k", at.operand(), at.get("k"))


def one_hot(at: At) -> Expr:
    options = {} if same(at.out.dtype, "float") else {"dtype": "int32"}
    return b.call("ops.one_hot", at.filed(), at.get("n"), **options)


# ---- products ----------------------------------------


def matmul(at: At) -> Expr:
    """`a @ b` where the batch does not stand in the way; vectors and lower ranks by einsum."""
    left, right = at.type(), at.type(1)
    if left.batched and right.rank == 2 and not right.batched:
        return b.call("ops.matmul", at.filed(), at.filed(1))  # rows of the batch, or of its rows
    plain = left.rank >= 2 and right.rank >= 2
    if plain:
        rank = max(left.rank, right.rank)
        return b.call("ops.matmul", expanded(at.filed(), left, rank - left.rank),
                      expanded(at.filed(1), right, rank - right.rank))  # fmt: skip
    outer = "abcdefgh"[: max(left.rank, right.rank) - 2] if max(left.rank, right.rank) > 2 else ""
    first = f"{outer if left.rank > 2 else ''}{'n' if left.rank > 1 else ''}k"
    second = f"{outer if right.rank > 2 else ''}k{'m' if right.rank > 1 else ''}"
    result = f"{outer}{'n' if left.rank > 1 else ''}{'m' if right.rank > 1 else ''}"
    return _einsum(at, (first, second), result)


def einsum(at: At) -> Expr:
    equation = str(at.s.get("equation")).replace(" ", "")
    given, _, result = equation.partition("->")
    return _einsum(at, tuple(given.split(",")), result)


def _einsum(at: At, terms: tuple[str, ...], result: str) -> Expr:
    """With a letter for the batch, where an operand has one."""
    used = {*"".join(terms), *result}
    batch = next(c for c in "bBzZyYxXwWvVuU" if c not in used)
    given = ",".join(
        f"{batch if value.type.batched else ''}{term}"
        for term, value in zip(terms, at.step.ins, strict=True)
    )
    front = batch if at.out.batched else ""
    values = (at.filed(number) for number in range(len(at.step.ins)))
    return b.call("ops.einsum", f"{given}->{front}{result}", *values)


SPELLINGS: dict[str, Spelling] = {
    "transpose": function(transpose),
    "expand": function(expand),
    "squeeze": function(squeeze),
    "tile": function(tile),
    "repeat_axis": function(repeat_axis),
    "flip": function(flip),
    "roll": function(roll),
    "cumsum": function(cumsum),
    "take": function(take),
    "slice": function(slice_),
    "gather": function(gather),
    "split": function(split),
    "top_k": function(top_k),
    "one_hot": function(one_hot),
    "matmul": function(matmul),
    "einsum": function(einsum),
}
