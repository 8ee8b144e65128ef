"""Formulas and settings as Python expressions of the code tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from nndsl.emit import build as b
from nndsl.emit.tree import (
    BinOp,
    BoolOp,
    Clause,
    Comp,
    Compare,
    CompareOp,
    Cond,
    Const,
    Expr,
    ListE,
    Name,
    Starred,
    TupleE,
    Unary,
)
from nndsl.ops.symbols import Term, const

Resolve: TypeAlias = Callable[[Term], "Expr | None"]
"""Says how a leaf (a setting, an input's dimension, a carried dimension) is read in a function."""

UNKNOWN = "unknown"
"""Stands for a number without a formula. Code that reads it fails the validation, so that the
definition is emitted instance by instance."""

MATH = frozenset(("sqrt", "log", "log2", "exp", "ceil", "floor"))
BUILTIN = frozenset(
    ("range", "enumerate", "zip", "sorted", "len", "sum", "min", "max", "abs", "round", "int",
     "float"),
)  # fmt: skip
LISTS = frozenset(("enumerate", "zip", "reversed", "sorted", "range"))


def expr_of(term: Term, resolve: Resolve) -> Expr:
    """A formula as an expression; ValueError for one that has no spelling (`open`)."""
    found = resolve(term)
    if found is not None:
        return found
    write = _WRITERS.get(term.op)
    if write is None:
        raise ValueError(f"no spelling for the formula {term!r}")
    return write(term, resolve)


def _arg(arg: object, resolve: Resolve) -> Expr:
    if isinstance(arg, Term):
        return expr_of(arg, resolve)
    return Const(cast("int | float | str | None", arg))


def _const(term: Term, resolve: Resolve) -> Expr:
    value = term.args[0]
    assert not isinstance(value, Term), term
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return Unary("-", Const(-value))
    return Const(value)


def _var(term: Term, resolve: Resolve) -> Expr:
    return Name(str(term.args[0]))


def _sum(term: Term, resolve: Resolve) -> Expr:
    if any(map(_is_list, term.terms())):
        return ListE(tuple(item for part in term.terms() for item in _items(part, resolve)))
    first, *rest = term.terms()
    result = expr_of(first, resolve)
    for part in rest:
        result = _plus(result, part, resolve)
    return result


def _is_list(term: Term) -> bool:
    """True for a formula that is surely a list: its sum with another takes both apart."""
    listing = term.op == "call" and term.args[0] in LISTS
    return listing or term.op in ("list", "comp", "slice", "global")


def _items(part: Term, resolve: Resolve) -> list[Expr]:
    """A list's items in another list: those that are written, else all by a star."""
    if part.op == "list":
        return [_arg(arg, resolve) for arg in part.args]
    return [Starred(expr_of(part, resolve))]


def _plus(left: Expr, part: Term, resolve: Resolve) -> Expr:
    minus = _negated(part)
    if minus is not None:
        return b.binop(left, "-", expr_of(minus, resolve))
    return b.binop(left, "+", expr_of(part, resolve))


def _negated(term: Term) -> Term | None:
    """The term without its minus sign, where it has one."""
    if term.op == "neg":
        return next(term.terms())
    if term.op == "const" and isinstance(term.args[0], int | float) and term.args[0] < 0:
        return Term("const", (-term.args[0],))
    if term.op == "*" and isinstance(term.args[0], Term):
        first = _negated(term.args[0]) if term.args[0].op == "const" else None
        return None if first is None else Term("*", (first, *term.args[1:]))
    return None


def _chain(term: Term, resolve: Resolve) -> Expr:
    first, *rest = term.terms()
    result = expr_of(first, resolve)
    for part in rest:
        result = b.binop(result, cast("BinOp", term.op), expr_of(part, resolve))
    return result


def _neg(term: Term, resolve: Resolve) -> Expr:
    return b.neg(_arg(term.args[0], resolve))


def _cmp(term: Term, resolve: Resolve) -> Expr:
    op, left, right = term.args
    if right == const(None):
        op = {"==": "is", "!=": "is not"}.get(str(op), op)
    pair = (cast("CompareOp", op), _arg(right, resolve))
    return Compare(_arg(left, resolve), (pair,))


def _bool(term: Term, resolve: Resolve) -> Expr:
    values = tuple(expr_of(part, resolve) for part in term.terms())
    return BoolOp("and" if term.op == "and" else "or", values)


def _not(term: Term, resolve: Resolve) -> Expr:
    return b.not_(_arg(term.args[0], resolve))


def _if(term: Term, resolve: Resolve) -> Expr:
    cond, then, other = (_arg(arg, resolve) for arg in term.args)
    return Cond(then, cond, other)


def _index(term: Term, resolve: Resolve) -> Expr:
    return b.index(_listed(term.args[0], resolve), _arg(term.args[1], resolve))


def _listed(arg: object, resolve: Resolve) -> Expr:
    """An argument that must be a list, not an iterator."""
    code = _arg(arg, resolve)
    once = isinstance(arg, Term) and arg.op == "call" and arg.args[0] in ("enumerate", "zip")
    return b.call("list", code) if once else code


def _slice(term: Term, resolve: Resolve) -> Expr:
    sequence, *bounds = term.args
    parts = [None if _is_none(each) else _arg(each, resolve) for each in bounds]
    return b.index(_listed(sequence, resolve), b.slice_(*parts))


def _is_none(arg: object) -> bool:
    return arg is None or (isinstance(arg, Term) and arg.op == "const" and arg.args[0] is None)


def _list(term: Term, resolve: Resolve) -> Expr:
    return ListE(tuple(_arg(arg, resolve) for arg in term.args))


def _call(term: Term, resolve: Resolve) -> Expr:
    name = str(term.args[0])
    write = _listed if name in ("len", "reversed") else _arg
    args = tuple(write(arg, resolve) for arg in term.args[1:])
    if name in MATH:
        return b.call(f"math.{name}", *args)
    if name == "reversed":
        return b.index(args[0], b.slice_(None, None, b.neg(1)))
    if name in BUILTIN or name == "round_to":
        return b.call(name, *args)
    raise ValueError(f"no spelling for the function {name}")


def _extreme(term: Term, resolve: Resolve) -> Expr:
    return b.call(term.op, *(_arg(arg, resolve) for arg in term.args))


def _comp(term: Term, resolve: Resolve) -> Expr:
    element, variables, sequence, *conditions = term.args
    target = b.target(*str(variables).split(","))
    tests = tuple(_arg(cond, resolve) for cond in conditions)
    return Comp(_arg(element, resolve), (Clause(target, _arg(sequence, resolve), tests),))


def _truth(term: Term, resolve: Resolve) -> Expr:
    return _arg(term.args[0], resolve)


_WRITERS: Mapping[str, Callable[[Term, Resolve], Expr]] = {
    "const": _const, "var": _var, "+": _sum, "*": _chain, "-": _chain, "/": _chain, "//": _chain,
    "%": _chain, "**": _chain, "neg": _neg, "cmp": _cmp, "and": _bool, "or": _bool, "not": _not,
    "if": _if, "index": _index, "slice": _slice, "list": _list, "call": _call, "min": _extreme,
    "max": _extreme, "comp": _comp, "truth": _truth,
    "global": _var, "opaque": lambda term, resolve: Name(UNKNOWN),
}  # fmt: skip


def iterated(term: Term, resolve: Resolve) -> Expr:
    """A sequence that a loop runs over: `reversed(widths)` where an index would need `[::-1]`."""
    if term.op == "call" and term.args[0] == "reversed":
        return b.call("reversed", _arg(term.args[1], resolve))
    return expr_of(term, resolve)


def tuple_of(items: tuple[Expr, ...]) -> Expr:
    """`(a, b)`, or `a` where all are the same (a size for every axis)."""
    return items[0] if items and all(item == items[0] for item in items) else TupleE(items)
