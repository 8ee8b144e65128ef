"""Numbers with a formula: `Sym` (a value and how it was made) and `OpenDim` (no value yet).

`Sym` is an int and `SymFloat` a float, so shape rules, bounds and prints work on them unchanged;
arithmetic keeps the formula. Python's own comparison of a `Sym` decides by its value in one
instance. Where such a decision shapes emitted code it must be recorded: `watch()` collects every
decision made inside it, and what a decision mentions cannot stay an argument.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

from nndsl.ops import symbols
from nndsl.ops.symbols import Term, const

Number: TypeAlias = "int | float"

# Each thread has its own: what another one compares decides nothing here.
_watchers: ContextVar[tuple[list[Term], ...]] = ContextVar("_watchers", default=())


@contextmanager
def watch() -> Iterator[list[Term]]:
    """Collects the formulas whose value decided something (by comparison or truth) inside."""
    seen: list[Term] = []
    token = _watchers.set((*_watchers.get(), seen))
    try:
        yield seen
    finally:
        _watchers.reset(token)


@contextmanager
def unwatched() -> Iterator[None]:
    """Comparisons inside are checks that shape nothing: they are not collected."""
    token = _watchers.set(())
    try:
        yield
    finally:
        _watchers.reset(token)


def _decide(*values: object) -> None:
    for seen in _watchers.get():
        seen.extend(value.term for value in values if isinstance(value, Sym | SymFloat))


class Sym(int):
    """An int that knows its formula."""

    term: Term

    def __new__(cls, value: int, term: Term) -> Sym:
        self = super().__new__(cls, value)
        self.term = term
        return self

    def __eq__(self, other: object) -> bool:
        _decide(self, other)
        return int.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return int.__hash__(self)

    def __lt__(self, other: Number) -> bool:
        _decide(self, other)
        return int(self) < other

    def __le__(self, other: Number) -> bool:
        _decide(self, other)
        return int(self) <= other

    def __gt__(self, other: Number) -> bool:
        _decide(self, other)
        return int(self) > other

    def __ge__(self, other: Number) -> bool:
        _decide(self, other)
        return int(self) >= other

    def __bool__(self) -> bool:
        _decide(self)
        return int(self) != 0


class SymFloat(float):
    """A float that knows its formula."""

    term: Term

    def __new__(cls, value: float, term: Term) -> SymFloat:
        self = super().__new__(cls, value)
        self.term = term
        return self

    def __eq__(self, other: object) -> bool:
        _decide(self, other)
        return float.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return float.__hash__(self)

    def __bool__(self) -> bool:
        _decide(self)
        return float(self) != 0.0


class OpenDim:
    """A dimension known only at run time: a formula over open names, with bounds.

    `low` and `high` bound its value (`high` None: no bound). Equality is equality of formulas,
    whatever the order in which they add and multiply.
    """

    __slots__ = ("high", "low", "term")

    def __init__(self, term: Term, low: int = 0, high: int | None = None) -> None:
        self.term = term
        self.low = low
        self.high = high

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OpenDim):
            return False
        return self.term == other.term or self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> Hashable:
        return _unordered(self.term)

    def __repr__(self) -> str:
        from nndsl.ops.shown import show

        return show(self.term)

    def __add__(self, other: Dim) -> Dim:
        return arithmetic("+", self, other)

    def __radd__(self, other: Dim) -> Dim:
        return arithmetic("+", other, self)

    def __sub__(self, other: Dim) -> Dim:
        return arithmetic("-", self, other)

    def __rsub__(self, other: Dim) -> Dim:
        return arithmetic("-", other, self)

    def __mul__(self, other: Dim) -> Dim:
        return arithmetic("*", self, other)

    def __rmul__(self, other: Dim) -> Dim:
        return arithmetic("*", other, self)

    def __floordiv__(self, other: Dim) -> Dim:
        return arithmetic("//", self, other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return arithmetic("//", other, self)

    def __mod__(self, other: Dim) -> Dim:
        return arithmetic("%", self, other)

    def __neg__(self) -> Dim:
        return arithmetic("*", -1, self)


def _unordered(term: Term) -> Hashable:
    """A key of a formula over numbers that is the same in whatever order it adds and multiplies."""
    if not any(True for _ in term.terms()):
        return term
    keys = [_unordered(arg) if isinstance(arg, Term) else arg for arg in term.args]
    if term.op in ("+", "*"):
        return term.op, frozenset((key, keys.count(key)) for key in keys)
    return term.op, *keys


Dim: TypeAlias = "int | OpenDim"


def open_dim(name: str, low: int = 0, high: int | None = None) -> OpenDim:
    """`?name`."""
    return OpenDim(Term("open", (f"?{name}",)), low, high)


def term_of(value: object) -> Term:
    """The formula of a number: its own, or the constant."""
    if isinstance(value, Sym | SymFloat | OpenDim):
        return value.term
    if isinstance(value, int | float | str) or value is None:
        return const(value)
    raise TypeError(f"no formula for {value!r}")


_OPS: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv,
    "/": operator.truediv, "%": operator.mod, "**": operator.pow,
}  # fmt: skip


def plain(value: Number) -> Number:
    """The bare int or float of a number."""
    return float(value) if isinstance(value, float) else int(value)


def lift(value: Number, term: Term) -> Number:
    """A number with this value and formula; a bare one where the formula is a constant."""
    if symbols.is_const(term):
        return plain(value)
    return SymFloat(value, term) if isinstance(value, float) else Sym(value, term)


def arithmetic(op: str, left: Dim | float, right: Dim | float) -> Dim:
    """left op right for dimensions and numbers; open where one of them is."""
    if isinstance(left, OpenDim) or isinstance(right, OpenDim):
        term = _binary(op, term_of(left), term_of(right))
        if symbols.is_const(term):
            value = term.args[0]
            assert isinstance(value, int)
            return value
        return OpenDim(term, *_bounds(op, left, right))
    value = _OPS[op](plain(left), plain(right))
    if isinstance(left, Sym | SymFloat) or isinstance(right, Sym | SymFloat):
        return lift(value, _binary(op, term_of(left), term_of(right)))  # type: ignore[return-value]
    return value  # type: ignore[return-value]


def _binary(op: str, left: Term, right: Term) -> Term:
    """The formula; what is left of a division is a number where the rules for floors show it."""
    if op == "%":
        rest = symbols.sub(left, symbols.mul(right, symbols.floordiv(left, right)))
        if symbols.is_const(rest):
            return rest
    return symbols.BINARY[op](left, right)


def _low_high(value: Dim | float) -> tuple[int, int | None]:
    if isinstance(value, OpenDim):
        return value.low, value.high
    return int(value), int(value)


def _bounds(op: str, left: Dim | float, right: Dim | float) -> tuple[int, int | None]:
    (a, b), (c, d) = _low_high(left), _low_high(right)
    if op == "+":
        return a + c, None if b is None or d is None else b + d
    if op == "-":
        return (a - d if d is not None else 0), (None if b is None else b - c)
    if op == "*" and a >= 0 and c >= 0:
        return a * c, None if b is None or d is None else b * d
    if op == "//" and c == d and c > 0:
        return a // c, None if b is None else b // c
    return 0, None


def _operator(op: str) -> Callable[[Number, Number], object]:
    def forward(self: Number, other: object) -> object:
        if not isinstance(other, int | float):
            return NotImplemented
        return arithmetic(op, self, other)

    return forward


def _reflected(op: str) -> Callable[[Number, Number], object]:
    def backward(self: Number, other: object) -> object:
        if not isinstance(other, int | float):
            return NotImplemented
        return arithmetic(op, other, self)

    return backward


for _name, _op in (
    ("add", "+"), ("sub", "-"), ("mul", "*"), ("floordiv", "//"),
    ("truediv", "/"), ("mod", "%"), ("pow", "**"),
):  # fmt: skip
    for _kind in (Sym, SymFloat):
        setattr(_kind, f"__{_name}__", _operator(_op))
        setattr(_kind, f"__r{_name}__", _reflected(_op))


def _negated(self: Number) -> Number:
    return lift(-plain(self), symbols.neg(term_of(self)))


for _kind in (Sym, SymFloat):
    _kind.__neg__ = _negated  # type: ignore[method-assign]


def is_open(dim: Dim) -> bool:
    return isinstance(dim, OpenDim)


def surely_less(left: Dim, right: Dim) -> bool:
    """True where left < right whatever the open dimensions are; a check, never recorded."""
    with_high = _low_high(left)[1]
    return with_high is not None and int.__lt__(int(with_high), _low_high(right)[0])


def same_dim(left: Dim, right: Dim) -> bool:
    """True where two dimensions have one value here (a check, never recorded)."""
    if isinstance(left, OpenDim) or isinstance(right, OpenDim):
        return left == right
    return int(left) == int(right)


def product(dims: tuple[Dim, ...]) -> Dim:
    """The number of elements of a shape."""
    result: Dim = 1
    for dim in dims:
        result = (
            dim
            if isinstance(result, int) and int(result) == 1 and not isinstance(result, Sym)
            else result * dim
        )
    return result


def ceil_div(dim: Dim, by: int) -> Dim:
    """ceil(dim / by), as (dim + by - 1) // by."""
    return (dim + by - 1) // by


def show_dim(dim: Dim) -> str:
    return repr(dim) if isinstance(dim, OpenDim) else str(int(dim))


def show_shape(shape: tuple[Dim, ...]) -> str:
    """`[28, 28, 1]`, `[?T, 768]`."""
    return f"[{', '.join(show_dim(d) for d in shape)}]"
