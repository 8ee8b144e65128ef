"""Which names a piece of emitted code reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.backends.keras.naming import OPERATOR_NAMES
from nndsl.emit.tree import (
    Assign,
    Attr,
    Bin,
    Call,
    Compare,
    Expr,
    Index,
    Name,
    Stmt,
    Unary,
)
from nndsl.emit.walk import LEAVES, inside, nodes


def names_in(node: object) -> set[str]:
    """Every name that occurs in a tree, whatever for, but the targets of assignments."""
    found: set[str] = set()
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Name):
            found.add(item.id)
        elif isinstance(item, Assign):
            stack.append(item.value)
            stack.extend(target for target in item.targets if not isinstance(target, Name))
        elif isinstance(item, tuple | list):
            stack.extend(item)
        elif type(item) not in LEAVES:
            stack.extend(inside(item))
    return found


def twice_in(nodes: Sequence[object], made: Sequence[tuple[int, Expr]]) -> Iterator[int]:
    """The values (numbers) whose expressions, these very objects, stand in a tree twice."""
    numbers = {id(expr): number for number, expr in made}
    seen: set[int] = set()
    stack = list(nodes) if numbers else []
    while stack:
        item = stack.pop()
        number = numbers.get(id(item))
        if number is not None:
            if number in seen:
                yield number
            seen.add(number)
        if isinstance(item, tuple | list):
            stack.extend(item)
        elif type(item) not in LEAVES:
            stack.extend(inside(item))


def without_unread(code: Sequence[Stmt], names: set[str], also: Sequence[Expr] = ()) -> list[Stmt]:
    """The code without assignments of these names (numbers) that nothing reads."""
    kept = list(code)
    while True:
        unread = [
            i
            for i, item in enumerate(kept)
            if isinstance(item, Assign)
            and isinstance(item.targets[0], Name)
            and item.targets[0].id in names
            and item.targets[0].id not in names_in([*kept[:i], *kept[i + 1 :], *also])
        ]
        if not unread:
            return kept
        for i in reversed(unread):
            del kept[i]


def automatic_names(code: Sequence[Stmt]) -> set[str]:
    """The names that Keras itself gives to the operations in the code that have none."""
    return {name for node in nodes(tuple(code)) for name in _automatic(node)}


def _automatic(node: object) -> tuple[str, ...]:
    match node:
        case Bin(op=op):
            return (OPERATOR_NAMES.get(op, ""),)
        case Compare(rest=rest):
            return tuple(OPERATOR_NAMES.get(op, "") for op, _ in rest)
        case Call(func=Attr(value=Name(id="ops"), name=name)):
            return (name,)
        case Index():
            return ("get_item",)
        case Unary():
            return ("negative",)
        case _:
            return ()
