"""How operands of different shapes, dtypes and axis orders meet: the rules of the value functions.

Broadcasting is per example, from the right; a dimension of 1 stretches. Unbatched operands mix
with batched ones, and the result is then batched.
"""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ops import symbols
from nndsl.ops.base import Call, Op, Setting, Type, Value
from nndsl.ops.kinds import Numbers
from nndsl.ops.numbers import Dim, Sym, same_dim

LEFT = Setting("left", Numbers(), "a number as the first operand", keyword=True)
RIGHT = Setting("right", Numbers(), "a number as the last operand", keyword=True)

_ORDER = ("bool", "int", "float")


def agree(left: Dim, right: Dim) -> Dim:
    """Of two equal dimensions the one that says it more simply: a number, then fewer inputs."""
    if not isinstance(left, Sym):
        return left
    if not isinstance(right, Sym):
        return right
    return min((left, right), key=lambda dim: (len(symbols.dims(dim.term)), symbols.size(dim.term)))


def _always_one(dim: Dim) -> bool:
    return isinstance(dim, int) and not isinstance(dim, Sym) and dim == 1


def _is_one_here(dim: Dim) -> bool:
    """True for a formula that is 1 here; that it is shapes the result, so it is recorded."""
    return isinstance(dim, Sym) and int(dim) == 1 and bool(dim == 1)


def stretch(left: Dim, right: Dim) -> Dim | None:
    """The common dimension of two operands; None where they do not fit.

    A plain 1 gives way whatever the other is, so that a formula which happens to be 1 stays.
    """
    if _always_one(left):
        return right
    if _always_one(right):
        return left
    if same_dim(left, right):
        return agree(left, right)
    if _is_one_here(left):
        return right
    return left if _is_one_here(right) else None


def broadcast(op: Op, call: Call, types: Sequence[Type]) -> tuple[Dim, ...]:
    """The common shape, by numpy's rule on the shapes per example; NN211 where there is none."""
    shape = types[0].shape
    for other in types[1:]:
        shape = _pair(op, call, shape, other.shape)
    return shape


def _way_out(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> str:
    """What makes two shapes one: other positions, or other channels."""
    same = len(left) == len(right) > 1 and left[-1] == right[-1]
    if same and all(isinstance(dim, int) for dim in (*left, *right)):
        return "windows without padding lose positions: `Conv(…, same)` or `padding=1` keeps them"
    return "project one of them (Dense, Conv with kernel 1), or reorder it with transpose"


def _pair(op: Op, call: Call, left: tuple[Dim, ...], right: tuple[Dim, ...]) -> tuple[Dim, ...]:
    if len(left) < len(right):
        left, right = right, left
    extra = len(left) - len(right)
    dims = [stretch(a, b) for a, b in zip(left[extra:], right, strict=True)]
    if None in dims:
        shown = " and ".join(Type(shape).show() or "a scalar" for shape in (left, right))
        raise call.wrong(
            "NN211",
            f"`{op.word}` cannot combine {shown}: from the right, dimensions must be equal or 1",
            _way_out(left, right),
        )
    return (*left[:extra], *(dim for dim in dims if dim is not None))


def names(call: Call, types: Sequence[Type], rank: int) -> tuple[str, ...]:
    """The axis names of a result of this rank; NN218 where operands name them differently."""
    found = tuple(dict.fromkeys(t.axes for t in types if t.axes and t.rank == rank))
    if len(found) > 1:
        shown = " and ".join(f"[{', '.join(axes)}]" for axes in found)
        raise call.wrong(
            "NN218",
            f"the operands have their axes in different orders: {shown}",
            "bring one into the other's order with Permute or transpose",
        )
    return found[0] if found else ()


def number_dtype(value: Value) -> str:
    """`bool`, `int` or `float`, as the number is written."""
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else "float"


def common_dtype(dtypes: Sequence[str]) -> str:
    """The widest of bool < int < float."""
    return _ORDER[max(_ORDER.index(dtype) for dtype in dtypes)]


def numbers_of(call: Call) -> tuple[Value, ...]:
    """The number operands: `left`, then `right`, where given."""
    s = call.settings
    return tuple(s.get(name) for name in ("left", "right") if s.has(name))


def dtypes_of(call: Call) -> tuple[str, ...]:
    """The dtypes of all operands, numbers included."""
    return (*(t.dtype for t in call.ins), *(number_dtype(v) for v in numbers_of(call)))


def plain_tensors(op: Op, call: Call) -> None:
    """NN212 where an operand is a recurrent state; NN201 where a number operand is a list."""
    if any(t.dtype == "state" for t in call.ins):
        raise call.wrong(
            "NN212",
            f"`{op.word}` works on tensors, not on a recurrent state",
            "open the state first: `h, c = last`",
        )
    if any(isinstance(value, tuple) for value in numbers_of(call)):
        op.refuse(call, f"`{op.word}` takes numbers and values", "write a list as constant([...])")


def wants(op: Op, call: Call, type_: Type, dtype: str) -> None:
    """NN212 (NN210 where floats are wanted): an operand has another dtype than the op works on."""
    if type_.dtype == dtype:
        return
    code = "NN210" if dtype == "float" else "NN212"
    fix = {
        "float": "embed it (Embedding) or convert it with cast(float)",
        "int": "convert it with cast(int), or take an input of type int",
        "bool": "compare it first, as in `x != 0`",
    }[dtype]
    raise call.wrong(code, f"`{op.word}` works on {dtype}s, not on {type_.show()}", fix)


def axis_of(op: Op, call: Call, axis: int, rank: int) -> int:
    """The axis counted from 0; NN208 where there is none. Axes are per example."""
    at = int(axis)
    if not -rank <= at < rank:
        raise call.wrong(
            "NN208",
            f"`{op.word}` has no axis {at} in {call.x.show()}",
            f"axes are counted without the batch: {-rank} to {rank - 1}" if rank else "",
        )
    return at % rank


def batched(call: Call) -> bool:
    """True where an operand has a batch axis."""
    return any(t.batched for t in call.ins)
