"""How tightly expressions bind, and what may be an identifier."""

import keyword
import math
import unicodedata
from functools import lru_cache
from typing import Final

from nndsl.emit.tree import (
    Attr,
    Bin,
    BoolOp,
    Call,
    Comp,
    Compare,
    Cond,
    Const,
    DictE,
    Expr,
    FString,
    Index,
    Interp,
    Joined,
    Lambda,
    ListE,
    Name,
    TupleE,
    Unary,
)

# How tightly an expression binds, loosest first.
ANY, CONDITION, OR, AND, NOT, COMPARISON, OPERATOR = range(7)
SIGNED, RAISED, TIGHT = 12, 13, 14
OPERATOR_LEVEL: Final = {
    "|": OPERATOR,
    "^": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "+": 10,
    "-": 10,
    "*": 11,
    "/": 11,
    "//": 11,
    "%": 11,
    "@": 11,
    "**": RAISED,
}


@lru_cache(maxsize=4096)
def identifier(text: str) -> str:
    """The text if it is a name that Python keeps as it is; ValueError if not."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise ValueError(f"not a Python identifier: {text!r}")
    if not text.isascii() and unicodedata.normalize("NFKC", text) != text:
        raise ValueError(f"Python would read another identifier: {text!r}")
    return text


def level_of(node: Expr) -> int:
    """The level of an expression: below what its place asks for, it needs parentheses."""
    match node:
        case Name() | Attr() | Call() | Index():
            return TIGHT
        case Const(value):
            negative = isinstance(value, int | float) and math.copysign(1, value) < 0
            return SIGNED if negative else TIGHT
        case Bin(_, op, _):
            return OPERATOR_LEVEL[op]
        case Unary(op, _):
            return NOT if op == "not" else SIGNED
        case Compare():
            return COMPARISON
        case BoolOp(op, _):
            return AND if op == "and" else OR
        case Cond() | Joined():
            return CONDITION
        case Lambda():
            return ANY
    return TIGHT


def is_simple_bound(node: Expr) -> bool:
    """Does black set no spaces around the colon of a slice with this bound?"""
    match node:
        case Name():
            return True
        case Const(value):
            return not (isinstance(value, float) and not math.isfinite(value))
        case Joined(parts):
            return all(is_simple_bound(each) for each in parts)
        case FString(fields):
            return all(isinstance(each, str) or is_simple_bound(_inside(each)) for each in fields)
        case Unary(op, value):
            return op != "not" and not is_power(value) and is_simple_bound(value)
        case TupleE(elements) | ListE(elements):
            return all(is_simple_bound(each) for each in elements)
        case DictE(pairs):
            return all(is_simple_bound(each) for pair in pairs for each in pair if each is not None)
        case Comp(element, clauses):
            inner = [
                part for each in clauses for part in (each.target, each.iter, *each.conditions)
            ]
            return is_simple_bound(element) and all(is_simple_bound(each) for each in inner)
    return False


def _inside(part: Expr | Interp) -> Expr:
    return part.value if isinstance(part, Interp) else part


def is_power(node: Expr) -> bool:
    return isinstance(node, Bin) and node.op == "**"
