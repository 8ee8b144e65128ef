"""What a piece of syntax mentions: names, `_`, the expressions inside it."""

from __future__ import annotations

from collections.abc import Iterator

from nndsl.source import Span
from nndsl.syntax import ast

_NO_TREE = frozenset((Span, str, int, float, bool, type(None)))
_EXPRESSIONS = frozenset((
    ast.Num, ast.Str, ast.Bool, ast.Nothing, ast.Name, ast.Flow, ast.Open, ast.ListExpr,
    ast.TupleExpr, ast.Call, ast.Attr, ast.Index, ast.Unary, ast.Binary, ast.Compare, ast.BoolOp,
    ast.Ternary, ast.Comprehension, ast.PipeExpr,
))  # fmt: skip


def children(expr: ast.Expr) -> list[ast.Expr]:
    """The expressions directly inside one, those of arguments and subscripts included."""
    found: list[ast.Expr] = []
    for field in expr:
        for item in field if type(field) is tuple else (field,):
            if type(item) in _EXPRESSIONS:
                found.append(item)
            elif isinstance(item, ast.Arg):
                found.append(item.value)
            elif isinstance(item, ast.Slice):
                found += [e for e in (item.start, item.stop, item.step) if e is not None]
    return found


def mentions_flow(node: object) -> bool:
    """True where `_` stands anywhere in a piece of syntax."""
    stack = [node]
    while stack:
        item = stack.pop()
        if type(item) in _NO_TREE:
            continue
        if isinstance(item, ast.Flow) and not item.first:
            return True
        if isinstance(item, tuple):
            stack.extend(item)
    return False


def mentioned(node: object) -> set[str]:
    """Every name that a piece of syntax mentions."""
    return set(_mentions(node))


def mentions(node: object, name: str) -> int:
    """How often a piece of syntax mentions a name."""
    return sum(found == name for found in _mentions(node))


def _mentions(node: object) -> Iterator[str]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Name):
            yield item.id
        elif isinstance(item, ast.Braces):
            yield item.word
            stack.extend(item)
        elif isinstance(item, tuple) and not isinstance(item, Span):
            stack.extend(item)
