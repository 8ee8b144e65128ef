"""Conditional numbers that a constructor needs several times get a name at its beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from nndsl.emit import build as b
from nndsl.emit.names import Namer
from nndsl.emit.tree import Attr, Cond, Expr, Name, Stmt
from nndsl.emit.walk import names, nodes

_T = TypeVar("_T")
OFTEN = 3
NAME = "channels"  # such numbers come of widths that an `if` changes


def hoist(statements: list[Stmt], arguments: frozenset[str], namer: Namer) -> list[Stmt]:
    """`channels = 4 * dim if wide else dim` in front, where that is written three times.

    arguments: the constructor's; only what they alone decide can stand in front.
    """
    if not arguments:
        return statements
    count = Counter(
        node
        for statement in statements
        for node in nodes(statement)
        if isinstance(node, Cond) and _is_number(node) and names(node) <= arguments
    )
    table: dict[Expr, Expr] = {
        node: Name(namer.fresh(NAME)) for node, times in count.items() if times >= OFTEN
    }
    if not table:
        return statements
    made: list[Stmt] = [b.assign(name, node) for node, name in table.items()]
    return [*made, *(_replaced(statement, table) for statement in statements)]


def _is_number(node: Cond) -> bool:
    """True where no module is made: nothing is taken from `nn`."""
    return not any(isinstance(part, Attr) for part in nodes(node))


def _replaced(node: _T, table: Mapping[Expr, Expr]) -> _T:
    """A node with other expressions in the place of some."""
    if isinstance(node, Cond) and node in table:
        return table[node]  # type: ignore[return-value]
    if isinstance(node, tuple):
        return tuple(_replaced(part, table) for part in node)  # type: ignore[return-value]
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: _replaced(getattr(node, f.name), table) for f in fields(node)}
        return replace(node, **changed)
    return node
