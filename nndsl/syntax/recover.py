"""After a syntax error: drops the line that has it and finds the place to go on."""

from __future__ import annotations

from nndsl.syntax.explain import explain
from nndsl.syntax.machine import Machine
from nndsl.syntax.tokens import CLOSERS, END, NL, OPENERS

LISTS = frozenset(["lines", "settings", "declarations"])


def recover(machine: Machine, at: int) -> int | None:
    """Reports the error at a token; gives the token to go on with, None where there is none."""
    at = explain(machine, at)
    if at < 0:
        return ~at
    keep = _innermost(machine)
    at = _line_end(machine, at)
    first = machine.tokens[at - 1].kind == NL if at else False
    machine.drop(keep)
    kind = machine.tokens[at].kind
    begun = machine.symbols[machine.states[-1]] in LISTS
    if kind == NL and not begun:
        return at + 1
    if kind == END and not begun and keep == 0 and not first:
        return at if END in machine.rows[machine.states[-1]] else None
    return at


def _innermost(machine: Machine) -> int:
    """How many symbols to keep: up to the innermost open brace and the lines read in it."""
    symbols = machine.symbols
    for height in range(len(machine.states) - 1, 0, -1):
        symbol = symbols[machine.states[height]]
        if symbol in LISTS or symbol == "LBRACE":
            return height
    return 0


def _line_end(machine: Machine, at: int) -> int:
    """The next NL, closing brace or end that belongs to the innermost open brace."""
    depth = 0
    tokens = machine.tokens
    while tokens[at].kind != END:
        text = tokens[at].text
        if text in OPENERS and tokens[at].kind != "STRING":
            depth += 1
        elif text in CLOSERS:
            if depth == 0 and text == "}":
                return at
            depth -= depth > 0
        elif tokens[at].kind == NL and depth == 0:
            return at
        at += 1
    return at
