"""Reductions: functions that take axes away. Axes are counted without the batch."""

from __future__ import annotations

from typing import ClassVar

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type
from nndsl.ops.broadcast import axis_of, plain_tensors, wants
from nndsl.ops.kinds import Flag, Int, Ints

AXIS = Setting(
    "axis", Ints(), "the axis, or a list of axes; all of an example where none", symbolic=False
)
KEEPDIMS = Setting(
    "keepdims", Flag(), "keeps the axes, with size 1", default=False, keyword=True, symbolic=False
)
_RULE = "numpy, per example"


def axes_of(op: Op, call: Call) -> tuple[int, ...]:
    """The axes to reduce, from 0 and sorted: all of them where none are given."""
    rank = call.x.rank
    if not call.settings.has("axis"):
        return tuple(range(rank))
    found = sorted(axis_of(op, call, axis, rank) for axis in call.settings.ints("axis"))
    if len(set(found)) < len(found):
        op.refuse(call, f"`{op.word}` has an axis twice", "name each axis once")
    return tuple(found)


class Reduction(Op):
    """What reductions share: `axis`, `keepdims` and the shape that stays."""

    kind = "function"
    takes = "a value of any shape"
    settings: ClassVar[tuple[Setting, ...]] = (AXIS, KEEPDIMS)

    def resolve(self, call: Call) -> Settings:
        return call.settings.with_(axis=axes_of(self, call))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, axes, keep = call.x, call.settings.ints("axis"), call.settings.flag("keepdims")
        dtype = self.dtype(call)
        if keep:
            shape = tuple(1 if i in axes else dim for i, dim in enumerate(x.shape))
            return (Type(shape, dtype, x.axes, x.batched),)
        stay = [i for i in range(x.rank) if i not in axes]
        roles = tuple(x.axes[i] for i in stay) if x.axes else ()
        return (Type(tuple(x.shape[i] for i in stay), dtype, roles, x.batched),)

    def dtype(self, call: Call) -> str:
        """The dtype of the result; NN212 where the operand's does not fit."""
        raise NotImplementedError


class _Real(Reduction):
    """Floats of floats, and of ints and bools taken as floats."""

    def dtype(self, call: Call) -> str:
        return "float"


class _Counting(Reduction):
    """Floats of floats; ints of ints and of bools, which count as 0 and 1."""

    def dtype(self, call: Call) -> str:
        return "float" if call.x.dtype == "float" else "int"


class _Choosing(Reduction):
    """One of the elements: same dtype, numbers only."""

    def dtype(self, call: Call) -> str:
        if call.x.dtype == "bool":
            raise call.wrong("NN212", f"`{self.word}` compares numbers, not bools", "any or all")
        return call.x.dtype


class _Truth(Reduction):
    """Bools of bools."""

    def dtype(self, call: Call) -> str:
        wants(self, call, call.x, "bool")
        return "bool"


