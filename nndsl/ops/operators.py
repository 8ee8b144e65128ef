"""Operators on values: arithmetic (also as merges of branches), comparisons and logic."""

from __future__ import annotations

from typing import ClassVar

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type
from nndsl.ops.broadcast import (
    LEFT,
    RIGHT,
    batched,
    broadcast,
    common_dtype,
    dtypes_of,
    names,
    numbers_of,
    plain_tensors,
)

_ARITHMETIC = "arithmetic"


class Operator(Op):
    """What all operators share: the common shape, and a dtype rule of their own."""

    kind = "function"
    takes = "values of one shape, or of shapes that broadcast per example from the right"
    settings: ClassVar[tuple[Setting, ...]] = (LEFT, RIGHT)
    operands: ClassVar[tuple[str, ...]] = ("", "")
    count: ClassVar[tuple[int, int]] = (2, 2)  # the least and the most operands

    def infer(self, call: Call) -> tuple[Type, ...]:
        self.check(call)
        plain_tensors(self, call)
        shape = broadcast(self, call, call.ins)
        axes = names(call, call.ins, len(shape))
        return (Type(shape, self.dtype(call), axes, batched(call)),)

    @property
    def most(self) -> int | None:
        return None  # `check` counts, for numbers are operands as well

    def check(self, call: Call) -> None:
        """NN201 where there are too few or too many operands."""
        low, high = self.count
        given = len(call.ins) + len(numbers_of(call))
        if not low <= given <= high:
            wanted = f"{low} operands" if low == high else f"at least {low} operand"
            self.refuse(call, f"`{self.word}` takes {wanted}, not {given}")

    def dtype(self, call: Call) -> str:
        """The dtype of the result."""
        raise NotImplementedError


class Arithmetic(Operator):
    """Numbers in, numbers out: the widest of the operands' dtypes; bools count as 0 and 1."""

    def dtype(self, call: Call) -> str:
        return common_dtype(("int", *dtypes_of(call)))


class Merge(Arithmetic):
    """Arithmetic on any number of operands: a merge of branches, a function, an operator."""

    kind = "merge"
    count = (1, 1_000_000)


class Add(Merge):
    """The sum of the operands: `a + b`, `add(a, b, c)`, or of the branches of `add { … }`."""

    word = "add"
    formula = "a + b"
    aliases = ("Add",)
    examples = (
        Example("add", "[56, 56, 256], [56, 56, 256]", "[56, 56, 256]", source=_ARITHMETIC),
        Example("add", "[?T, 768], [768]", "[?T, 768]", source="numpy's broadcasting, per example"),
        Example("add(right=1)", "int[5]", "int[5]", source=_ARITHMETIC),
        Example("add(left=0.5)", "int[5]", "[5]", source=_ARITHMETIC),
    )
    rejects = (
        Reject("add", "[4, 3], [4, 5]", "NN211", "3 and 5 are neither equal nor 1"),
        Reject("add", "[C=8, H=8, W=8], [H=8, W=8, C=8]", "NN218", "the axes differ in order"),
        Reject("add", "[8], state([8])", "NN212", "a state has to be opened first"),
    )


