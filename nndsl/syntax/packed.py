"""Parsing tables as text that loads in a millisecond, and back.

A row is `action:symbol.symbol,action:symbol`, rows are separated by `|`; symbols are numbers in
the list of all symbols. A rule is `origin length builder part part`, a part being the position,
`-1` or `3*` where it is spread; `-` is no builder.
"""

from __future__ import annotations

from nndsl._record import NamedTuple
from nndsl.syntax.tables import Rule, Tables


class Packed(NamedTuple):
    """The fields of Tables as numbers and strings."""

    grammar: int
    lark: str
    pattern: str
    literals: str
    keywords: str
    reserved: str
    names: str
    rules: str
    rows: str
    starts: str
    symbols: str


def pack(tables: Tables) -> Packed:
    """The text of tables; `unpack` gives them back."""
    names = sorted({symbol for row in tables.rows for symbol in row} | set(tables.symbols))
    numbers = {name: number for number, name in enumerate(names)}
    return Packed(
        grammar=tables.grammar,
        lark=tables.lark,
        pattern=tables.pattern,
        literals=_pack_words(tables.literals),
        keywords=_pack_words(tables.keywords),
        reserved=" ".join(sorted(tables.reserved)),
        names=",".join(names),
        rules=";".join(_pack_rule(rule) for rule in tables.rules),
        rows="|".join(_pack_row(row, numbers) for row in tables.rows),
        starts=_pack_words({name: str(state) for name, state in tables.starts.items()}),
        symbols=" ".join(str(numbers[name]) for name in tables.symbols),
    )


def unpack(packed: Packed) -> Tables:
    """The tables of a text that `pack` made."""
    names = packed.names.split(",")
    return Tables(
        grammar=packed.grammar,
        lark=packed.lark,
        pattern=packed.pattern,
        literals=_words(packed.literals),
        keywords=_words(packed.keywords),
        reserved=frozenset(packed.reserved.split()),
        rules=tuple(_rule(text) for text in packed.rules.split(";")),
        rows=tuple(_row(text, names) for text in packed.rows.split("|")),
        starts={name: int(state) for name, state in _words(packed.starts).items()},
        symbols=tuple(names[int(number)] for number in packed.symbols.split(" ")),
    )


def _pack_words(words: dict[str, str]) -> str:
    return " ".join(f"{key} {value}" for key, value in words.items())


def _words(text: str) -> dict[str, str]:
    parts = text.split(" ")
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _pack_rule(rule: Rule) -> str:
    marked = zip(rule.pick, rule.spread, strict=True)
    parts = [f"{at}*" if spread else str(at) for at, spread in marked]
    return " ".join([rule.origin, str(rule.length), rule.builder or "-", *parts])


def _rule(text: str) -> Rule:
    origin, length, builder, *parts = text.split(" ")
    return Rule(
        origin=origin,
        length=int(length),
        builder="" if builder == "-" else builder,
        pick=tuple(int(part.rstrip("*")) for part in parts),
        spread=tuple(part.endswith("*") for part in parts),
        spreads="*" in text,
        listed=origin.startswith("__"),
    )


def _pack_row(row: dict[str, int], numbers: dict[str, int]) -> str:
    groups: dict[int, list[str]] = {}
    for symbol, action in row.items():
        groups.setdefault(action, []).append(str(numbers[symbol]))
    return ",".join(f"{action}:{'.'.join(found)}" for action, found in groups.items())


def _row(text: str, names: list[str]) -> dict[str, int]:
    row: dict[str, int] = {}
    for group in text.split(",") if text else ():
        action, _, symbols = group.partition(":")
        target = int(action)
        for symbol in symbols.split("."):
            row[names[int(symbol)]] = target
    return row
