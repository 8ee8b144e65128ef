"""Operators, elementwise functions, reductions and made values in Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from nndsl.backends.keras import layout
from nndsl.backends.keras.aligned import aligned
from nndsl.backends.keras.at import At, name
from nndsl.backends.keras.plus import total
from nndsl.backends.keras.spell_merges import listed
from nndsl.backends.keras.spellings import Spelling, function
from nndsl.emit import build as b
from nndsl.emit.tree import BinOp, CompareOp, Const, Expr, ListE, TupleE, Unary
from nndsl.ir.statics import SymList
from nndsl.ops.base import Recipe, Tensor, Type, Value, Word

# ---- operators ----------------------------------------

SIGNS: Mapping[str, str] = {
    "add": "+", "multiply": "*", "subtract": "-", "divide": "/", "power": "**",
    "floor_divide": "//", "mod": "%",
}  # fmt: skip
COMPARISONS: Mapping[str, str] = {
    "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
}  # fmt: skip


def terms(at: At) -> list[Expr]:
    """All operands in order, numbers included."""
    values = aligned(at)
    left = [at.get("left")] if at.s.items.get("left") is not None else []
    right = [at.get("right")] if at.s.items.get("right") is not None else []
    return [*left, *values, *right]


def whole(at: At, values: list[Expr]) -> list[Expr]:
    """Truth values count as 0 and 1 in arithmetic: Keras would keep them truth values."""
    if all(v.type.dtype == "bool" for v in at.step.ins):
        return [b.call("ops.cast", e, "int32") if _is_tensor(e) else e for e in values]
    return values


def _is_tensor(value: Expr) -> bool:
    return not isinstance(value, Const | Unary)


def arithmetic(at: At) -> Expr:
    values = whole(at, terms(at))
    if at.step.op.word == "add":
        return sum_of(at, values)
    return b.chain(cast("BinOp", SIGNS[at.step.op.word]), *values)


def sum_of(at: At, values: list[Expr]) -> Expr:
    """The sum of an op's terms."""
    types: list[Type | None] = [value.type for value in at.step.ins]
    left = [None] if at.s.items.get("left") is not None else []
    right = [None] if at.s.items.get("right") is not None else []
    return total(at, list(zip(values, [*left, *types, *right], strict=True)))


def comparison(at: At) -> Expr:
    left, right = terms(at)
    if not _is_tensor(left):
        return b.call(f"ops.{at.step.op.word}", left, right)
    return b.compare(left, cast("CompareOp", COMPARISONS[at.step.op.word]), right)


def nested(at: At) -> Expr:
    """`ops.maximum(ops.maximum(a, b), c)`."""
    first, *rest = terms(at)
    for other in rest:
        first = b.call(f"ops.{at.step.op.word}", first, other)
    return first


def average(at: At) -> Expr:
    values = whole(at, terms(at))
    return b.binop(sum_of(at, values), "/", len(values))


def called(at: At) -> Expr:
    """`ops.word(a, b)`."""
    return b.call(f"ops.{at.step.op.word}", *terms(at))


def negation(at: At) -> Expr:
    return b.call("ops.logical_not", at.operand())


def where(at: At) -> Expr:
    """The condition, then what stands where it is true and where it is false."""
    condition, *values = aligned(at)
    left = [at.get("left")] if at.s.items.get("left") is not None else []
    right = [at.get("right")] if at.s.items.get("right") is not None else []
    return b.call("ops.where", condition, *left, *values, *right)


# ---- elementwise ----------------------------------------

ELEMENTWISE = (
    "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "erf",
    "abs", "sign", "square", "floor", "ceil", "round", "zeros_like", "ones_like",
)  # fmt: skip


def elementwise(at: At) -> Expr:
    return b.call(f"ops.{at.step.op.word}", at.operand())


def clip(at: At) -> Expr:
    low, high = at.s.items.get("low"), at.s.items.get("high")
    x = at.operand()
    if at.type().dtype != at.out.dtype:
        x = b.call("ops.cast", x, dtype_of(at.out.dtype))
    if low is None:
        return b.call("ops.minimum", x, at.code(high))
    if high is None:
        return b.call("ops.maximum", x, at.code(low))
    return b.call("ops.clip", x, at.code(low), at.code(high))


def cast_(at: At) -> Expr:
    return b.call("ops.cast", at.operand(), dtype_of(at.s.word("dtype")))


def dtype_of(word: str) -> Expr:
    if word == "float":
        return b.call("keras.config.floatx")
    return Const("int32" if word == "int" else "bool")


# ---- reductions ----------------------------------------


def axes(at: At) -> Expr:
    """The axes as they are held, with the batch counted."""
    found = sorted(layout.held(at.type(), axis) for axis in at.s.ints("axis"))
    indices = tuple(_signed(layout.counted(at.type(), place)) for place in found)
    return indices[0] if len(indices) == 1 else TupleE(indices)


