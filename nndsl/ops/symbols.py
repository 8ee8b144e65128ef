"""Symbolic numbers: formulas, open dimensions, and numbers that remember how they were made.

Three things share one small algebra `Term`:

- an open dimension (`?T`) is a `Dim` that is no int but a `OpenDim` over a formula;
- while a block is generalised, settings and dimensions are `Sym`: ints (or floats) that carry both
  their value in one instance and their formula over the block's arguments, so that every shape rule
  runs on them unchanged;
- emitted code prints the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from math import gcd
from typing import TypeAlias

Const: TypeAlias = "int | float | bool | str | None"


class Term:
    """A formula: an operator and its arguments. Immutable; equal terms have equal keys.

    Operators: `const` (value), `var` (name), `dim` (port, axis), `open` (name, low, high),
    `+ * - / // % **` `neg`, `min` `max`, `call` (name, arguments…), `cmp` (op, left, right), `and`
    `or` `not`, `if` (condition, then, other), `index` (sequence, position), `list` (items…), `comp`
    (element, variables, sequence, conditions…), `slice`, `global` (name, contents).
    """

    __slots__ = ("_hash", "args", "op")

    def __init__(self, op: str, args: tuple[Term | Const, ...]) -> None:
        self.op = op
        self.args = args
        self._hash = hash((op, args, tuple(type(a) is float for a in args)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Term) or self._hash != other._hash or self.op != other.op:
            return False
        return len(self.args) == len(other.args) and all(
            type(a) is type(b) and a == b for a, b in zip(self.args, other.args, strict=True)
        )

    def __repr__(self) -> str:
        from nndsl.ops.shown import show

        return show(self)

    def terms(self) -> Iterator[Term]:
        """The arguments that are terms."""
        return (arg for arg in self.args if isinstance(arg, Term))

    def walk(self) -> Iterator[Term]:
        """This term and all terms inside, outermost first."""
        stack = [self]
        while stack:
            term = stack.pop()
            yield term
            stack.extend(term.terms())


def const(value: Const) -> Term:
    return Term("const", (value,))


def var(name: str) -> Term:
    return Term("var", (name,))


def is_const(term: Term) -> bool:
    return term.op == "const"


ZERO, ONE = const(0), const(1)


def _number(term: Term) -> int | float | None:
    if term.op == "const" and isinstance(term.args[0], int | float):
        return term.args[0]
    return None


# ---- sums and products in a light normal form --------------------------------------------------
# A sum is a list of (coefficient, factors), in order of first appearance; like terms are merged.
# Only whole numbers are: a product with a fraction stays as it was written, for its rounding.

_Factors: TypeAlias = "tuple[Term, ...]"


def _monomial(term: Term) -> tuple[int | float, _Factors]:
    value = _number(term)
    if value is not None:
        return value, ()
    if term.op == "neg":
        coefficient, factors = _monomial(_term(term.args[0]))
        return -coefficient, factors
    if term.op == "*":
        first = _number(_term(term.args[0]))
        if type(first) is int:
            return first, tuple(term.terms())[1:]
        return (1, tuple(term.terms())) if first is None else (1, (term,))
    return 1, (term,)


def _term(arg: Term | Const) -> Term:
    return arg if isinstance(arg, Term) else const(arg)


def _addends(term: Term) -> list[tuple[int | float, _Factors]]:
    if term.op == "+":
        return [_monomial(part) for part in term.terms()]
    return [_monomial(term)]


def never_negative(term: Term) -> bool:
    """True where a sum of open dimensions, which are 1 at least, is surely 0 or more."""
    total: int | float = 0
    for coefficient, factors in _addends(term):
        if factors and (coefficient < 0 or any(factor.op != "open" for factor in factors)):
            return False
        total += coefficient
    return total >= 0


def _build_product(coefficient: int | float, factors: _Factors) -> Term:
    if coefficient == 0 and type(coefficient) is int:
        return ZERO
    if not factors:
        return const(coefficient)
    if coefficient == 1 and type(coefficient) is int:
        return factors[0] if len(factors) == 1 else Term("*", factors)
    if coefficient == -1 and type(coefficient) is int:
        return Term("neg", (_build_product(1, factors),))
    return Term("*", (const(coefficient), *factors))


def add(left: Term, right: Term) -> Term:
    """left + right with constants folded and like terms merged."""
    order: dict[tuple[int, ...], tuple[int | float, _Factors]] = {}
    for coefficient, factors in [*_addends(left), *_addends(right)]:
        key = tuple(sorted(hash(factor) for factor in factors))
        old = order.get(key)
        order[key] = (coefficient if old is None else old[0] + coefficient, factors)
    parts = [part for part in order.values() if part[0] != 0 or type(part[0]) is float]
    parts.sort(key=lambda part: (not part[1], part[0] < 0))  # positive terms first, constants last
    terms = tuple(_build_product(*part) for part in parts)
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 else Term("+", terms)


def neg(term: Term) -> Term:
    return mul(const(-1), term)


def sub(left: Term, right: Term) -> Term:
    return add(left, neg(right))


def mul(left: Term, right: Term) -> Term:
    """left * right; constants gathered in front, a sum times a constant distributed."""
    a, b = _number(left), _number(right)
    if None in (a, b) and float in (type(a), type(b)):
        return Term("*", (left, right) if b is None else (right, left))
    if left.op == "+" and b is not None:
        return _distribute(left, b)
    if right.op == "+" and a is not None:
        return _distribute(right, a)
    (c, f), (d, g) = _monomial(left), _monomial(right)
    return _build_product(c * d, f + g)


def _distribute(total: Term, factor: int | float) -> Term:
    return reduce(add, (_build_product(c * factor, f) for c, f in _addends(total)), ZERO)


def floordiv(left: Term, right: Term) -> Term:
    """left // right; exact where every addend is divisible by a constant divisor."""
    by = _number(right)
    if by == 1 and type(by) is int:
        return left
    if left == right:
        return ONE
    value = _number(left)
    if value is not None and by:
        return const(value // by)
    if type(by) is int and by > 0:
        parts = _addends(left)
        exact = all(type(c) is int and c % by == 0 for c, _ in parts)
        if exact or all(_whole(part) for part in left.walk()):
            return _floor(parts, by)
    (c, f), (d, g) = _monomial(left), _monomial(right)
    if left.op != "+" and right.op != "+" and g and type(c) is int and type(d) is int:
        rest = list(f)
        if d != 0 and c % d == 0 and all(_take_out(rest, factor) for factor in g):
            return _build_product(c // d, tuple(rest))
    return Term("//", (left, right))


def _whole(term: Term) -> bool:
    return term.op in ("open", "dim", "+", "*", "neg", "//") or type(_number(term)) is int


def _floor(parts: list[tuple[int | float, _Factors]], by: int) -> Term:
    """A sum of whole numbers // by, in one form, by the laws of the floor (b, c, g > 0):

    (a // b + k) // c = (a + k*b) // (b*c); (a*g + k) // (b*g) = (a + k//g) // b; (a + k*b) // b =
    a // b + k. So `(?T - 1) // 2 + 1` and `(?T + 1) // 2` are equal.
    """
    for at, (c, f) in enumerate(parts):
        below = _number(_term(f[0].args[1])) if c == 1 and f and f[0].op == "//" == f[-1].op else 0
        if len(f) == 1 and type(below) is int and below > 0:
            others = (_build_product(n * below, g) for n, g in parts[:at] + parts[at + 1 :])
            return floordiv(reduce(add, others, _term(f[0].args[0])), const(by * below))
    shared = gcd(by, *(int(c) for c, f in parts if f))
    inside = outside = ZERO
    for c, f in parts:
        times, left = divmod(int(c) // shared, by // shared)
        if f and left:
            times, left = 0, int(c) // shared
        inside = add(inside, _build_product(left, f))
        outside = add(outside, _build_product(times, f))
    small = by == shared or is_const(inside)
    return outside if small else add(Term("//", (inside, const(by // shared))), outside)


def _take_out(factors: list[Term], factor: Term) -> bool:
    if factor in factors:
        factors.remove(factor)
        return True
    return False


def _fold(
    op: str, compute: Callable[[int | float, int | float], int | float]
) -> Callable[[Term, Term], Term]:
    def build(left: Term, right: Term) -> Term:
        a, b = _number(left), _number(right)
        if a is not None and b is not None and not (op in ("/", "%") and b == 0):
            return const(compute(a, b))
        if op in ("/", "**") and b == 1 and op == "**":
            return left
        return Term(op, (left, right))

    return build


div = _fold("/", lambda a, b: a / b)
mod = _fold("%", lambda a, b: a % b)
power = _fold("**", lambda a, b: a**b)

BINARY: Mapping[str, Callable[[Term, Term], Term]] = {
    "+": add, "-": sub, "*": mul, "//": floordiv, "/": div, "%": mod, "**": power,
}  # fmt: skip


def compare(op: str, left: Term, right: Term) -> Term:
    return Term("cmp", (op, left, right))


def choose(cond: Term, then: Term, other: Term) -> Term:
    """`then if cond else other`, decided where the condition compares constants."""
    if then == other:
        return then
    decided = _decided(cond)
    if decided is None:
        return Term("if", (cond, then, other))
    return then if decided else other


_COMPARISONS: Mapping[str, Callable[[int | float, int | float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _decided(cond: Term) -> bool | None:
    if cond.op == "const":
        return bool(cond.args[0])
    if cond.op != "cmp":
        return None
    a, b = _number(_term(cond.args[1])), _number(_term(cond.args[2]))
    compute = _COMPARISONS.get(str(cond.args[0]))
    return None if a is None or b is None or compute is None else compute(a, b)


# ---- looking at terms --------------------------------------------------------------------------


def variables(term: Term) -> frozenset[str]:
    """The names of settings, locals and loop variables that a term mentions (not bound ones)."""
    if term.op == "comp":
        bound = frozenset(str(term.args[1]).split(","))
        inner = frozenset().union(*(variables(t) for t in term.terms()))
        return inner - bound
    if term.op == "var":
        return frozenset((str(term.args[0]),))
    return frozenset().union(*(variables(t) for t in term.terms()))


def dims(term: Term) -> frozenset[tuple[str, int]]:
    """The input dimensions that a term mentions, as (port, axis)."""
    return frozenset(
        (str(t.args[0]), t.args[1])
        for t in term.walk()
        if t.op == "dim" and isinstance(t.args[1], int)
    )


def substitute(term: Term, table: Mapping[Term, Term]) -> Term:
    """The term with every leaf of the table replaced, simplified again on the way up."""
    if not table:
        return term
    found = table.get(term)
    if found is not None:
        return found
    if not any(True for _ in term.terms()):
        return term
    if term.op == "comp":
        return _substitute_bound(term, table)
    args = tuple(substitute(a, table) if isinstance(a, Term) else a for a in term.args)
    return rebuild(term.op, args)


def _substitute_bound(term: Term, table: Mapping[Term, Term]) -> Term:
    """A comprehension's own names are other numbers than those outside: they are left, and get
    other names where what is put in mentions theirs."""
    element, names, over, *conds = term.args
    own = str(names).split(",")
    inside = {leaf: given for leaf, given in table.items() if not (variables(leaf) & {*own})}
    used = {leaf for part in (element, *conds) for leaf in _term(part).walk()}
    taken = frozenset().union(*(variables(inside[leaf]) for leaf in inside if leaf in used))
    fresh = [_other_name(name, taken) for name in own]
    inside |= {var(old): var(new) for old, new in zip(own, fresh, strict=True) if old != new}
    made = [substitute(_term(part), inside) for part in (element, *conds)]
    return Term("comp", (made[0], ",".join(fresh), substitute(_term(over), table), *made[1:]))


def _other_name(name: str, taken: frozenset[str]) -> str:
    made, number = name, 2
    while made in taken:
        made, number = f"{name}{number}", number + 1
    return made


def rebuild(op: str, args: tuple[Term | Const, ...]) -> Term:
    """A term of this operator, through the simplifying constructors."""
    if op in ("+", "*"):
        return reduce(BINARY[op], map(_term, args))
    if op in BINARY and len(args) == 2:
        return BINARY[op](_term(args[0]), _term(args[1]))
    if op == "neg":
        return neg(_term(args[0]))
    if op == "if":
        return choose(_term(args[0]), _term(args[1]), _term(args[2]))
    if op == "index" and isinstance(args[0], Term) and args[0].op == "list":
        at = args[1]
        position = _number(at) if isinstance(at, Term) else None
        if isinstance(position, int):
            return _term(args[0].args[position])
    return Term(op, args)


def size(term: Term) -> int:
    """How many nodes a term has: the measure of `simplest`."""
    return sum(1 for _ in term.walk())
