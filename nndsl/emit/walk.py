"""Looking at a code tree: its nodes, and the names that it mentions."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from types import NoneType
from typing import Literal, get_args, get_origin

from nndsl.emit.tree import Name

LEAVES = frozenset([str, int, float, bool, NoneType])


def parts(node: object) -> tuple[object, ...]:
    """What stands directly inside a node: its fields, or a tuple's items."""
    if isinstance(node, tuple | list):
        return tuple(node)
    return tuple(getattr(node, each) for each in getattr(node, "__match_args__", ()))


def nodes(code: object) -> Iterator[object]:
    """The node and every node inside, each before what it holds; no tuples, texts and numbers."""
    stack = [code]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple or kind is list:
            stack.extend(node)  # type: ignore[arg-type]  # it is one
        elif kind not in LEAVES:
            yield node
            stack.extend(_INSIDE[kind](node))


def names(*code: object) -> frozenset[str]:
    """Every plain name that the code mentions (not the names after a dot)."""
    found: set[str] = set()
    stack: list[object] = [*code]
    while stack:  # as `nodes` does, without a generator: it runs over every piece of code
        node = stack.pop()
        kind = type(node)
        if kind is Name:
            found.add(node.id)  # type: ignore[attr-defined]
        elif kind is tuple or kind is list:
            stack.extend(node)  # type: ignore[arg-type]  # it is one
        elif kind not in LEAVES:
            stack.extend(_INSIDE[kind](node))
    return frozenset(found)


def inside(node: object) -> tuple[object, ...]:
    """What stands directly in the fields of a node that may hold nodes; not its texts."""
    return _INSIDE[type(node)](node)


class _Inside(dict[type, Callable[[object], tuple[object, ...]]]):
    """For a kind of node what gives the fields that may hold nodes: each kind is looked at once."""

    def __missing__(self, kind: type) -> Callable[[object], tuple[object, ...]]:
        fields: tuple[str, ...] = kind.__match_args__  # type: ignore[attr-defined]
        notes = getattr(kind, "__annotations__", {})
        held = [name for name in fields if not _is_plain(notes.get(name))]
        found = self[kind] = _getter(held)
        return found


def _getter(fields: list[str]) -> Callable[[object], tuple[object, ...]]:
    if not fields:
        return lambda node: ()
    get = attrgetter(*fields)
    return get if len(fields) > 1 else lambda node: (get(node),)


def _is_plain(note: object) -> bool:
    """True for the annotation of a text or number."""
    inner = get_args(note)
    return note in LEAVES or get_origin(note) is Literal or (
        bool(inner) and get_origin(note) is not tuple and all(map(_is_plain, inner))
    )  # fmt: skip


_INSIDE = _Inside()
