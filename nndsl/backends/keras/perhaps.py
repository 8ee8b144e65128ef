"""Layers that some values of the settings make empty: they stand under a condition."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.backends.keras.at import At
from nndsl.emit import build as b
from nndsl.emit.tree import Compare, Const, Expr
from nndsl.ir.steps import OpStep
from nndsl.ops import symbols
from nndsl.ops.base import Recipe
from nndsl.ops.numbers import Sym, term_of
from nndsl.ops.spatial import Sides, pairs_of
from nndsl.ops.symbols import Term


def padding_test(at: At, pairs: Sides) -> Expr | None:
    """`kernel > 1`, where a kernel of 1 pads nothing and one is used so; None: always pads."""
    if not any(_pads_nothing(step) for step in at.site.witnesses(at.step)):
        return None
    amounts = {term_of(number) for pair in pairs for number in pair}
    if len(amounts) != 1:
        return None
    (amount,) = amounts
    kernel = _one_of_all(at.s.ints("kernel"))
    if kernel is not None and _is_zero(symbols.substitute(amount, {kernel: symbols.const(1)})):
        return b.compare(at.term(kernel), ">", 1)
    return b.compare(at.term(amount), ">", 0)


def _one_of_all(numbers: Iterable[object]) -> Term | None:
    """The formula that all of these have."""
    found = {number.term for number in numbers if isinstance(number, Sym)}
    return found.pop() if len(found) == 1 else None


def _is_zero(term: Term) -> bool:
    return symbols.is_const(term) and term.args[0] == 0


def _pads_nothing(step: OpStep) -> bool:
    pairs = pairs_of(step.settings)
    return pairs is not None and all(number == 0 for pair in pairs for number in pair)


def activation_test(at: At) -> Expr | None:
    """`act is not None`, where the setting that names the activation may be none."""
    symbol = at.step.symbol
    if symbol is None or symbol.op != "var":
        return None
    values = at.site.values(str(symbol.args[0]))
    if all(isinstance(value, Recipe) and value.act != "identity" for value in values):
        return None
    return Compare(at.term(symbol), (("is not", Const(None)),))