def _signed(number: int) -> Expr:
    return Unary("-", Const(-number)) if number < 0 else Const(number)


def reduction(word: str) -> Callable[[At], Expr]:
    def write(at: At) -> Expr:
        return _reduced(at, word, at.operand())

    return write


def _reduced(at: At, word: str, value: Expr) -> Expr:
    if not at.type().rank:
        return _of_one(at, word, value)
    keep = {"keepdims": True} if at.s.flag("keepdims") else {}
    return b.call(f"ops.{word}", value, axis=axes(at), **keep)


def _of_one(at: At, word: str, value: Expr) -> Expr:
    """A reduction of one number: spread is 0, all else the number itself."""
    if at.type().dtype != at.out.dtype:
        value = b.call("ops.cast", value, dtype_of(at.out.dtype))
    return b.call("ops.zeros_like", value) if word in ("var", "std") else value


def norm(at: At) -> Expr:
    if not at.type().rank:
        return b.call("ops.abs", _of_one(at, "norm", at.operand()))
    if at.s.int("order") == 1:
        return _reduced(at, "sum", b.call("ops.abs", at.operand()))
    keep = {"keepdims": True} if at.s.flag("keepdims") else {}
    return b.call(at.site.helper("euclidean_norm"), at.operand(), axis=axes(at), **keep)


def place(at: At) -> Expr:
    keep = {"keepdims": True} if at.s.flag("keepdims") else {}
    index = _signed(layout.index(at.type(), at.s.int("axis")))
    return b.call(f"ops.{at.step.op.word}", at.operand(), axis=index, **keep)


# ---- made values: layers, so that they are part of the graph ------------


def made(at: At, value: Expr, dtype: str) -> Expr:
    layer = at.own_layer("Constant", value, options=[] if dtype == "float" else [("kind", dtype)])
    return at.apply(layer, at.site.some_batched())


def constant(at: At) -> Expr:
    return made(at, nested_list(at, at.s.get("value")), at.out.dtype)


def nested_list(at: At, value: Value) -> Expr:
    if isinstance(value, SymList):
        return at.listed(value.term)
    if isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor):
        return ListE(tuple(nested_list(at, item) for item in value))
    return at.code(value)


def full(at: At) -> Expr:
    value = at.get("value")
    for size in reversed(at.s.ints("shape")):
        value = b.binop(ListE((value,)), "*", at.code(size))
    return made(at, value, at.out.dtype)


def arange(at: At) -> Expr:
    return made(at, b.call("list", b.call("range", at.get("n"))), "int")


def eye(at: At) -> Expr:
    n = b.call("range", at.get("n"))
    row = b.comp(b.call("float", b.compare(name("i"), "==", name("j"))), "j", n)
    return made(at, b.comp(row, "i", n), "float")


def per_example(at: At) -> Expr:
    value, like = at.step.ins
    if value.type.batched or not like.type.batched:
        return at.operand(0)
    return at.apply(at.own_layer("WithBatch"), at.operand(0), at.operand(1))


def noise(at: At) -> Expr:
    return at.apply(at.own_layer("Noise"), at.operand())


def positions(at: At) -> Expr:
    layer = at.own_layer("Positions")
    first = at.type()
    if not first.batched:
        return at.apply(layer, b.call("ops.expand_dims", at.filed(), 0))
    return at.apply(layer, at.filed())


def sinusoids(at: At) -> Expr:
    return at.apply(at.own_layer("Sinusoids", options=at.option("base", "base", 10_000.0)),
                    at.operand())  # fmt: skip


SPELLINGS: dict[str, Spelling] = {
    **{word: function(listed(arithmetic)) for word in SIGNS},
    **{word: function(comparison) for word in COMPARISONS},
    **{word: function(called) for word in ("equal", "logical_and", "logical_or", "logical_xor")},
    "logical_not": function(negation),
    "maximum": function(listed(nested)),
    "minimum": function(listed(nested)),
    "average": function(listed(average)),
    "where": function(where),
    **{word: function(elementwise) for word in ELEMENTWISE},
    "negative": function(lambda at: Unary("-", at.operand())),
    "clip": function(clip),
    "cast": function(cast_),
    **{word: function(reduction(word))
       for word in ("sum", "prod", "mean", "var", "std", "max", "min", "any", "all", "logsumexp")},
    "norm": function(norm),
    "argmax": function(place),
    "argmin": function(place),
    "constant": function(constant, inline=True),
    "full": function(full, inline=True),
    "eye": function(eye, inline=True),
    "arange": function(arange, inline=True),
    "noise": function(noise),
    "per_example": function(per_example),
    "positions": function(positions),
    "sinusoids": function(sinusoids),
}  # fmt: skip
