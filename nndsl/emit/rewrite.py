"""A code tree with other nodes in the place of some."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

from nndsl.emit.walk import LEAVES

_T = TypeVar("_T")


def rewritten(node: _T, change: Callable[[object], object | None]) -> _T:
    """The node with every outermost part that `change` has something else for replaced."""
    kind = type(node)
    if kind in LEAVES:
        return node
    if isinstance(node, tuple):
        return tuple(rewritten(part, change) for part in node)  # type: ignore[return-value]
    found = change(node)
    if found is not None:
        return found  # type: ignore[return-value]
    parts = {f.name: rewritten(getattr(node, f.name), change) for f in fields(node)}  # type: ignore[arg-type]
    return replace(node, **parts)  # type: ignore[type-var]
