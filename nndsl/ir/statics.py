"""Static values: numbers and lists that the compiler computes, with their formulas kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nndsl.diagnostics.model import fail
from nndsl.ops import symbols
from nndsl.ops.base import Recipe, Tensor, Word
from nndsl.ops.numbers import Number, OpenDim, Sym, SymFloat, arithmetic, lift, plain, term_of
from nndsl.ops.symbols import Term, const
from nndsl.source import Span

MAX_ITEMS = 1_000_000
MAX_BITS = 4096


class SymList(tuple[object, ...]):
    """A list of static values that knows its formula."""

    term: Term

    @staticmethod
    def of(items: Sequence[object], term: Term) -> SymList:
        made = SymList(items)
        made.term = term
        return made


class SymRecipe(Recipe):
    """An activation held by a setting that stays an argument; `concrete` is its value here."""

    term: Term
    concrete: Recipe | None

    @staticmethod
    def of(recipe: Recipe, concrete: Recipe | None, term: Term) -> SymRecipe:
        made = SymRecipe(*recipe)
        made.term = term
        made.concrete = concrete
        return made


def is_list(value: object) -> bool:
    """True for a plain list of the language (not a record that happens to be a tuple)."""
    return type(value) is tuple or isinstance(value, SymList)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def items_of(value: object) -> tuple[object, ...]:
    assert isinstance(value, tuple)
    return tuple(value)


def formula(value: object) -> Term | None:
    """The formula of a static value; None where it has none (recipes, words, tensors)."""
    if isinstance(value, Sym | SymFloat | OpenDim | SymList | SymRecipe):
        return value.term
    if isinstance(value, bool | int | float | str) or value is None:
        return const(value)
    if is_list(value):
        parts = [formula(item) for item in items_of(value)]
        if all(part is not None for part in parts):
            return Term("list", tuple(parts))
    return None


def has_formula(value: object) -> bool:
    """True where a value depends on symbols."""
    if isinstance(value, Sym | SymFloat | SymList | SymRecipe):
        return True
    return is_list(value) and any(has_formula(item) for item in items_of(value))


def bare(value: object) -> object:
    """The value without formulas, lists included."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Sym) and is_truth(value.term):
        return bool(int(value))
    if isinstance(value, int | float):
        return plain(value)
    if isinstance(value, SymRecipe):
        return value.concrete
    if is_list(value):
        return tuple(bare(item) for item in items_of(value))
    return value


def is_truth(term: Term) -> bool:
    """True where a formula's value is a truth value."""
    if term.op in ("cmp", "and", "or", "not"):
        return True
    return term.op == "truth"


def truth(value: object, where: Span) -> bool:
    """The truth of a condition by its value here; never recorded as a decision."""
    if isinstance(value, OpenDim):
        raise fail("NN306", where, f"this condition depends on the open dimension {value!r}",
                   "conditions are decided by the compiler: compare dimensions that have numbers")  # fmt: skip
    if isinstance(value, int | float):
        return plain(value) != 0
    if value is None:
        return False
    if is_list(value):
        return len(items_of(value)) > 0
    if isinstance(value, str):
        return bool(value)
    raise fail("NN305", where, "a condition wants true or false", "compare: `x == …`")


def truth_value(value: bool, term: Term | None) -> object:
    """A bool, or a Sym standing for one where its formula is not constant."""
    if term is None or symbols.is_const(term):
        return value
    return Sym(int(value), term)


def binary(op: str, left: object, right: object, where: Span) -> object:
    """left op right of numbers, dimensions and lists."""
    if is_list(left) and is_list(right) and op == "+":
        joined = (*items_of(left), *items_of(right))
        return _listed(joined, symbols.Term("+", _terms(left, right)), left, right)
    if op == "*" and is_list(left) and isinstance(right, int):
        budget(len(items_of(left)) * max(int(right), 0), where)
        return _listed(items_of(left) * int(right), symbols.Term("*", _terms(left, right)), left, right)
    if not _computes(left) or not _computes(right):
        raise fail("NN301", where, f"`{op}` takes numbers here", "see the kinds of its two sides")
    return _arithmetic(op, left, right, where)


def _computes(value: object) -> bool:
    return is_number(value) or isinstance(value, OpenDim | bool)


def _arithmetic(op: str, left: object, right: object, where: Span) -> object:
    assert isinstance(left, int | float | OpenDim) and isinstance(right, int | float | OpenDim)
    if op in ("/", "//", "%") and isinstance(right, int | float) and plain(right) == 0:
        raise fail("NN302", where, "division by zero", "")
    if op == "**":
        _check_power(left, right, where)
    try:
        return arithmetic(op, left, right)
    except (OverflowError, ValueError) as error:
        raise fail("NN303", where, "this number is too large", "use a smaller one") from error


def _check_power(left: object, right: object, where: Span) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits = int(left).bit_length() * max(int(right), 0)
        if bits > MAX_BITS:
            raise fail("NN303", where, "this number is too large", "use a smaller one")


def _terms(*values: object) -> tuple[Term, ...]:
    return tuple(formula(v) or Term("opaque", ()) for v in values)


def _listed(items: Sequence[object], term: Term, *sources: object) -> object:
    if any(has_formula(source) for source in sources):
        return SymList.of(items, term)
    return tuple(items)


def budget(size: int, where: Span) -> None:
    """NN304 where a list would have more than a million items."""
    if size > MAX_ITEMS:
        raise fail("NN304", where, f"a list of {size} items is too long",
                   f"at most {MAX_ITEMS:,} are made")  # fmt: skip


