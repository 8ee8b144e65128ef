"""Breaks what stands between two braces: before `->`, else inside of brackets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from nndsl.syntax.pieces import ROWS, Leaf

WIDTH = 100
STEP = "  "
DEPTH = {"LPAR": 1, "LSQB": 1, "RPAR": -1, "RSQB": -1}
ARROW = "->"
Leaves: TypeAlias = Sequence[Leaf]


def flat(leaves: Leaves, bare: bool = False) -> str:
    """The leaves on one line; `bare` without the blank before the first."""
    text = "".join(leaf.gap + leaf.text for leaf in leaves)
    return text.lstrip(" ") if bare else text


def commented(leaves: Leaves) -> bool:
    """True where a comment stands between two of the leaves."""
    behind = any(leaf.after for leaf in leaves[:-1])
    return behind or any(any(leaf.before) for leaf in leaves[1:])


def laid(leaves: Leaves) -> bool:
    """True where the items of a bracket stand below each other."""
    return any(leaf.kind == ROWS for leaf in leaves)


def print_run(leaves: Leaves, prefix: str, indent: str, reserve: int = 0) -> list[str]:
    """The lines of some leaves; the first one goes on behind `prefix`.

    `reserve` columns of the last line are kept free.
    """
    if _fits(leaves, prefix, reserve):
        return [_join(prefix, leaves)]
    depths = _depths(leaves)
    if not depths or depths[-1] or min(depths) < 0:
        return linear(leaves, prefix, indent + STEP)
    cuts = [at for at, leaf in enumerate(leaves) if leaf.text == ARROW and not depths[at] and at]
    return _print_chunks(_cut(leaves, cuts), prefix, indent, reserve)


def _print_chunks(chunks: list[Leaves], prefix: str, indent: str, reserve: int) -> list[str]:
    """Stages, as many on a line as fit; a comment ends a line."""
    out = _print_chunk(chunks[0], prefix, indent, reserve)
    for before, chunk in pairwise(chunks):
        comments = [text for text in chunk[0].before if text]
        free = not comments and not before[-1].after
        if free and _fits(chunk, out[-1], reserve):
            out[-1] = _join(out[-1], chunk)
            continue
        _end_line(out, before[-1])
        out += [indent + STEP + text for text in comments]
        out += _print_chunk(chunk, indent + STEP, indent + STEP, reserve)
    return out


def _print_chunk(leaves: Leaves, prefix: str, indent: str, reserve: int) -> list[str]:
    """One stage: flat, or with its widest bracket broken, one with comments before all others."""
    if _fits(leaves, prefix, reserve):
        return [_join(prefix, leaves)]
    group = _group(leaves)
    if group is None:
        return linear(leaves, prefix, indent + STEP)
    start, end = group
    head, inner, tail = leaves[: start + 1], leaves[start + 1 : end], leaves[end:]
    out = [_join(prefix, head)]
    _end_line(out, head[-1])
    out += _print_items(inner, indent + STEP)
    out += [indent + STEP + text for text in tail[0].before if text]
    closing = [tail[0]._replace(before=()), *tail[1:]]
    return out + _print_chunk(closing, indent, indent, reserve)


def _group(leaves: Leaves) -> tuple[int, int] | None:
    """The bracket to break; None where there is none, or a comment stands outside of them all."""
    groups, opened = [], 0
    depths = _depths(leaves)
    for at, leaf in enumerate(leaves):
        if leaf.kind in ("LPAR", "LSQB") and depths[at] == 1:
            opened = at
        elif leaf.kind in ("RPAR", "RSQB") and depths[at] == 0 and at > opened + 1:
            groups.append((opened, at))
    outside = _outside(leaves, groups)
    if not groups or commented(outside):
        return None
    for start, end in groups:
        if commented(leaves[start : end + 1]) or laid(leaves[start:end]):
            return start, end
    return max(groups, key=lambda group: len(flat(leaves[group[0] : group[1]])))


def _outside(leaves: Leaves, groups: list[tuple[int, int]]) -> Leaves:
    """The leaves that no bracket holds; what stands at a bracket's inner side counts as held."""
    out: list[Leaf] = []
    at = 0
    for start, end in groups:
        out += [*leaves[at:start], leaves[start]._replace(after="")]
        out.append(leaves[end]._replace(before=()))
        at = end + 1
    return [*out, *leaves[at:]]


def _print_items(leaves: Leaves, indent: str) -> list[str]:
    """The items of a bracket: as many on a line as fit; one a line if one has comments or lines."""
    rows = leaves[-1].kind == ROWS
    if rows:
        leaves = [*leaves[:-1], leaves[-1]._replace(kind="COMMA")]
    depths = _depths(leaves)
    cuts = [at + 1 for at, leaf in enumerate(leaves) if leaf.text == "," and not depths[at]]
    items = _cut(leaves, [at for at in cuts if at < len(leaves)])
    whole = rows or any(leaf.after or any(leaf.before) for leaf in leaves)
    out: list[str] = []
    for item in items:
        if out and not whole and _fits(item, out[-1], 0):
            out[-1] = _join(out[-1], item)
            continue
        out += [indent + text for text in item[0].before if text]
        lines = print_run([item[0]._replace(before=()), *item[1:]], indent, indent)
        _end_line(lines, item[-1])
        out += lines
        whole = whole or len(lines) > 1
    return out


def linear(leaves: Leaves, prefix: str, indent: str) -> list[str]:
    """Leaf after leaf; only comments break the line. The last one's comment is left out."""
    out = [prefix]
    for number, leaf in enumerate(leaves):
        comments = [text for text in leaf.before if text]
        if comments and number:
            if not out[-1].strip():
                out.pop()
            out += [*(indent + text for text in comments), indent]
        if leaf.kind != ROWS or leaf.after:
            out[-1] = _join(out[-1], [leaf])
        if leaf.after and number < len(leaves) - 1:
            _end_line(out, leaf)
            out.append(indent)
    return out


def _end_line(out: list[str], last: Leaf) -> None:
    """Adds the comment behind the last leaf of a line."""
    if last.after:
        out[-1] += f"  {last.after}"


def _join(prefix: str, leaves: Leaves) -> str:
    return prefix + flat(leaves, bare=not prefix.strip())


def _fits(leaves: Leaves, prefix: str, reserve: int) -> bool:
    return (
        not commented(leaves) and not laid(leaves) and len(_join(prefix, leaves)) + reserve <= WIDTH
    )


def _depths(leaves: Leaves) -> list[int]:
    """How many brackets are open behind each leaf."""
    depths, depth = [], 0
    for leaf in leaves:
        depth += DEPTH.get(leaf.kind, 0)
        depths.append(depth)
    return depths


def _cut(leaves: Leaves, cuts: list[int]) -> list[Leaves]:
    """The leaves, cut before each of these places."""
    bounds = [0, *cuts, len(leaves)]
    return [leaves[start:end] for start, end in pairwise(bounds)]
