"""Mathematics on every element: one value in, one of the same shape out."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type
from nndsl.ops.broadcast import (
    LEFT,
    RIGHT,
    batched,
    broadcast,
    common_dtype,
    dtypes_of,
    names,
    number_dtype,
    numbers_of,
    plain_tensors,
    wants,
)
from nndsl.ops.kinds import Float, OneOf

_ARITHMETIC = "arithmetic"


class Elementwise(Op):
    """What these functions share: the shape, the axes and the batch stay."""

    kind = "function"
    takes = "a value of any shape"

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x = call.x
        return (Type(x.shape, self.dtype(call), x.axes, x.batched),)

    def dtype(self, call: Call) -> str:
        """The dtype of the result; NN212 where the operand's does not fit."""
        raise NotImplementedError


class ToFloat(Elementwise):
    """A function of real numbers: floats, or ints taken as floats."""

    def dtype(self, call: Call) -> str:
        _no_bools(self, call)
        return "float"


class Keeping(Elementwise):
    """A function that gives ints of ints and floats of floats."""

    def dtype(self, call: Call) -> str:
        _no_bools(self, call)
        return call.x.dtype


class Rounding(Elementwise):
    """A function of floats that gives whole numbers, still as floats."""

    def dtype(self, call: Call) -> str:
        wants(self, call, call.x, "float")
        return "float"


def _no_bools(op: Op, call: Call) -> None:
    if call.x.dtype == "bool":
        raise call.wrong(
            "NN212", f"`{op.word}` works on numbers, not on bools", "convert with cast(float)"
        )


class Exp(ToFloat):
    """The exponential function, e to the power x."""

    word = "exp"
    formula = "exp(x)"
    examples = (Example("exp", "[2]", "[2]", source=_ARITHMETIC),)


class Expm1(ToFloat):
    """`exp(x) - 1`, exact also near 0."""

    word = "expm1"
    formula = "exp(x) - 1"
    examples = (Example("expm1", "[2]", "[2]", source=_ARITHMETIC),)


class Log(ToFloat):
    """The natural logarithm; of 0 it is minus infinity, of less not a number."""

    word = "log"
    formula = "log(x)"
    examples = (Example("log", "int[2]", "[2]", source=_ARITHMETIC),)


class Log1p(ToFloat):
    """`log(1 + x)`, exact also near 0."""

    word = "log1p"
    formula = "log(1 + x)"
    examples = (Example("log1p", "[2]", "[2]", source=_ARITHMETIC),)


class Sqrt(ToFloat):
    """The square root; of a negative number not a number."""

    word = "sqrt"
    formula = "sqrt(x)"
    examples = (Example("sqrt", "[2]", "[2]", source=_ARITHMETIC),)


class Rsqrt(ToFloat):
    """One over the square root."""

    word = "rsqrt"
    formula = "1 / sqrt(x)"
    examples = (Example("rsqrt", "[2]", "[2]", source=_ARITHMETIC),)


class Reciprocal(ToFloat):
    """`1 / x`."""

    word = "reciprocal"
    formula = "1 / x"
    examples = (Example("reciprocal", "[2]", "[2]", source=_ARITHMETIC),)


class Sin(ToFloat):
    """The sine of an angle in radians."""

    word = "sin"
    formula = "sin(x)"
    examples = (Example("sin", "[2]", "[2]", source=_ARITHMETIC),)


class Cos(ToFloat):
    """The cosine of an angle in radians."""

    word = "cos"
    formula = "cos(x)"
    examples = (Example("cos", "[2]", "[2]", source=_ARITHMETIC),)


class Tan(ToFloat):
    """The tangent of an angle in radians."""

    word = "tan"
    formula = "tan(x)"
    examples = (Example("tan", "[2]", "[2]", source=_ARITHMETIC),)


class Erf(ToFloat):
    """The error function, `2 / sqrt(pi)` times the integral of `exp(-t**2)` from 0 to x."""

    word = "erf"
    formula = "erf(x)"
    examples = (Example("erf", "[2]", "[2]", source=_ARITHMETIC),)


class Negative(Keeping):
    """`-x`."""

    word = "negative"
    formula = "-x"
    aliases = ("neg",)
    examples = (Example("negative", "int[2]", "int[2]", source=_ARITHMETIC),)
    rejects = (Reject("negative", "bool[2]", "NN212", "a truth has no sign"),)


class Abs(Keeping):
    """The absolute value `|x|`."""

    word = "abs"
    formula = "abs(x)"
    examples = (Example("abs", "[4096]", "[4096]", source="the distance in a Siamese net"),)


