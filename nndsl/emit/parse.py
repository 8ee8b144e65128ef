"""Expressions of other packages, written as text, as a code tree: the printer lays them out."""

import ast
from collections.abc import Callable, Mapping
from typing import Any, cast

from nndsl.emit.tree import (
    Attr,
    Bin,
    BinOp,
    BoolOp,
    Call,
    Compare,
    CompareOp,
    Cond,
    Const,
    Expr,
    Index,
    ListE,
    Name,
    Slice,
    TupleE,
    Unary,
    UnaryOp,
)

_BINARY: Mapping[str, BinOp] = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "MatMult": "@",
    "Pow": "**", "LShift": "<<", "RShift": ">>", "BitAnd": "&", "BitXor": "^", "BitOr": "|",
}  # fmt: skip
_UNARY: Mapping[str, UnaryOp] = {"USub": "-", "UAdd": "+", "Invert": "~", "Not": "not"}
_COMPARED: Mapping[str, CompareOp] = {
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Is": "is",
    "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip


def expression(text: str) -> Expr:
    """The tree of a Python expression; it is read, never run.

    Raises ValueError for text that is no expression, or has what the tree lacks: comprehensions,
    lambdas, f-strings, starred arguments.
    """
    try:
        return _expr(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"{error.msg} in `{text}`") from None


def _expr(node: ast.expr) -> Expr:
    made = _NODES.get(type(node))
    if made is None:
        raise ValueError(f"no {type(node).__name__} may stand in `{ast.unparse(node)}`")
    return made(node)


def _call(node: ast.Call) -> Expr:
    if any(word.arg is None for word in node.keywords):
        raise ValueError(f"no `**` may stand in `{ast.unparse(node)}`")
    named = tuple((word.arg or "", _expr(word.value)) for word in node.keywords)
    return Call(_expr(node.func), _all(node.args), named)


def _constant(node: ast.Constant) -> Expr:
    if not isinstance(node.value, int | float | bool | str | None):
        raise ValueError(f"no {type(node.value).__name__} may stand in an expression")
    return Const(node.value)


def _compare(node: ast.Compare) -> Expr:
    pairs = zip(node.ops, node.comparators, strict=True)
    rest = tuple((_COMPARED[type(op).__name__], _expr(item)) for op, item in pairs)
    return Compare(_expr(node.left), rest)


def _slice(node: ast.Slice) -> Expr:
    ends = (None if end is None else _expr(end) for end in (node.lower, node.upper, node.step))
    return Slice(*ends)


def _all(nodes: list[ast.expr]) -> tuple[Expr, ...]:
    return tuple(map(_expr, nodes))


def _bool(node: ast.BoolOp) -> Expr:
    return BoolOp("and" if isinstance(node.op, ast.And) else "or", _all(node.values))


_NODES = cast(
    "Mapping[type[ast.expr], Callable[[Any], Expr]]",  # each takes the node that it stands beside
    {
        ast.Name: lambda node: Name(node.id),
        ast.Constant: _constant,
        ast.Attribute: lambda node: Attr(_expr(node.value), node.attr),
        ast.Call: _call,
        ast.Subscript: lambda node: Index(_expr(node.value), _expr(node.slice)),
        ast.Slice: _slice,
        ast.Tuple: lambda node: TupleE(_all(node.elts)),
        ast.List: lambda node: ListE(_all(node.elts)),
        ast.UnaryOp: lambda node: Unary(_UNARY[type(node.op).__name__], _expr(node.operand)),
        ast.BinOp: lambda node: Bin(
            _expr(node.left), _BINARY[type(node.op).__name__], _expr(node.right)
        ),
        ast.Compare: _compare,
        ast.BoolOp: _bool,
        ast.IfExp: lambda node: Cond(_expr(node.body), _expr(node.test), _expr(node.orelse)),
    },
)
