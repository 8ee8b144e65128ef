"""Functions of numbers: `range`, `len`, `round_to` and their like, with formulas kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nndsl.diagnostics.model import fail
from nndsl.ir.statics import (
    SymList,
    budget,
    formulas,
    has_formula,
    is_list,
    items_of,
    listed,
    shown,
)
from nndsl.ops.numbers import Number, Sym, lift, plain
from nndsl.ops.symbols import Term
from nndsl.source import Span


def _int(value: object, where: Span) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    fix = "write `4`; `//` divides whole numbers, `int(x)` leaves the fraction off"
    raise fail("NN301", where, f"a whole number is wanted here, not {shown(value)}", fix)


def _range(args: Sequence[object], where: Span) -> object:
    numbers = [int(_int(a, where)) for a in args]
    if len(numbers) == 3 and numbers[2] == 0:
        raise fail("NN302", where, "`range` with a step of zero",
                   "a step is 1, 2, … or -1, -2, …")  # fmt: skip
    made = range(*numbers)
    size = max(0, -(-(made.stop - made.start) // made.step))
    budget(size, where)
    return tuple(made)


def _enumerate(args: Sequence[object], where: Span) -> object:
    return tuple((i, item) for i, item in enumerate(listed(args[0], where)))


def _zip(args: Sequence[object], where: Span) -> object:
    return tuple(zip(*(listed(a, where) for a in args), strict=False))


def _reversed(args: Sequence[object], where: Span) -> object:
    return tuple(reversed(listed(args[0], where)))


def _sorted(args: Sequence[object], where: Span) -> object:
    return tuple(sorted(_numbers(args, where), key=plain))


def _len(args: Sequence[object], where: Span) -> object:
    return len(listed(args[0], where))


def _numbers(args: Sequence[object], where: Span) -> list[Number]:
    values = listed(args[0], where) if len(args) == 1 and is_list(args[0]) else tuple(args)
    for value in values:
        if not isinstance(value, int | float):
            fix = "write numbers, or one list of them: `max(3, 4)`, `sum([1, 2])`"
            raise fail("NN301", where, f"numbers are wanted here, not {shown(value)}", fix)
    return [plain(v) for v in values if isinstance(v, int | float)]


def _sum(args: Sequence[object], where: Span) -> object:
    return sum(_numbers(args, where))


def _extreme(
    choose: Callable[[list[Number]], Number],
) -> Callable[[Sequence[object], Span], object]:
    def compute(args: Sequence[object], where: Span) -> object:
        numbers = _numbers(args, where)
        if not numbers:
            fix = "ask first: `max(rows) if len(rows) > 0 else 0`"
            raise fail("NN301", where, "this list is empty, and has no largest or smallest", fix)
        return choose(numbers)

    return compute


def _one(compute: Callable[[Number], Number]) -> Callable[[Sequence[object], Span], object]:
    def apply(args: Sequence[object], where: Span) -> object:
        value = args[0]
        if not isinstance(value, int | float):
            fix = "write a number, or take one of a list: `widths[0]`"
            raise fail("NN301", where, f"a number is wanted here, not {shown(value)}", fix)
        try:
            return compute(plain(value))
        except (OverflowError, ValueError) as error:
            message = f"{shown(value)} has no such value, or one that is too large"
            raise fail("NN303", where, message, "give another number") from error

    return apply


def _round(args: Sequence[object], where: Span) -> object:
    values = _numbers(args, where)
    return round(values[0], int(values[1])) if len(values) > 1 else round(values[0])


def round_to(value: float, divisor: int) -> int:
    """The nearest multiple of `divisor`, at least one, never more than 10 % below the value.

    The rule of MobileNet and EfficientNet (`_make_divisible` in their published code).
    """
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


def _round_to(args: Sequence[object], where: Span) -> object:
    values = _numbers(args, where)
    if len(values) != 2 or int(values[1]) < 1:
        message = "`round_to(value, multiple)` takes two numbers, the second above zero"
        raise fail("NN301", where, message, "write `round_to(width * 1.5, 8)`, say")
    return round_to(values[0], int(values[1]))


def _count(low: int, high: int) -> str:
    number = f"{low}" if low == high else f"{low} to {high}"
    return "one argument" if low == high == 1 else f"{number} arguments"


class StaticFunction:
    """A function of numbers: how many arguments it takes and what it computes."""

    __slots__ = ("compute", "high", "low", "name")

    def __init__(
        self, name: str, low: int, high: int, compute: Callable[[Sequence[object], Span], object]
    ) -> None:
        self.name, self.low, self.high, self.compute = name, low, high, compute

    def __call__(self, args: Sequence[object], where: Span) -> object:
        if not self.low <= len(args) <= self.high:
            raise fail(
                "NN105",
                where,
                f"`{self.name}` takes {_count(self.low, self.high)}, {len(args)} are given",
                f"write `{self.name}({', '.join('abc'[: max(self.low, 1)])})`",
            )
        value = self.compute(args, where)
        if any(has_formula(arg) for arg in args):
            return _with_formula(self.name, value, args)
        return value


def _with_formula(name: str, value: object, args: Sequence[object]) -> object:
    if name == "len" and not isinstance(args[0], SymList):
        return value  # a list that is written out, as a shape is
    term = Term("call", (name, *formulas(*args)))
    if is_list(value):
        return SymList.of(items_of(value), term)
    if isinstance(value, bool):
        return Sym(int(value), term)
    assert isinstance(value, int | float)
    return lift(value, term)


MANY = 1_000
FUNCTIONS = {
    f.name: f
    for f in (
        StaticFunction("range", 1, 3, _range),
        StaticFunction("enumerate", 1, 1, _enumerate),
        StaticFunction("zip", 1, MANY, _zip),
        StaticFunction("reversed", 1, 1, _reversed),
        StaticFunction("sorted", 1, 1, _sorted),
        StaticFunction("len", 1, 1, _len),
        StaticFunction("sum", 1, MANY, _sum),
        StaticFunction("min", 1, MANY, _extreme(min)),
        StaticFunction("max", 1, MANY, _extreme(max)),
        StaticFunction("abs", 1, 1, _one(abs)),
        StaticFunction("round", 1, 2, _round),
        StaticFunction("round_to", 2, 2, _round_to),
        StaticFunction("int", 1, 1, _one(int)),
        StaticFunction("float", 1, 1, _one(float)),
        StaticFunction("sqrt", 1, 1, _one(math.sqrt)),
        StaticFunction("log", 1, 1, _one(math.log)),
        StaticFunction("log2", 1, 1, _one(math.log2)),
        StaticFunction("exp", 1, 1, _one(math.exp)),
        StaticFunction("ceil", 1, 1, _one(math.ceil)),
        StaticFunction("floor", 1, 1, _one(math.floor)),
    )
}
