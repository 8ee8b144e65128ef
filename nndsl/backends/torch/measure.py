"""Looking at code: the names it mentions, about how wide it prints, how deep it nests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass

from nndsl.emit.tree import Attr, Call, Const, Name


def parts(node: object) -> tuple[object, ...]:
    """What stands directly inside a node: its fields, or a tuple's items."""
    if isinstance(node, tuple | list):
        return tuple(node)
    if is_dataclass(node):
        return tuple(getattr(node, name) for name in type(node).__dataclass_fields__)
    return ()


def nodes(code: object) -> Iterator[object]:
    """The node and everything inside, outermost first."""
    stack = [code]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(parts(node))


def names(*code: object) -> frozenset[str]:
    """Every plain name that the code mentions (not the names after a dot)."""
    return frozenset(n.id for each in code for n in nodes(each) if isinstance(n, Name))


def width(code: object) -> int:
    """About how many columns an expression takes."""
    match code:
        case Name(id=name):
            return len(name)
        case Const(value=value):
            return len(repr(value))
        case Attr(value=owner, name=name):
            return width(owner) + 1 + len(name)
        case str():
            return len(code)
        case _:
            inner = [part for part in parts(code) if part is not None and part != ()]
            return sum(width(part) for part in inner) + 2 * (len(inner) - isinstance(code, tuple))


def depth(code: object) -> int:
    """How many calls are nested along the deepest path."""
    inner = max((depth(part) for part in parts(code)), default=0)
    return inner + 1 if isinstance(code, Call) else inner