class Sign(Keeping):
    """-1, 0 or 1 as x is less than, equal to or greater than 0."""

    word = "sign"
    formula = "sign(x)"
    examples = (Example("sign", "[2]", "[2]", source=_ARITHMETIC),)


class Square(Keeping):
    """`x * x`."""

    word = "square"
    formula = "x * x"
    examples = (Example("square", "int[2]", "int[2]", source=_ARITHMETIC),)


class Floor(Rounding):
    """The largest whole number that is not above x, as a float."""

    word = "floor"
    formula = "floor(x)"
    examples = (Example("floor", "[2]", "[2]", source=_ARITHMETIC),)
    rejects = (Reject("floor", "int[2]", "NN210", "ints are whole already"),)


class Ceil(Rounding):
    """The smallest whole number that is not below x, as a float."""

    word = "ceil"
    formula = "ceil(x)"
    examples = (Example("ceil", "[2]", "[2]", source=_ARITHMETIC),)
    rejects = (Reject("ceil", "int[2]", "NN210", "ints are whole already"),)


class Round(Rounding):
    """The nearest whole number as a float; halves go to the even one, as in Python."""

    word = "round"
    formula = "round(x)"
    examples = (Example("round", "[2]", "[2]", source=_ARITHMETIC),)
    rejects = (Reject("round", "int[2]", "NN210", "ints are whole already"),)


class Clip(Keeping):
    """Every element limited to `low <= x <= high`; a bound that is not given does not limit."""

    word = "clip"
    formula = "clip(x, low, high)"
    aliases = ("clamp",)
    settings = (
        Setting("low", Float(), "the least value, or none"),
        Setting("high", Float(), "the greatest value, or none"),
    )
    examples = (
        Example("clip(0, 6)", "[8]", "[8]", source=_ARITHMETIC),
        Example("clip(low=1e-7)", "[8]", "[8]", source=_ARITHMETIC),
        Example("clip(0.5, 6)", "int[8]", "[8]", source="numpy: a float bound gives floats"),
    )
    rejects = (Reject("clip", "[8]", "NN201", "nothing limits"),)

    def dtype(self, call: Call) -> str:
        s = call.settings
        bounds = [s.get(name) for name in ("low", "high") if s.has(name)]
        if not bounds:
            self.refuse(call, "`clip` needs `low`, `high` or both", "as in clip(0, 6)")
        if len(bounds) == 2 and float(s.float("low")) > float(s.float("high")):
            self.refuse(call, "`low` of `clip` is above `high`", "exchange the two")
        return common_dtype((super().dtype(call), *(number_dtype(b) for b in bounds)))


class Cast(Elementwise):
    """The same values as `float`, `int` or `bool`.

    To int the fraction is cut off (towards 0); to bool everything but 0 is true; true is 1.
    """

    word = "cast"
    formula = "x.astype(dtype)"
    settings = (
        Setting("dtype", OneOf("float", "int", "bool"), "the dtype of the result",
                required=True, symbolic=False),
    )  # fmt: skip
    examples = (
        Example("cast(float)", "int[5]", "[5]", source=_ARITHMETIC),
        Example("cast(int)", "bool[5]", "int[5]", source=_ARITHMETIC),
    )
    rejects = (Reject("cast(dtype=half)", "[5]", "NN104", "types are float, int and bool"),)

    def dtype(self, call: Call) -> str:
        return call.settings.word("dtype")


class Where(Op):
    """`where(cond, a, b)`: elements of `a` where `cond` is true, of `b` where it is false.

    The three broadcast per example. A number in place of `a` is the setting `left`, in place of
    `b` the setting `right`.
    """

    word = "where"
    formula = "where(a, b, c)"
    kind = "function"
    takes = "bool[...], and two values or numbers that broadcast with it"
    settings = (LEFT, RIGHT)
    operands = ("", "", "")
    examples = (
        Example("where", "bool[7, 1], [7, 8], [8]", "[7, 8]", source="numpy.where, per example"),
        Example("where(right=-1e9)", "bool[7, 7], [7, 7]", "[7, 7]", source="a mask of scores"),
        Example("where(left=1, right=0)", "bool[7]", "int[7]", source=_ARITHMETIC),
    )
    rejects = (Reject("where", "[7], [7], [7]", "NN212", "a condition is true or false"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if len(call.ins) + len(numbers_of(call)) != 3:
            self.refuse(call, "`where` takes a condition and two values", "where(cond, a, b)")
        plain_tensors(self, call)
        wants(self, call, call.x, "bool")
        shape = broadcast(self, call, call.ins)
        axes = names(call, call.ins, len(shape))
        return (Type(shape, common_dtype(dtypes_of(call)[1:]), axes, batched(call)),)
