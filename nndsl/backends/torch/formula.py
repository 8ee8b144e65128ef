"""Formulas as Python: a `Term` over settings, dimensions and loop variables becomes code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from nndsl.emit import build as b
from nndsl.emit.tree import (
    BinOp,
    Clause,
    Comp,
    Compare,
    CompareOp,
    Cond,
    Const,
    Expr,
    Index,
    ListE,
    Name,
    Slice,
    Starred,
    TupleE,
    Unary,
)
from nndsl.ops.symbols import Term, const


class Look(Protocol):
    """Where the leaves of a formula are found in the emitted code."""

    def var(self, name: str) -> Expr:
        """A setting, local number or loop variable."""

    def dim(self, port: str, axis: int) -> Expr:
        """A dimension of an input, without the batch."""

    def open(self, name: str) -> Expr:
        """An open dimension, known when the model runs."""


UNKNOWN = "unknown"
"""Stands for a number without a formula. Code that reads it fails the validation, so that the
definition is emitted instance by instance."""

PLAIN = frozenset(
    ("range", "enumerate", "zip", "reversed", "sorted", "len", "sum", "min", "max", "abs", "round",
     "int", "float")
)  # fmt: skip
MATH = frozenset(("sqrt", "log", "log2", "exp", "ceil", "floor"))
ITERATORS = frozenset(("enumerate", "zip", "reversed"))
LISTS = ITERATORS | {"sorted", "range"}


class Formulas:
    """Turns terms into expressions, with the leaves of one place of the emitted code."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def code(self, term: Term) -> Expr:
        """The expression of a formula; ValueError for one that has no code."""
        found = _TABLE.get(term.op)
        if found is None:
            raise ValueError(f"no code for the formula {term!r}")
        return found(self, term)

    def all(self, args: tuple[object, ...]) -> tuple[Expr, ...]:
        """The arguments, in order."""
        return tuple(self.arg(arg) for arg in args)

    def arg(self, arg: object) -> Expr:
        """One argument: a formula, or a bare constant."""
        if isinstance(arg, Term):
            return self.code(arg)
        assert arg is None or isinstance(arg, int | float | str), arg
        return Const(arg)

    def listed(self, arg: object) -> Expr:
        """An argument that must be a list, not an iterator."""
        code = self.arg(arg)
        if isinstance(arg, Term) and arg.op == "call" and arg.args[0] in ITERATORS:
            return b.call("list", code)
        return code


def _is_list(term: object) -> bool:
    return isinstance(term, Term) and (
        term.op in ("list", "comp", "slice") or (term.op == "call" and term.args[0] in LISTS)
    )


def _const(f: Formulas, term: Term) -> Expr:
    value = term.args[0]
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return Unary("-", Const(-value))
    return f.arg(value)


def _sum(f: Formulas, term: Term) -> Expr:
    if any(_is_list(part) for part in term.args):
        return ListE(tuple(item for part in term.terms() for item in _items(f, part)))
    first, *rest = term.args
    result = f.arg(first)
    for part in rest:
        minus = _negated(part)
        if minus is None:
            result = b.binop(result, "+", f.arg(part))
        else:
            result = b.binop(result, "-", f.code(minus))
    return result


def _items(f: Formulas, part: Term) -> tuple[Expr, ...]:
    """A list's items in another list: those that are written, else all by a star."""
    return f.all(part.args) if part.op == "list" else (Starred(f.arg(part)),)


def _negated(part: object) -> Term | None:
    """The positive form of a negative addend; None where it is not negative."""
    if not isinstance(part, Term):
        return None
    if part.op == "neg":
        inner = part.args[0]
        assert isinstance(inner, Term)
        return inner
    value = part.args[0]
    if part.op == "const" and isinstance(value, int | float) and value < 0:
        return Term("const", (-value,))
    if part.op == "*" and isinstance(value, Term) and value.op == "const":
        factor = value.args[0]
        if isinstance(factor, int | float) and factor < 0:
            return Term("*", (Term("const", (-factor,)), *part.args[1:]))
    return None