class Sum(_Counting):
    """The sum over the axes."""

    word = "sum"
    formula = "x.sum(axis, keepdims=keepdims)"
    examples = (
        Example("sum", "[2]", "float", source=_RULE),
        Example("sum(-1)", "bool[?T, 8]", "int[?T]", source=_RULE),
        Example("sum(axis=[0, 1], keepdims=true)", "[7, 7, 64]", "[1, 1, 64]", source=_RULE),
    )
    rejects = (Reject("sum(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class Prod(_Counting):
    """The product over the axes."""

    word = "prod"
    formula = "x.prod(axis, keepdims=keepdims)"
    examples = (Example("prod(0)", "[3, 8]", "[8]", source=_RULE),)
    rejects = (Reject("prod(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class Mean(_Real):
    """The arithmetic mean over the axes."""

    word = "mean"
    formula = "x.mean(axis, keepdims=keepdims)"
    examples = (
        Example("mean(0)", "[?T, 768]", "[768]", source=_RULE),
        Example("mean(axis=[1, 2])", "[C=64, H=7, W=7]", "[C=64]", source=_RULE),
    )
    rejects = (Reject("mean(axis=[0, -2])", "[4, 4]", "NN201", "both are axis 0"),)


class Var(_Real):
    """The variance over the axes: the mean of squared differences from the mean (over n).

    Biased, as numpy and Keras have it; torch's default divides by n - 1.
    """

    word = "var"
    formula = "((x - x.mean(axis, keepdims=True)) ** 2).mean(axis, keepdims=keepdims)"
    examples = (Example("var(0)", "[5, 8]", "[8]", source=_RULE),)
    rejects = (Reject("var(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class Std(_Real):
    """The standard deviation over the axes: the square root of the biased variance."""

    word = "std"
    formula = "sqrt(((x - x.mean(axis, keepdims=True)) ** 2).mean(axis, keepdims=keepdims))"
    examples = (Example("std(0)", "[5, 8]", "[8]", source=_RULE),)
    rejects = (Reject("std(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class Max(_Choosing):
    """The largest element over the axes."""

    word = "max"
    formula = "x.max(axis, keepdims=keepdims)"
    aliases = ("amax",)
    examples = (Example("max(-1)", "[5, 8]", "[5]", source=_RULE),)
    rejects = (Reject("max", "bool[4]", "NN212", "bools have no order"),)


class Min(_Choosing):
    """The smallest element over the axes."""

    word = "min"
    formula = "x.min(axis, keepdims=keepdims)"
    aliases = ("amin",)
    examples = (Example("min", "int[5, 8]", "int", source=_RULE),)
    rejects = (Reject("min", "bool[4]", "NN212", "bools have no order"),)


class Any(_Truth):
    """True where at least one element over the axes is."""

    word = "any"
    formula = "x.any(axis, keepdims=keepdims)"
    examples = (Example("any(-1)", "bool[5, 8]", "bool[5]", source=_RULE),)
    rejects = (Reject("any", "[4]", "NN212", "a number is no truth"),)


class All(_Truth):
    """True where every element over the axes is."""

    word = "all"
    formula = "x.all(axis, keepdims=keepdims)"
    examples = (Example("all", "bool[5, 8]", "bool", source=_RULE),)
    rejects = (Reject("all", "[4]", "NN212", "a number is no truth"),)


class LogSumExp(_Real):
    """`log(sum(exp(x)))` over the axes, without overflow."""

    word = "logsumexp"
    formula = "log(exp(x).sum(axis, keepdims=keepdims))"
    examples = (Example("logsumexp(-1, keepdims=true)", "[5, 8]", "[5, 1]", source=_RULE),)
    rejects = (Reject("logsumexp(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class Norm(_Real):
    """The length over the axes: `sqrt(sum(x**2))`, or with `order=1` `sum(|x|)`."""

    word = "norm"
    formula = "(abs(x) ** order).sum(axis, keepdims=keepdims) ** (1 / order)"
    settings = (
        AXIS,
        Setting("order", Int(1, 2), "2 Euclidean, 1 sum of absolute values", default=2,
                keyword=True, symbolic=False),
        KEEPDIMS,
    )  # fmt: skip
    examples = (Example("norm(-1)", "[5, 8]", "[5]", source=_RULE),)
    rejects = (Reject("norm(2)", "[4, 4]", "NN208", "there are axes 0 and 1"),)


class _Index(Op):
    """The place of an element along one axis, as an int."""

    kind = "function"
    takes = "numbers of any shape but a scalar"
    settings = (
        Setting("axis", Int(), "the axis to search; the channels' by default", symbolic=False),
        KEEPDIMS,
    )

    def resolve(self, call: Call) -> Settings:
        at = call.settings.int("axis") if call.settings.has("axis") else call.x.channel_axis
        return call.settings.with_(axis=axis_of(self, call, at, call.x.rank))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, axis = call.x, call.settings.int("axis")
        if x.dtype == "bool":
            raise call.wrong("NN212", f"`{self.word}` compares numbers, not bools", "cast(int)")
        if call.settings.flag("keepdims"):
            shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
            return (Type(shape, "int", x.axes, x.batched),)
        roles = (*x.axes[:axis], *x.axes[axis + 1 :])
        return (Type((*x.shape[:axis], *x.shape[axis + 1 :]), "int", roles, x.batched),)


class ArgMax(_Index):
    """Where the largest element along an axis is, by default the channels'; the first of equals."""

    word = "argmax"
    formula = "x.argmax(axis, keepdims=keepdims)"
    examples = (
        Example("argmax", "[1000]", "int", source=_RULE),
        Example("argmax(0)", "[5, 8]", "int[8]", source=_RULE),
    )
    rejects = (Reject("argmax(1)", "[8]", "NN208", "there is axis 0 only"),)


class ArgMin(_Index):
    """Where the least element along an axis is, by default the channels'; the first of equals."""

    word = "argmin"
    formula = "x.argmin(axis, keepdims=keepdims)"
    examples = (Example("argmin", "[5, 8]", "int[5]", source=_RULE),)
    rejects = (Reject("argmin(1)", "[8]", "NN208", "there is axis 0 only"),)
