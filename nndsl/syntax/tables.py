"""The parsing tables: all that lexer and parser know of the grammar."""

from __future__ import annotations

import zlib

from nndsl._record import NamedTuple


class Rule(NamedTuple):
    """One production: how many symbols it takes off the stack, and what becomes of them.

    `pick` are the positions that its builder gets; -1 stands for a part that was left out. A
    `spread` position holds a list whose items the builder gets one by one; `spreads` where there
    is one. `builder` is empty where the only part is the value. A `listed` rule makes such a list.
    """

    origin: str
    length: int
    builder: str
    pick: tuple[int, ...]
    spread: tuple[bool, ...]
    spreads: bool
    listed: bool


class Tables(NamedTuple):
    """Everything that lexer and parser need to know of the grammar.

    `rows[state]` maps a symbol to a state to go to (0 and up) or to a rule to reduce (`~rule`).
    """

    grammar: int
    lark: str
    pattern: str
    literals: dict[str, str]
    keywords: dict[str, str]
    reserved: frozenset[str]
    rules: tuple[Rule, ...]
    rows: tuple[dict[str, int], ...]
    starts: dict[str, int]
    symbols: tuple[str, ...]


def fingerprint(grammar: str) -> int:
    """What tells one grammar from another: the checksum of its text."""
    return zlib.crc32(grammar.replace("\r\n", "\n").encode())
