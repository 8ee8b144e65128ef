"""Looking at a code tree: its nodes, and the names that it mentions."""

from collections.abc import Iterator

from nndsl.emit.tree import Name

LEAVES = frozenset([str, int, float, bool, type(None)])


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
            fields = kind.__match_args__  # type: ignore[attr-defined]
            stack.extend([getattr(node, each) for each in fields])


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
            fields = kind.__match_args__  # type: ignore[attr-defined]
            stack.extend([getattr(node, each) for each in fields])
    return frozenset(found)