class Multiply(Merge):
    """The product of the operands, elementwise: `a * b`, or of the branches of `multiply { … }`."""

    word = "multiply"
    formula = "a * b"
    aliases = ("Multiply", "mul")
    examples = (
        Example("multiply", "[56, 56, 256], [1, 1, 256]", "[56, 56, 256]",
                source="the excitation of a squeeze-and-excite block"),
        Example("multiply(left=0.17)", "[35, 35, 320]", "[35, 35, 320]", source=_ARITHMETIC),
    )  # fmt: skip
    rejects = (Reject("multiply", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Maximum(Merge):
    """The elementwise largest of the operands, as in a maxout of branches."""

    word = "maximum"
    formula = "maximum(a, b)"
    aliases = ("Maximum",)
    examples = (Example("maximum", "[8], [8], [8]", "[8]", source=_ARITHMETIC),)
    rejects = (Reject("maximum", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Minimum(Merge):
    """The elementwise smallest of the operands."""

    word = "minimum"
    formula = "minimum(a, b)"
    aliases = ("Minimum",)
    examples = (Example("minimum(right=6)", "[8]", "[8]", source=_ARITHMETIC),)
    rejects = (Reject("minimum", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Average(Merge):
    """The elementwise mean of the operands: their sum divided by their number."""

    word = "average"
    formula = "sum(operands) / len(operands)"
    aliases = ("Average",)
    examples = (Example("average", "[10], [10]", "[10]", source="an ensemble of two heads"),)
    rejects = (Reject("average", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)

    def dtype(self, call: Call) -> str:
        return "float"


class Subtract(Arithmetic):
    """The difference `a - b`, elementwise."""

    word = "subtract"
    formula = "a - b"
    aliases = ("Subtract", "sub")
    examples = (
        Example("subtract", "[4096], [4096]", "[4096]", source="the two towers of a Siamese net"),
        Example("subtract(left=1)", "[8]", "[8]", source="arithmetic: 1 - x"),
    )
    rejects = (Reject("subtract", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Divide(Arithmetic):
    """The quotient `a / b`, elementwise; always a float."""

    word = "divide"
    formula = "a / b"
    aliases = ("div",)
    examples = (Example("divide(right=255)", "int[28, 28]", "[28, 28]", source=_ARITHMETIC),)
    rejects = (Reject("divide", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)

    def dtype(self, call: Call) -> str:
        return "float"


class Power(Arithmetic):
    """The power `a ** b`, elementwise; of ints an int, so that a negative exponent is refused."""

    word = "power"
    formula = "a ** b"
    aliases = ("pow",)
    examples = (
        Example("power(right=2)", "[2]", "[2]", source="arithmetic: mu**2 of a VAE"),
        Example("power(left=2)", "int[3]", "int[3]", source=_ARITHMETIC),
    )
    rejects = (Reject("power(right=-1)", "int[4]", "NN212", "an int to -1 is no int"),)

    def dtype(self, call: Call) -> str:
        dtype = super().dtype(call)
        exponent = call.settings.get("right")
        if dtype == "int" and isinstance(exponent, int) and int(exponent) < 0:
            raise call.wrong(
                "NN212",
                f"an int to the power {int(exponent)} is no int",
                "convert it with cast(float), or write the exponent as a float",
            )
        return dtype


class FloorDivide(Arithmetic):
    """The quotient rounded down, `a // b`: towards minus infinity, as in Python."""

    word = "floor_divide"
    formula = "floor(a / b)"
    examples = (Example("floor_divide(right=2)", "int[6]", "int[6]", source=_ARITHMETIC),)
    rejects = (Reject("floor_divide", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Mod(Arithmetic):
    """The rest `a % b = a - b * (a // b)`, with the sign of `b`, as in Python."""

    word = "mod"
    formula = "a - b * floor(a / b)"
    aliases = ("remainder",)
    examples = (Example("mod(right=2)", "int[6]", "int[6]", source=_ARITHMETIC),)
    rejects = (Reject("mod", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Comparison(Operator):
    """Compares two operands, elementwise; gives bools."""

    def dtype(self, call: Call) -> str:
        return "bool"


class Ordering(Comparison):
    """A comparison by size: bools have none."""

    def dtype(self, call: Call) -> str:
        if "bool" in dtypes_of(call):
            raise call.wrong(
                "NN212", f"`{self.word}` compares numbers, not bools", "use == or logical_and"
            )
        return "bool"


class Equal(Comparison):
    """True where `a == b`."""

    word = "equal"
    formula = "a == b"
    examples = (Example("equal(right=3)", "int[7]", "bool[7]", source=_ARITHMETIC),)
    rejects = (Reject("equal", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class NotEqual(Comparison):
    """True where `a != b`; `tokens != 0` is a mask of what is no padding."""

    word = "not_equal"
    formula = "a != b"
    examples = (Example("not_equal(right=0)", "int[?T]", "bool[?T]", source=_ARITHMETIC),)
    rejects = (Reject("not_equal", "[4], [5]", "NN211", "4 and 5 are neither equal nor 1"),)


class Less(Ordering):
    """True where `a < b`."""

    word = "less"
    formula = "a < b"
    examples = (Example("less(right=0.5)", "[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("less", "bool[4], bool[4]", "NN212", "bools have no order"),)


class LessEqual(Ordering):
    """True where `a <= b`."""

    word = "less_equal"
    formula = "a <= b"
    examples = (Example("less_equal", "[5, 1], [1, 5]", "bool[5, 5]", source=_ARITHMETIC),)
    rejects = (Reject("less_equal", "bool[4], bool[4]", "NN212", "bools have no order"),)


class Greater(Ordering):
    """True where `a > b`."""

    word = "greater"
    formula = "a > b"
    examples = (Example("greater(right=0)", "[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("greater", "bool[4], bool[4]", "NN212", "bools have no order"),)


class GreaterEqual(Ordering):
    """True where `a >= b`."""

    word = "greater_equal"
    formula = "a >= b"
    examples = (Example("greater_equal(left=0)", "int[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("greater_equal", "bool[4], bool[4]", "NN212", "bools have no order"),)


class Logic(Operator):
    """Logic on bools, elementwise."""

    def dtype(self, call: Call) -> str:
        if {*dtypes_of(call)} != {"bool"}:
            raise call.wrong(
                "NN212", f"`{self.word}` works on bools", "compare numbers first: `x != 0`"
            )
        return "bool"


class LogicalAnd(Logic):
    """True where both are: `a and b` of values."""

    word = "logical_and"
    formula = "a & b"
    examples = (Example("logical_and", "bool[4, 4], bool[4]", "bool[4, 4]", source=_ARITHMETIC),)
    rejects = (Reject("logical_and", "[4], bool[4]", "NN212", "a number is no truth"),)


class LogicalOr(Logic):
    """True where one or both are: `a or b` of values."""

    word = "logical_or"
    formula = "a | b"
    examples = (Example("logical_or", "bool[4], bool[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("logical_or", "[4], bool[4]", "NN212", "a number is no truth"),)


class LogicalXor(Logic):
    """True where exactly one of the two is."""

    word = "logical_xor"
    formula = "a ^ b"
    examples = (Example("logical_xor", "bool[4], bool[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("logical_xor", "[4], bool[4]", "NN212", "a number is no truth"),)


class LogicalNot(Logic):
    """True where the operand is not: `not a` of a value."""

    word = "logical_not"
    formula = "~a"
    settings = ()
    operands = ("",)
    count = (1, 1)
    examples = (Example("logical_not", "bool[4]", "bool[4]", source=_ARITHMETIC),)
    rejects = (Reject("logical_not", "[4]", "NN212", "a number is no truth"),)
