"""Finds the parsing tables: those in the package where they fit the grammar, else from lark."""

from __future__ import annotations

from functools import lru_cache

from nndsl._resources import grammar_text
from nndsl.syntax._tables import PACKED
from nndsl.syntax.packed import unpack
from nndsl.syntax.tables import Tables, fingerprint


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables of the grammar; an edited grammar is analysed by lark, in memory.

    What lark made is all in the packed tables, so that another lark at run time does no harm.
    """
    try:
        text = grammar_text()
    except OSError:
        return unpack(PACKED)
    return tables_for(text)


def tables_for(text: str) -> Tables:
    """The tables of this grammar."""
    if fingerprint(text) == PACKED.grammar:
        return unpack(PACKED)
    from nndsl.syntax.generate import analyse

    return analyse(text)
