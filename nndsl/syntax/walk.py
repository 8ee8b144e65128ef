"""Goes over the nodes of a tree, and compares trees without their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast


def walk(
    root: ast.Node | tuple[object, ...], leave_out: tuple[type, ...] = ()
) -> Iterator[tuple[object, ...]]:
    """Every node below a node and itself, in no order; nothing below those that are left out."""
    rest = [cast("tuple[object, ...]", root)]  # nodes are tuples
    while rest:
        node = rest.pop()
        if isinstance(node, (Span, *leave_out)):
            continue
        if hasattr(node, "_fields"):
            yield node
        rest.extend(part for part in node if isinstance(part, tuple))


def strip_spans(tree: ast.File) -> ast.File:
    """The tree with all places made equal and no comments: what a file means."""
    return cast("ast.File", _strip(tree._replace(comments=())))


def _strip(value: object) -> object:
    if isinstance(value, Span):
        return NOWHERE
    if not isinstance(value, tuple):
        return value
    parts = map(_strip, value)
    make = getattr(type(value), "_make", tuple)
    return make(parts)
