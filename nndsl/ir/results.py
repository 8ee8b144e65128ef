"""What a use of a planned block gives: the plan's formulas with the use's settings put in."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.ir.general_opens import Opens
from nndsl.ir.statics import formula
from nndsl.ir.steps import Plan
from nndsl.ops import symbols
from nndsl.ops.base import Type
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim, OpenDim, lift, term_of
from nndsl.ops.symbols import Term, var

_VARYING = ("var", "dim", "opaque", "index", "comp", "truth", "global")


def symbol_table(
    settings: dict[str, SettingValue], types: list[tuple[str, Type]]
) -> dict[Term, Term]:
    """From a callee's symbols to the caller's formulas."""
    table: dict[Term, Term] = {}
    for name, value in settings.items():
        term = formula(value)
        if term is not None:
            table[var(name)] = term
            table[Term("truth", (var(name),))] = term
    for port, type_ in types:
        for axis, dim in enumerate(type_.shape):
            table[Term("dim", (port, axis))] = term_of(dim)
    return table


def instantiated(
    general: Type, actual: Type, table: dict[Term, Term], plan: Plan,
    opens: Opens, given: Mapping[str, Type],
) -> Type:  # fmt: skip
    """The result of one use; where nothing that it was given varies, plain sizes."""
    varies = any(t.op in _VARYING for given in table.values() for t in given.walk())
    dims: list[Dim] = []
    for dim, now in zip(general.shape, actual.shape, strict=True):
        if isinstance(now, OpenDim) and isinstance(dim, OpenDim):
            dims.append(OpenDim(opens.within(dim.term, given), now.low, now.high))
            continue
        if not varies or isinstance(now, OpenDim) or isinstance(dim, OpenDim):
            dims.append(now)
            continue
        term = _without_lets(term_of(dim), plan)
        loose = any(t.op == "var" and str(t.args[0]).startswith("@") for t in term.walk())
        term = Term("opaque", ()) if loose else symbols.substitute(term, table)
        dims.append(lift(int(now), term))  # type: ignore[arg-type]
    return actual._replace(shape=tuple(dims))


def _without_lets(term: Term, plan: Plan) -> Term:
    while True:
        names = symbols.variables(term)
        table = {var(n): plan.lets[n] for n in names if n in plan.lets}
        table |= {var(n): plan.exits[var(n)] for n in names if var(n) in plan.exits}
        if not table:
            return term
        term = symbols.substitute(term, table)
