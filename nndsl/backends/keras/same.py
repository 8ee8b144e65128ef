"""Plain comparisons of settings: a symbol is never plainly anything."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.ops.base import Recipe, Word
from nndsl.ops.numbers import Sym, SymFloat, term_of


def same(value: object, default: object) -> bool:
    """True where a setting's value is plainly the default: symbols never are."""
    if isinstance(value, Sym | SymFloat):
        return False
    if isinstance(value, Recipe) and isinstance(default, Recipe):
        return not hasattr(value, "term") and (value.act, value.text) == (default.act, default.text)
    if isinstance(value, Word) and isinstance(default, Word):
        return value == default
    if isinstance(value, tuple) and isinstance(default, tuple):
        return len(value) == len(default) and all(map(same, value, default))
    if isinstance(value, bool) or isinstance(default, bool):
        return value is default
    return value == default


def all_same(values: Iterable[object], wanted: int) -> bool:
    """True where every number is plainly this one."""
    return all(same(value, wanted) for value in values)


def equal_numbers(left: object, right: object) -> bool:
    """True where two numbers have one formula (a check that decides nothing about symbols)."""
    return term_of(left) == term_of(right)
