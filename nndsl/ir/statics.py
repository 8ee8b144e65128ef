"""Static values: numbers and lists that the compiler computes, with their formulas kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nndsl.diagnostics.model import fail
from nndsl.ops import symbols
from nndsl.ops.base import Recipe, Tensor, Word
from nndsl.ops.kinds import show_value
from nndsl.ops.numbers import Number, OpenDim, Sym, SymFloat, arithmetic, plain
from nndsl.ops.symbols import Term, const
from nndsl.source import Span

MAX_ITEMS = 1_000_000
MAX_BITS = 4096
MOST_SHOWN = 4  # items of a list that a message says


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


def shown(value: object) -> str:
    """What a message says was given: a number, a word, a list; long lists are cut."""
    if is_list(value):
        items = [shown(item) for item in items_of(value)[:MOST_SHOWN]]
        return f"[{', '.join(items)}{', …' if len(items_of(value)) > MOST_SHOWN else ''}]"
    if value is None or isinstance(value, int | float | str | Word | Recipe | OpenDim):
        return show_value(value)
    return "a value of the network"


def is_numbers(value: object) -> bool:
    return bool(items_of(value)) and all(
        is_numbers(item) if is_list(item) else isinstance(item, int | float)
        for item in items_of(value)
    )


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


def written(value: object) -> Term:
    """The formula of what a loop goes over: as long as the list, so not ahead of the budget."""
    return formula(value) or Term("opaque", ())


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
        raise fail(
            "NN306",
            where,
            f"this condition depends on the open dimension {value!r}",
            "conditions are decided by the compiler: compare dimensions that have numbers",
        )
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


def condition(value: object) -> object:
    """A condition as it is asked: a list with a formula is a truth with a formula."""
    if isinstance(value, SymList):
        return truth_value(len(value) > 0, Term("truth", (value.term,)))
    return value


def binary(op: str, left: object, right: object, where: Span) -> object:
    """left op right of numbers, dimensions and lists."""
    if is_list(left) and is_list(right) and op == "+":
        budget(len(items_of(left)) + len(items_of(right)), where)
        joined = (*items_of(left), *items_of(right))
        return _listed("+", joined, left, right)
    if op == "*" and is_list(left) and isinstance(right, int):
        budget(len(items_of(left)) * max(int(right), 0), where)
        return _listed("*", items_of(left) * int(right), left, right)
    if not _computes(left) or not _computes(right):
        wrong = right if _computes(left) else left
        fix = (
            "items of a list are taken one by one: `[2 * n for n in widths]`"
            if is_list(wrong)
            else "numbers stand without quotes; `none` and `true` are no numbers"
        )
        raise fail("NN301", where, f"`{op}` takes numbers here, not {shown(wrong)}", fix)
    return _arithmetic(op, left, right, where)


def _computes(value: object) -> bool:
    return is_number(value) or isinstance(value, OpenDim | bool)


def _arithmetic(op: str, left: object, right: object, where: Span) -> object:
    assert isinstance(left, int | float | OpenDim)
    assert isinstance(right, int | float | OpenDim)
    if op in ("/", "//", "%") and isinstance(right, int | float) and plain(right) == 0:
        raise fail("NN302", where, "division by zero", "ask first: `a // n if n != 0 else 0`")
    if op in ("*", "**") and isinstance(left, int) and isinstance(right, int):
        _check_size(op, int(left), int(right), where)
    try:
        return arithmetic(op, left, right)
    except (OverflowError, ValueError) as error:
        raise fail("NN303", where, "this number is too large", "use a smaller one") from error


def _check_size(op: str, left: int, right: int, where: Span) -> None:
    """NN303 for whole numbers that nothing has, before they are worked out."""
    bits = left.bit_length()
    bits = bits * max(right, 0) if op == "**" else bits + right.bit_length()
    if bits > MAX_BITS:
        raise fail("NN303", where, "this number is too large", "use a smaller one")


def formulas(*values: object) -> tuple[Term, ...]:
    """The formulas of values; `opaque` where one has none."""
    return tuple(formula(v) or Term("opaque", ()) for v in values)


def _listed(op: str, items: Sequence[object], left: object, right: object) -> object:
    if has_formula(left) or has_formula(right):
        return SymList.of(items, Term(op, formulas(left, right)))
    return tuple(items)


def budget(size: int, where: Span) -> None:
    """NN304 where a list would have more than a million items."""
    if size > MAX_ITEMS:
        raise fail(
            "NN304", where, f"a list of {size} items is too long", f"at most {MAX_ITEMS:,} are made"
        )


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
        _check_words(left, right, where)
        equal = _same(bare(left), bare(right))
        value = equal if op == "==" else not equal
    else:
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            wrong = right if isinstance(left, int | float) else left
            fix = "lists are compared by `==` and `in`, or by `len(…)`"
            raise fail("NN301", where, f"`{op}` compares numbers, not {shown(wrong)}", fix)
        value = _COMPARE[op](plain(left), plain(right))
    if op in ("==", "!=") and _is_none(left, right):
        return value
    if has_formula(left) or has_formula(right):
        a, b = formula(left), formula(right)
        term = Term("opaque", ()) if a is None or b is None else symbols.compare(op, a, b)
        return truth_value(value, term)
    return value


def _check_words(left: object, right: object, where: Span) -> None:
    """NN301 where a word is compared with a text: `same` never equals "same"."""
    for word, text in ((left, right), (right, left)):
        if isinstance(word, Word) and isinstance(text, str):
            raise fail(
                "NN301", where, f'the word `{word.name}` is compared with the text "{text}"',
                f"write `{text}` without quotes" if text.isidentifier() else "compare words",
            )  # fmt: skip


def _is_none(left: object, right: object) -> bool:
    """True for none beside a number or a list, which it is in all uses or in no one."""
    return (left is None or right is None) and not isinstance(left or right, SymRecipe)


def _same(left: object, right: object) -> bool:
    if isinstance(left, Recipe) and isinstance(right, Recipe):
        return left.key == right.key
    if isinstance(left, Word) or isinstance(right, Word) or isinstance(left, Tensor):
        return type(left) is type(right) and left == right
    return left == right


def listed(value: object, where: Span) -> tuple[object, ...]:
    """The items of a list; NN301 where the value is none."""
    if is_list(value):
        return items_of(value)
    raise fail("NN301", where, f"a list is wanted here, not {shown(value)}", "write `[a, b]`")


def _member(op: str, left: object, right: object, where: Span) -> object:
    found = any(_same(bare(left), bare(item)) for item in listed(right, where))
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
    raise fail(
        "NN306",
        where,
        f"this comparison depends on the open dimension {open_side!r}",
        "the compiler decides conditions: compare dimensions that have numbers",
    )
