"""Tables of numbers that the file names, as module-level constants of the emitted code."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, Name, Stmt, TupleE
from nndsl.emit.walk import names
from nndsl.ir.steps import Program
from nndsl.ops.symbols import Term


def with_constants(code: Sequence[Stmt], program: Program) -> tuple[Stmt, ...]:
    """The code with an assignment in front for every constant that it reads."""
    if not program.constants:
        return tuple(code)
    used = names(code)
    found = [(n, t) for n, t in program.constants.items() if n in used]
    return (*(b.assign(Name(name), _table(term)) for name, term in found), *code)


def _table(term: Term) -> Expr:
    if term.op == "list":
        return TupleE(tuple(_table(item) for item in term.terms()))
    value = term.args[0]
    assert value is None or isinstance(value, int | float | str), value
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return b.neg(Const(-value))
    return Const(value)
