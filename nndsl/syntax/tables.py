"""The parsing tables: those in the package where they fit the grammar, else new ones from lark."""

from __future__ import annotations

import zlib
from typing import NamedTuple

GRAMMAR_PLACES = ("../../grammars/nn.lark", "../grammars/nn.lark")


class Rule(NamedTuple):
    """One production: how many symbols it takes off the stack, and what becomes of them.

    `pick` are the positions that its builder gets; -1 stands for a part that was left out. A
    `spread` position holds a list whose items the builder gets one by one. `builder` is empty
    where the only part is the value; rules whose origin begins with `__` make such lists.
    """

    origin: str
    length: int
    builder: str
    pick: tuple[int, ...]
    spread: tuple[bool, ...]


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


def grammar_text() -> str | None:
    """The grammar's text from the checkout or the wheel; None where there is none at hand."""
    folder = __file__.rpartition("/")[0] or "."
    for place in GRAMMAR_PLACES:
        try:
            with open(f"{folder}/{place}", encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    return None


def load() -> Tables:
    """The tables of the grammar; an edited grammar is analysed by lark in memory."""
    from nndsl.syntax import _tables

    text = grammar_text()
    if text is None or fingerprint(text) == _tables.TABLES.grammar:
        return _tables.TABLES
    from nndsl.syntax.generate import analyse

    return analyse(text)