def _binary(op: BinOp) -> Callable[[Formulas, Term], Expr]:
    def build(f: Formulas, term: Term) -> Expr:
        if op == "*" and any(_is_list(part) for part in term.args):
            return b.chain("*", *(f.listed(part) for part in term.args))
        return b.chain(op, *f.all(term.args))

    return build


def _negative(f: Formulas, term: Term) -> Expr:
    return Unary("-", f.arg(term.args[0]))


def _compare(f: Formulas, term: Term) -> Expr:
    op, left, right = term.args
    if right == const(None):  # an activation
        wanted: CompareOp = "is" if op == "==" else "is not"
        return Compare(f.arg(left), ((wanted, b.dotted("nn.Identity")),))
    return Compare(f.arg(left), ((_operator(str(op)), f.arg(right)),))


def _operator(op: str) -> CompareOp:
    table: dict[str, CompareOp] = {
        "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in",
        "not in": "not in",
    }  # fmt: skip
    return table[op]


def _call(f: Formulas, term: Term) -> Expr:
    name, *args = term.args
    if name in MATH:
        return b.call(f"math.{name}", *f.all(tuple(args)))
    if name in ("len", "reversed"):
        return b.call(b.name(str(name)), *(f.listed(arg) for arg in args))
    if name in PLAIN or name == "round_to":
        return b.call(b.name(str(name)), *map(_unlisted, f.all(tuple(args))))
    raise ValueError(f"no code for the function {name!r}")


def _unlisted(argument: Expr) -> Expr:
    """`sum(… for …)` needs no list."""
    return replace(argument, kind="generator") if isinstance(argument, Comp) else argument


def _comprehension(f: Formulas, term: Term) -> Expr:
    element, names, sequence, *conditions = term.args
    goal = b.target(*(Name(name) for name in str(names).split(",")))
    clause = Clause(goal, f.arg(sequence), f.all(tuple(conditions)))
    return Comp(f.arg(element), (clause,))


def _index(f: Formulas, term: Term) -> Expr:
    return Index(f.listed(term.args[0]), f.arg(term.args[1]))


def _slice(f: Formulas, term: Term) -> Expr:
    sequence, *bounds = term.args
    ends = [None if _absent(bound) else f.arg(bound) for bound in bounds]
    return Index(f.listed(sequence), Slice(*ends))


def _absent(bound: object) -> bool:
    return bound is None or (
        isinstance(bound, Term) and bound.op == "const" and bound.args[0] is None
    )


def _condition(f: Formulas, term: Term) -> Expr:
    cond, then, other = f.all(term.args)
    return Cond(then, cond, other)


_TABLE: dict[str, Callable[[Formulas, Term], Expr]] = {
    "const": _const,
    "opaque": lambda f, t: Name(UNKNOWN),
    "var": lambda f, t: f.look.var(str(t.args[0])),
    "dim": lambda f, t: f.look.dim(str(t.args[0]), int(str(t.args[1]))),
    "open": lambda f, t: f.look.open(str(t.args[0])),
    "+": _sum,
    "*": _binary("*"),
    "-": _binary("-"),
    "/": _binary("/"),
    "//": _binary("//"),
    "%": _binary("%"),
    "**": _binary("**"),
    "neg": _negative,
    "min": lambda f, t: b.call(Name("min"), *f.all(t.args)),
    "max": lambda f, t: b.call(Name("max"), *f.all(t.args)),
    "cmp": _compare,
    "and": lambda f, t: b.all_of(*f.all(t.args)),
    "or": lambda f, t: b.any_of(*f.all(t.args)),
    "not": lambda f, t: b.not_(f.arg(t.args[0])),
    "truth": lambda f, t: f.arg(t.args[0]),
    "if": _condition,
    "call": _call,
    "list": lambda f, t: TupleE(f.all(t.args)),
    "comp": _comprehension,
    "index": _index,
    "slice": _slice,
    "global": lambda f, t: Name(str(t.args[0])),
}
