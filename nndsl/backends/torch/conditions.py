"""A condition that a class stores (`self.skip = …`) is worked out once, ahead of its first use."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from nndsl.emit.tree import Assign, Attr, BoolOp, Compare, Expr, Name, Stmt
from nndsl.emit.walk import names, nodes

_T = TypeVar("_T")


def share(statements: list[Stmt], arguments: frozenset[str]) -> list[Stmt]:
    """Statements that ask a stored condition again read the attribute.

    arguments: the constructor's; only a condition that they alone decide can move to the front.
    """
    for statement in [s for s in statements if _stores(s, arguments)]:
        assert isinstance(statement, Assign)
        assert statement.value is not None
        cond, ref = statement.value, statement.targets[0]
        rest = [s for s in statements if s is not statement]
        asked = [i for i, s in enumerate(rest) if any(node == cond for node in nodes(s))]
        if asked:
            changed = [_replaced(s, cond, ref) for s in rest]
            statements = [*changed[: asked[0]], statement, *changed[asked[0] :]]
    return statements


def _stores(statement: Stmt, arguments: frozenset[str]) -> bool:
    """True for `self.name = condition`."""
    if not isinstance(statement, Assign) or len(statement.targets) != 1:
        return False
    target, value = statement.targets[0], statement.value
    own = isinstance(target, Attr) and target.value == Name("self")
    return own and isinstance(value, BoolOp | Compare) and names(value) <= arguments


def _replaced(node: _T, old: Expr, new: Expr) -> _T:
    """A node with another expression in the place of one."""
    if node == old:
        return new  # type: ignore[return-value]
    if isinstance(node, tuple):
        return tuple(_replaced(part, old, new) for part in node)  # type: ignore[return-value]
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: _replaced(getattr(node, f.name), old, new) for f in fields(node)}
        return replace(node, **changed)
    return node
