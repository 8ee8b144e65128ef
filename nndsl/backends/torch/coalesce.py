"""Locals of a constructor with a number at their end take the plain name where that is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from nndsl.emit.tree import Assign, For, Name, Stmt
from nndsl.emit.walk import names

_T = TypeVar("_T")


def coalesce(statements: list[Stmt], bases: Mapping[str, str]) -> list[Stmt]:
    """`channels2` becomes `channels` where the first one is read for the last time before.

    bases: the name that each local asked for, by the name that it got.
    """
    statements = [_through(statement, bases) for statement in statements]
    for name, base in bases.items():
        if name == base:
            continue
        for other in (base, *(n for n, b in bases.items() if b == base and n < name)):
            if _free_before(statements, other, name):
                statements = [_renamed(statement, {name: other}) for statement in statements]
                break
    return statements


def _through(statement: Stmt, bases: Mapping[str, str]) -> Stmt:
    """In a loop, `channels2 = channels` in front of a loop and `channels = channels2` behind it are
    left out, where one name serves both."""
    if not isinstance(statement, For):
        return statement
    body = [_through(each, bases) for each in statement.body]
    for at, first in enumerate(body):
        last = body[-1]
        if not (isinstance(first, Assign) and isinstance(last, Assign) and last is not first):
            continue
        inner, outer = first.targets, last.targets
        if (first.value,) != outer or (last.value,) != inner or len(inner) != 1:
            continue
        mine, theirs = inner[0], outer[0]
        if not (isinstance(mine, Name) and isinstance(theirs, Name)):
            continue
        between = body[at + 1 : -1]
        if bases.get(mine.id) != bases.get(theirs.id) or theirs.id in names(*between):
            continue
        renamed = [_renamed(each, {mine.id: theirs.id}) for each in between]
        return replace(statement, body=(*body[:at], *renamed))
    return replace(statement, body=tuple(body))


def _free_before(statements: list[Stmt], other: str, name: str) -> bool:
    """True where `other` is a local whose last reading is not after the first setting of `name`."""
    mine = [i for i, s in enumerate(statements) if name in names(s)]
    theirs = [i for i, s in enumerate(statements) if other in names(s)]
    if not mine or not theirs:
        return False
    first, last = mine[0], theirs[-1]
    if last < first:
        return _sets(statements[first], name)
    begins = statements[first]
    reads_old = isinstance(begins, Assign) and other in names(begins.value)
    return last == first and reads_old and _sets(begins, name)


def _sets(statement: Stmt, name: str) -> bool:
    """True where a statement begins a local: sets it before anything reads it."""
    if isinstance(statement, Assign):
        return statement.targets == (Name(name),) and name not in names(statement.value)
    if isinstance(statement, For):
        return name in names(statement.target) and name not in names(statement.iter)
    return False


def _renamed(node: _T, table: Mapping[str, str]) -> _T:
    """A node with other names."""
    if isinstance(node, Name):
        return Name(table.get(node.id, node.id))  # type: ignore[return-value]
    if isinstance(node, tuple):
        return tuple(_renamed(part, table) for part in node)  # type: ignore[return-value]
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: _renamed(getattr(node, f.name), table) for f in fields(node)}
        return replace(node, **changed)
    return node