# ---- functions of numbers ----------------------------------------------------------------------------


def _int(value: object, where: Span) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise fail("NN301", where, "a whole number is wanted here", "")


def _list(value: object, where: Span) -> tuple[object, ...]:
    if is_list(value):
        return items_of(value)
    raise fail("NN301", where, "a list is wanted here", "write `[a, b]`")


def _range(args: Sequence[object], where: Span) -> object:
    numbers = [int(_int(a, where)) for a in args]
    if len(numbers) == 3 and numbers[2] == 0:
        raise fail("NN302", where, "`range` with a step of zero", "")
    made = range(*numbers)
    size = max(0, -(-(made.stop - made.start) // made.step))
    budget(size, where)
    return tuple(made)


def _enumerate(args: Sequence[object], where: Span) -> object:
    return tuple((i, item) for i, item in enumerate(_list(args[0], where)))


def _zip(args: Sequence[object], where: Span) -> object:
    return tuple(zip(*(_list(a, where) for a in args), strict=False))


def _reversed(args: Sequence[object], where: Span) -> object:
    return tuple(reversed(_list(args[0], where)))


def _sorted(args: Sequence[object], where: Span) -> object:
    return tuple(sorted(_numbers(args, where), key=plain))


def _len(args: Sequence[object], where: Span) -> object:
    return len(_list(args[0], where))


def _numbers(args: Sequence[object], where: Span) -> list[Number]:
    values = _list(args[0], where) if len(args) == 1 and is_list(args[0]) else tuple(args)
    for value in values:
        if not isinstance(value, int | float):
            raise fail("NN301", where, "numbers are wanted here", "")
    return [plain(v) for v in values if isinstance(v, int | float)]


def _sum(args: Sequence[object], where: Span) -> object:
    return sum(_numbers(args, where))


def _extreme(choose: Callable[[list[Number]], Number]) -> Callable[[Sequence[object], Span], object]:
    def compute(args: Sequence[object], where: Span) -> object:
        numbers = _numbers(args, where)
        if not numbers:
            raise fail("NN301", where, "this list is empty", "")
        return choose(numbers)

    return compute


def _one(compute: Callable[[Number], Number]) -> Callable[[Sequence[object], Span], object]:
    def apply(args: Sequence[object], where: Span) -> object:
        value = args[0]
        if not isinstance(value, int | float):
            raise fail("NN301", where, "a number is wanted here", "")
        try:
            return compute(plain(value))
        except (OverflowError, ValueError) as error:
            raise fail("NN303", where, "this number has no such value", "") from error

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
        raise fail("NN301", where, "`round_to(value, multiple)` takes two numbers", "")
    return round_to(values[0], int(values[1]))


class StaticFunction:
    """A function of numbers: how many arguments it takes and what it computes."""

    __slots__ = ("compute", "high", "low", "name")

    def __init__(
        self, name: str, low: int, high: int, compute: Callable[[Sequence[object], Span], object]
    ) -> None:
        self.name, self.low, self.high, self.compute = name, low, high, compute

    def __call__(self, args: Sequence[object], where: Span) -> object:
        if not self.low <= len(args) <= self.high:
            raise fail("NN105", where, f"`{self.name}` takes {self.low} to {self.high} arguments", "")
        value = self.compute(args, where)
        if any(has_formula(arg) for arg in args):
            return _with_formula(self.name, value, args)
        return value


def _with_formula(name: str, value: object, args: Sequence[object]) -> object:
    term = Term("call", (name, *_terms(*args)))
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

_COMPARE: dict[str, Callable[[Number, Number], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(op: str, left: object, right: object, where: Span) -> object:
    """One comparison of static values: a bool, or a Sym where it depends on symbols."""
    if op in ("in", "not in"):
        return _member(op, left, right, where)
    if isinstance(left, OpenDim) or isinstance(right, OpenDim):
        return _compare_open(op, left, right, where)
    if op in ("==", "!="):
        equal = _same(bare(left), bare(right))
        value = equal if op == "==" else not equal
    else:
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise fail("NN301", where, f"`{op}` compares numbers", "")
        value = _COMPARE[op](plain(left), plain(right))
    if has_formula(left) or has_formula(right):
        a, b = formula(left), formula(right)
        term = Term("opaque", ()) if a is None or b is None else symbols.compare(op, a, b)
        return truth_value(value, term)
    return value


def _same(left: object, right: object) -> bool:
    if isinstance(left, Recipe) and isinstance(right, Recipe):
        return left.key == right.key
    if isinstance(left, Word) or isinstance(right, Word) or isinstance(left, Tensor):
        return type(left) is type(right) and left == right
    return left == right


def _member(op: str, left: object, right: object, where: Span) -> object:
    found = any(_same(bare(left), bare(item)) for item in _list(right, where))
    value = found if op == "in" else not found
    if has_formula(left) or has_formula(right):
        a, b = formula(left), formula(right)
        term = Term("opaque", ()) if a is None or b is None else symbols.compare(op, a, b)
        return truth_value(value, term)
    return value


def _compare_open(op: str, left: object, right: object, where: Span) -> object:
    if op == "==" and left == right:
        return True
    if op == "!=" and left == right:
        return False
    open_side = left if isinstance(left, OpenDim) else right
    raise fail("NN306", where, f"this comparison depends on the open dimension {open_side!r}",
               "the compiler decides conditions: compare dimensions that have numbers")  # fmt: skip
