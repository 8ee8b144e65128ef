"""Sizes of one tensor that are read one after the other, as one line: `_, h, w, c = x.shape`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from nndsl.emit import build as b
from nndsl.emit.tree import Assign, Attr, Expr, Index, Name, Stmt

Places = Mapping[str, tuple[int, int]]
"""For variables that hold a size: how many axes the tensor has, and which one it is."""


def unpacked(code: Sequence[Stmt], places: Places) -> list[Stmt]:
    """The statements with neighbouring sizes of one tensor read at once."""
    made: list[Stmt] = []
    for tensor, group in groupby(code, lambda statement: _tensor(statement, places)):
        lines = list(group)
        made += lines if tensor is None or len(lines) < 2 else [_together(tensor, lines, places)]
    return made


def _name(statement: Stmt) -> str:
    if isinstance(statement, Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, Name) else ""
    return ""


def _tensor(statement: Stmt, places: Places) -> Expr | None:
    """The tensor of which a statement reads one size; None for any other."""
    if _name(statement) not in places or not isinstance(statement, Assign):
        return None
    value = statement.value
    owner = value.value if isinstance(value, Index) else None
    return owner.value if isinstance(owner, Attr) and owner.name == "shape" else None


def _together(tensor: Expr, lines: Sequence[Stmt], places: Places) -> Stmt:
    names = {places[_name(line)][1]: _name(line) for line in lines}
    rank = places[_name(lines[0])][0]
    return b.assign(b.target(*(names.get(at, "_") for at in range(rank))), b.attr(tensor, "shape"))
