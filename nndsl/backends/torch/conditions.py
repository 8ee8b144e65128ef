"""A condition that a class stores (`self.skip = …`) is worked out once, ahead of its first use."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from nndsl.emit.tree import Assign, Attr, AugAssign, BoolOp, Compare, Expr, For, Name, Stmt
from nndsl.emit.walk import names, nodes

_T = TypeVar("_T")


def share(statements: list[Stmt], arguments: frozenset[str]) -> list[Stmt]:
    """Statements that ask a stored condition again read the attribute.

    arguments: the constructor's; only a condition that they decide, and locals that are set once,
    can move to the front.
    """
    stored = [s for s in statements if isinstance(s, Assign) and _stores(s)]
    known = arguments | (_constants(statements) if stored else frozenset())
    for statement in [s for s in stored if names(s.value) <= known]:
        assert statement.value is not None
        cond, ref = statement.value, statement.targets[0]
        rest = [s for s in statements if s is not statement]
        asked = [i for i, s in enumerate(rest) if any(node == cond for node in nodes(s))]
        if asked:
            changed = [_replaced(s, cond, ref) for s in rest]
            statements = [*changed[: asked[0]], statement, *changed[asked[0] :]]
    return statements


def _stores(statement: Assign) -> bool:
    """True for `self.name = condition`."""
    if not isinstance(statement.value, BoolOp | Compare) or len(statement.targets) != 1:
        return False
    target = statement.targets[0]
    return isinstance(target, Attr) and target.value == Name("self")


def _constants(statements: list[Stmt]) -> frozenset[str]:
    """The locals that one statement sets, once and for all."""
    found = Counter(
        inner.id
        for node in nodes(statements)
        for goal in _goals(node)
        for inner in nodes(goal)
        if isinstance(inner, Name)
    )
    first = {goal for s in statements if isinstance(s, Assign) for goal in s.targets}
    return frozenset(name for name, count in found.items() if count == 1 and Name(name) in first)


def _goals(node: object) -> tuple[Expr, ...]:
    """What a statement sets."""
    if isinstance(node, Assign):
        return node.targets
    return (node.target,) if isinstance(node, AugAssign | For) else ()


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
