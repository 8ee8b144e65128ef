"""Statements as a person would leave them: one `if` for one condition."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.reading import names_in
from nndsl.emit.tree import (
    Assign,
    Attr,
    Call,
    Expr,
    ExprStmt,
    For,
    If,
    ListE,
    Name,
    Stmt,
    TupleE,
)


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


def without_copies(code: Sequence[Stmt], ending: Expr) -> list[Stmt]:
    """The code without `a = b` of variables that nothing reads before they are set again."""
    kept = list(code)
    for at in reversed(range(len(kept))):
        copy = _copied(kept[at])
        if copy and not _read_next(copy, kept[at + 1 :], ending):
            del kept[at]
    everywhere = names_in([kept, ending])
    return _without_unread_copies(kept, everywhere)


def _copied(item: Stmt) -> str:
    """The name, for `name = other`."""
    if not isinstance(item, Assign) or not isinstance(item.value, Name) or len(item.targets) != 1:
        return ""
    (goal,) = item.targets
    return goal.id if isinstance(goal, Name) else ""


def _read_next(name: str, later: Sequence[Stmt], ending: Expr) -> bool:
    """True where a variable is read before a line sets it again."""
    for item in later:
        if name in names_in(item):
            return True
        if isinstance(item, Assign) and name in _assigned([item]):
            return False
    return name in names_in(ending)


def _without_unread_copies(code: Sequence[Stmt], read: set[str]) -> list[Stmt]:
    """In loops and ifs: only what is read nowhere."""
    made: list[Stmt] = []
    for item in code:
        if isinstance(item, For):
            item = For(item.target, item.iter, tuple(_without_unread_copies(item.body, read)))
        elif isinstance(item, If):
            sides = (tuple(_without_unread_copies(each, read)) for each in (item.body, item.orelse))
            item = If(item.test, *sides)
        copy = _copied(item)
        if not copy or copy in read:
            made.append(item)
    return made


def gathered(code: Sequence[Stmt]) -> list[Stmt]:
    """The code with lists made where they are first used: `branches = [x]`, not `branches = []`
    some lines before and `branches.append(x)`."""
    made: list[Stmt] = []
    waiting: dict[str, Stmt] = {}
    for item in code:
        if isinstance(item, For):
            item = For(item.target, item.iter, tuple(gathered(item.body)))
        elif isinstance(item, If):
            item = If(item.test, tuple(gathered(item.body)), tuple(gathered(item.orelse)))
        if name := _empty_list(item):
            waiting[name] = item
            continue
        first = _appended(item)
        for name in sorted(names_in(item) & waiting.keys()) if waiting else ():
            start = waiting.pop(name)
            if first is not None and first[0] == name:
                item = Assign((Name(name),), ListE((first[1],)))
            else:
                made.append(start)
        made.append(item)
    return [*waiting.values(), *made]


def _empty_list(item: Stmt) -> str:
    """The name, for `name = []`."""
    if not isinstance(item, Assign) or item.value != ListE():
        return ""
    (goal,) = item.targets
    return goal.id if isinstance(goal, Name) else ""


def _appended(item: Stmt) -> tuple[str, Expr] | None:
    """The list and the value of `name.append(value)`."""
    match item:
        case ExprStmt(Call(Attr(Name(name), "append"), (value,))):
            return name, value
        case _:
            return None


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
