"""Activations in Keras."""

from __future__ import annotations

from collections.abc import Callable

from nndsl.backends.keras import layout
from nndsl.backends.keras.at import At, Option
from nndsl.backends.keras.initial import init_option
from nndsl.backends.keras.perhaps import activation_test
from nndsl.backends.keras.spellings import Spelling, function, layer, with_batch
from nndsl.emit import build as b
from nndsl.emit.tree import Const as Text
from nndsl.emit.tree import Expr, TupleE

# Activations without numbers of their own: the language's word is Keras' string.
PLAIN = (
    "relu", "relu6", "selu", "silu", "mish", "softplus", "softsign", "tanh", "sigmoid",
    "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "tanh_shrink",
)  # fmt: skip


def activation(at: At) -> Expr:
    """`layers.Activation("relu", name=…)`; a setting that names one stands for itself."""
    if at.step.symbol is not None:
        return at.layer("Activation", at.term(at.step.symbol))
    return at.layer("Activation", at.step.op.word)


def numbered(default: float, name: str, keyword: str, function_name: str = "") -> Spelling:
    """An activation with one number: Keras' string where it is Keras' own, else the function."""

    def write(at: At, made: Expr | None) -> Expr:
        if at.step.symbol is not None or at.is_default(name, default):
            return plain(at)
        call = b.dotted(f"ops.{function_name or at.step.op.word}")
        return b.call(call, at.operand(), **{keyword: at.get(name)})

    return Spelling(write)


def gelu(at: At) -> Expr:
    """Exact by the string; keras.ops.gelu is approximate unless it is told."""
    if at.step.symbol is not None or at.is_default("approximate", False):
        return plain(at)
    return b.call("ops.gelu", at.operand(), approximate=at.get("approximate"))


def squareplus(at: At) -> Expr:
    if at.step.symbol is not None or at.is_default("b", 4.0) or at.is_default("b", 4):
        return plain(at)
    return b.call("ops.squareplus", at.operand(), b=at.get("b"))


def threshold(at: At) -> Expr:
    return b.call("ops.threshold", at.operand(), at.get("limit"), at.get("value"))


def along(keyword: str = "axis") -> Callable[[At], Expr]:
    """Softmax and its kin: the string along the last axis, else the function with its axis."""

    def write(at: At) -> Expr:
        if at.step.symbol is not None:
            return plain(at)
        axis = layout.index(at.type(), at.s.int("axis"))
        if axis == -1:
            return plain(at)
        call = b.dotted(f"ops.{at.step.op.word}")
        return b.call(call, at.operand(), **{keyword: axis})

    return write


def prelu(at: At) -> Expr:
    """One slope a channel: the positions share it."""
    type_ = at.type()
    options: list[Option] = init_option(at, "alpha_initializer", "init", "zeros")
    if type_.rank > 1:
        shared = tuple(Text(axis + 1) for axis in range(type_.rank - 1))
        options.append(("shared_axes", TupleE(shared)))
    return at.layer("PReLU", options=options)


def glu(at: At) -> Expr:
    """The function: for `Activation("glu")` Keras infers the shape of what comes in."""
    axis = layout.index(at.type(), at.s.int("axis"))
    return b.call("ops.glu", at.operand(), **({} if axis == -1 else {"axis": axis}))


def plain(at: At) -> Expr:
    """The layer; a setting that may name none stands under a condition."""
    test = activation_test(at)
    if test is None:
        return at.apply(activation(at), at.operand())
    made = activation(at)
    return at.site.perhaps(test, lambda value: at.apply(made, value), at.operand())


SPELLINGS: dict[str, Spelling] = {
    "identity": function(lambda at: at.operand()),
    **{word: function(plain, inline=False) for word in PLAIN},
    "leaky_relu": numbered(0.2, "slope", "negative_slope"),
    "elu": numbered(1.0, "alpha", "alpha"),
    "celu": numbered(1.0, "alpha", "alpha"),
    "gelu": function(gelu, inline=False),
    "squareplus": function(squareplus, inline=False),
    "hard_shrink": numbered(0.5, "limit", "threshold"),
    "soft_shrink": numbered(0.5, "limit", "threshold"),
    "threshold": function(threshold, inline=False),
    "softmax": function(along(), inline=False),
    "log_softmax": function(along(), inline=False),
    "glu": function(glu),
    "PReLU": layer(prelu, lambda at, made: with_batch(at, lambda x: at.apply(made, x))),
}
