"""Makes the parsing tables from grammars/nn.lark with lark's LALR analysis.

`make tables` writes them into the package; a normal run imports nothing of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import lark
from lark.lexer import Lexer, PatternStr

from nndsl.syntax.packed import pack
from nndsl.syntax.tables import Rule, Tables, fingerprint

STARTS = ["file", "expression"]
HEADER = '''"""The packed parsing tables: written by `make tables` from grammars/nn.lark."""

# ruff: noqa
# fmt: off
from nndsl.syntax.packed import Packed

PACKED = Packed(
'''
WIDTH = 96


class _NoLexer(Lexer):
    """Lark makes the tables only; nndsl/syntax/lexer.py cuts the text."""

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[lark.Token]:
        yield from ()


def analyse(grammar: str) -> Tables:
    """The tables of a grammar; raises lark.exceptions.GrammarError on a conflict."""
    found: Any = lark.Lark(
        grammar, parser="lalr", lexer=_NoLexer, strict=True, start=STARTS, maybe_placeholders=True
    )
    table = found.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(found.rules)}
    found_rows = [_row(table.states[state], numbers) for state in range(len(table.states))]
    order = _order(found_rows, [table.start_states[start] for start in STARTS])
    rows = [_renumbered(found_rows[state], order) for state in order]
    symbols = _symbols(rows)
    for end in table.end_states.values():
        rows[order[end]]["$END"] = order[end]
    keywords, literals, patterns = _terminals(found.terminals)
    name = re.compile(dict(patterns)["NAME"])
    reserved = frozenset(word for word in keywords if not name.fullmatch(word))
    return Tables(
        grammar=fingerprint(grammar),
        lark=lark.__version__,
        pattern=_pattern(patterns, literals, reserved),
        literals=literals,
        keywords=keywords,
        reserved=reserved,
        rules=tuple(_rule(rule) for rule in found.rules),
        rows=tuple(rows),
        starts={start: order[table.start_states[start]] for start in STARTS},
        symbols=symbols,
    )


def _row(actions: dict[str, tuple[Any, Any]], numbers: dict[Any, int]) -> dict[str, int]:
    row = {}
    for symbol, (action, target) in sorted(actions.items()):
        row[symbol] = ~numbers[target] if action.name == "Reduce" else int(target)
    return row


def _order(rows: list[dict[str, int]], starts: list[int]) -> dict[int, int]:
    """New numbers of the states, breadth first: lark's own depend on Python's hash seed."""
    order = {state: number for number, state in enumerate(starts)}
    queue = list(starts)
    for state in queue:
        for _, target in sorted(rows[state].items()):
            if target >= 0 and target not in order:
                order[target] = len(order)
                queue.append(target)
    return order


def _renumbered(row: dict[str, int], order: dict[int, int]) -> dict[str, int]:
    return {symbol: target if target < 0 else order[target] for symbol, target in row.items()}


def _symbols(rows: Iterable[dict[str, int]]) -> tuple[str, ...]:
    """The symbol that leads into each state; every state of an LR automaton has just one."""
    rows = list(rows)
    symbols = [""] * len(rows)
    for row in rows:
        for symbol, target in row.items():
            if target >= 0:
                symbols[target] = symbol
    return tuple(symbols)


def _terminals(
    terminals: Iterable[Any],
) -> tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]:
    """Keywords and punctuation by their text, and the patterns of the rest, first to last."""
    keywords, literals, patterns = {}, {}, []
    for terminal in sorted(terminals, key=lambda one: (-one.priority, one.name)):
        if not isinstance(terminal.pattern, PatternStr):
            patterns.append((terminal.name, terminal.pattern.value))
        elif re.fullmatch(r"\w+", terminal.pattern.value):
            keywords[terminal.pattern.value] = terminal.name
        else:
            literals[terminal.pattern.value] = terminal.name
    return keywords, literals, patterns


def _pattern(
    patterns: list[tuple[str, str]], literals: Iterable[str], reserved: Iterable[str]
) -> str:
    """One regular expression for every token; the name of the group that matched is its kind."""
    words = "|".join(sorted(reserved, key=lambda word: (-len(word), word)))
    marks = "|".join(re.escape(text) for text in sorted(literals, key=lambda one: (-len(one), one)))
    groups = [f"(?P<{name}>{pattern})" for name, pattern in patterns]
    return "|".join([*groups, rf"(?P<word>(?:{words})\b)", f"(?P<mark>{marks})"])


def _rule(rule: lark.grammar.Rule) -> Rule:
    """Which parts a production keeps, by lark's own conventions."""
    keep_all = rule.options.keep_all_tokens
    pick: list[int] = []
    spread: list[bool] = []
    empty = list(rule.options.empty_indices) or [False] * len(rule.expansion)
    at = 0
    for missing in empty:
        if missing:
            pick.append(-1)
            spread.append(False)
            continue
        symbol = rule.expansion[at]
        if keep_all or not getattr(symbol, "filter_out", False):
            pick.append(at)
            spread.append(not symbol.is_term and symbol.name.startswith("__"))
        at += 1
    origin = str(rule.origin.name)
    return Rule(
        origin=origin,
        length=len(rule.expansion),
        builder=_builder(rule, pick),
        pick=tuple(pick),
        spread=tuple(spread),
        spreads=any(spread),
        listed=origin.startswith("__"),
    )


def _builder(rule: lark.grammar.Rule, pick: list[int]) -> str:
    """The builder's name; none where the value passes through or is a list for the parent."""
    if rule.alias:
        return "" if rule.alias == "same" else str(rule.alias)
    name = str(rule.origin.name)
    transparent = rule.options.expand1 and len(pick) == 1
    return "" if transparent or name.startswith("__") else name


def render(tables: Tables) -> str:
    """The Python text of the packed tables."""
    packed = pack(tables)
    lines = [HEADER.rstrip("\n")]
    for field in packed._fields:
        value: int | str = getattr(packed, field)
        if isinstance(value, int):
            lines.append(f"    {field}={value},")
            continue
        parts = [value[at : at + WIDTH] for at in range(0, len(value), WIDTH)]
        lines += [f"    {field}=(", *(f"        {part!r}" for part in parts), "    ),"]
    return "\n".join([*lines, ")", ""])
