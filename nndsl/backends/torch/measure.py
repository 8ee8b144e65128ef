"""Looking at code: the names it mentions, about how wide it prints, how deep it nests."""

from __future__ import annotations

from collections.abc import Iterator

from nndsl.emit.tree import Attr, Call, Const, Name


def nodes(code: object) -> Iterator[object]:
    """The node and everything inside, outermost first."""
    stack = [code]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, tuple):
            stack.extend(node)


def names(*code: object) -> frozenset[str]:
    """Every plain name that the code mentions (not the names after a dot)."""
    return frozenset(n.id for each in code for n in nodes(each) if isinstance(n, Name))


def width(code: object) -> int:
    """About how many columns an expression takes."""
    if isinstance(code, Name):
        return len(code.id)
    if isinstance(code, Const):
        return len(repr(code.value))
    if isinstance(code, Attr):
        return width(code.value) + 1 + len(code.name)
    if isinstance(code, str):
        return len(code)
    if isinstance(code, tuple):
        return sum(2 + width(part) for part in code if part is not None and part != ())
    return 0


def depth(code: object) -> int:
    """How many calls are nested along the deepest path."""
    if not isinstance(code, tuple):
        return 0
    inner = max((depth(part) for part in code), default=0)
    return inner + 1 if isinstance(code, Call) else inner
