"""Looking at a code tree: its nodes, and the names that it mentions."""

from collections.abc import Iterator

from nndsl.emit.tree import Name


def parts(node: object) -> tuple[object, ...]:
    """What stands directly inside a node: its fields, or a tuple's items."""
    if isinstance(node, tuple | list):
        return tuple(node)
    return tuple(getattr(node, each) for each in getattr(node, "__match_args__", ()))


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
