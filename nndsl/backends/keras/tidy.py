"""Statements as a person would leave them: one `if` for one condition."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.reading import names_in
from nndsl.emit.tree import Assign, Expr, For, If, Name, Stmt, TupleE


def joined(code: Sequence[Stmt]) -> list[Stmt]:
    """The code with neighbouring ifs of one condition as one, inside loops and ifs too."""
    made: list[Stmt] = []
    for item in code:
        if isinstance(item, For):
            item = For(item.target, item.iter, tuple(joined(item.body)))
        elif isinstance(item, If):
            item = If(item.test, tuple(joined(item.body)), tuple(joined(item.orelse)))
        last = made[-1] if made else None
        if isinstance(last, If) and isinstance(item, If) and _follows(last, item):
            made[-1] = If(last.test, tuple(joined((*last.body, *item.body))))
        else:
            made.append(item)
    return made


def _follows(first: If, second: If) -> bool:
    """True where the second asks the same, which the first has not changed."""
    if first.orelse or second.orelse or first.test != second.test:
        return False
    return not names_in(first.test) & _assigned(first.body)


def _assigned(code: Sequence[Stmt]) -> set[str]:
    found: set[str] = set()
    for item in code:
        if isinstance(item, Assign):
            found |= {name for goal in item.targets for name in _names(goal)}
        elif isinstance(item, For):
            found |= _names(item.target) | _assigned(item.body)
        elif isinstance(item, If):
            found |= _assigned(item.body) | _assigned(item.orelse)
    return found


def _names(goal: Expr) -> set[str]:
    if isinstance(goal, Name):
        return {goal.id}
    if isinstance(goal, TupleE):
        return {name for item in goal.items for name in _names(item)}
    return names_in(goal)
