"""Looking at a code tree: its nodes, and the names that it mentions."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from types import NoneType
from typing import Literal, TypeAlias, get_args, get_origin

from nndsl.emit.tree import Assign, Attr, Call, Const, Name

LEAVES = frozenset([str, int, float, bool, NoneType])


def parts(node: object) -> tuple[object, ...]:
    """What stands directly inside a node: its fields, or a tuple's items."""
    if isinstance(node, tuple | list):
        return tuple(node)
    return _PARTS[type(node)](node)


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
            stack.extend(INSIDE[kind](node))


def rebuilt(node: object, change: Callable[[object], object | None]) -> object:
    """The code with other nodes: `change` gives what stands for one, or None to look inside."""
    kind = type(node)
    if kind is tuple or kind is list:
        return kind(rebuilt(item, change) for item in node)  # type: ignore[attr-defined]
    if kind in LEAVES:
        return node
    made = change(node)
    return kind(*(rebuilt(each, change) for each in parts(node))) if made is None else made


def names(*code: object) -> frozenset[str]:
    """Every plain name that the code mentions (not the names after a dot)."""
    found: set[str] = set()
    stack: list[object] = [*code]
    while stack:  # as `nodes` does, without a generator: it runs over every piece of code
        node = stack.pop()
        kind = type(node)
        while kind is Attr:
            node = node.value  # type: ignore[attr-defined]
            kind = type(node)
        if kind is Name:
            found.add(node.id)  # type: ignore[attr-defined]
        elif kind is Call:
            stack.append(node.func)  # type: ignore[attr-defined]
            stack += node.args  # type: ignore[attr-defined]
            if node.kwargs:  # type: ignore[attr-defined]
                stack += [value for _, value in node.kwargs]  # type: ignore[attr-defined]
        elif kind is tuple or kind is list:
            stack += node  # type: ignore[arg-type]  # it is one
        elif kind not in ENDS:
            stack += INSIDE[kind](node)
    return frozenset(found)


def inside(node: object) -> tuple[object, ...]:
    """What stands directly in the fields of a node that may hold nodes; not its texts."""
    return INSIDE[type(node)](node)


_Getter: TypeAlias = Callable[[object], tuple[object, ...]]


class _Fields(dict[type, _Getter]):
    """For a kind of node what gives its fields; each kind is looked at once."""

    def __missing__(self, kind: type) -> _Getter:
        found = self[kind] = _getter(self.of(kind))
        return found

    def of(self, kind: type) -> list[str]:
        """The names of the fields; none of what is no node."""
        return list(getattr(kind, "__match_args__", ()))


class _Inside(_Fields):
    """As `_Fields`, of those that may hold nodes."""

    def of(self, kind: type) -> list[str]:
        notes = getattr(kind, "__annotations__", {})
        return [name for name in super().of(kind) if not _is_plain(notes.get(name))]


def _call(node: Call) -> tuple[object, ...]:
    if not node.kwargs:
        return (node.func, *node.args)
    return (node.func, *node.args, *[value for _, value in node.kwargs])


def _assign(node: Assign) -> tuple[object, ...]:
    return (*node.targets, node.value, node.annotation)


def _getter(fields: list[str]) -> _Getter:
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


ENDS = LEAVES | {Const}
_PARTS = _Fields()
INSIDE = _Inside()
# Without tuples between, as most code is made of these; each is called for its own kind alone.
INSIDE[Call] = _call  # type: ignore[assignment]
INSIDE[Assign] = _assign  # type: ignore[assignment]
