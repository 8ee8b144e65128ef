"""Looking at code: about how wide it prints, how deep it nests."""

from __future__ import annotations

from nndsl.emit.tree import Attr, Call, Const, Name
from nndsl.emit.walk import LEAVES, inside, parts

_FLAT = LEAVES | {Name, Const}


def width(code: object) -> int:
    """About how many columns an expression takes."""
    if isinstance(code, Name):
        return len(code.id)
    if isinstance(code, Attr):
        return width(code.value) + 1 + len(code.name)
    if isinstance(code, Const):
        return len(repr(code.value))
    if isinstance(code, str):
        return len(code)
    if isinstance(code, Call) and len(code.args) == 1 and not code.kwargs:
        return width(code.func) + width(code.args[0]) + 4
    inner = [part for part in parts(code) if part is not None and part != ()]
    return sum(map(width, inner)) + 2 * (len(inner) - isinstance(code, tuple))


def depth(code: object) -> int:
    """How many calls are nested along the deepest path; moved axes of a variable are as good as
    the variable."""
    while isinstance(code, Attr):
        code = code.value
    kind = type(code)
    if kind in _FLAT or (kind is Call and _is_moved(code)):
        return 0
    held = code if isinstance(code, tuple | list) else inside(code)
    deepest = 0
    for part in held:
        if type(part) not in _FLAT:
            deepest = max(deepest, depth(part))
    return deepest + (kind is Call)


def _is_moved(code: object) -> bool:
    """`x.transpose(1, 2)`."""
    if not isinstance(code, Call) or not isinstance(code.func, Attr):
        return False
    return code.func.name in ("transpose", "permute") and isinstance(code.func.value, Name)
