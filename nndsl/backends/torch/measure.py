"""Looking at code: about how wide it prints, how deep it nests."""

from __future__ import annotations

from nndsl.emit.tree import Attr, Call, Const, Name
from nndsl.emit.walk import LEAVES, parts

_FLAT = LEAVES | {Name, Const}


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
    if type(code) in _FLAT:
        return 0
    inner = 0
    for part in parts(code):
        inner = max(inner, depth(part))
    return inner + 1 if isinstance(code, Call) else inner
