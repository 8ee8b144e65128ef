"""After a syntax error: leaves out the line that has it and finds the place to go on."""

from __future__ import annotations

from nndsl.syntax.explain import explain
from nndsl.syntax.holes import hole
from nndsl.syntax.machine import Machine
from nndsl.syntax.repair import line_of
from nndsl.syntax.tokens import END, NAME, NL, Token

LISTS = frozenset(["lines", "settings", "declarations"])
DECLARATIONS = frozenset(["model", "block", "train", "import", "from", "let", "nn"])


def recover(machine: Machine, at: int) -> int | None:
    """Reports the error at a token; gives the token to go on with, None where there is none."""
    keep = _innermost(machine)
    mended = explain(machine, at, line_of(machine, at, keep))
    if mended is not None:
        return mended
    start = min([*machine.starts[keep : keep + 1], machine.tokens[at].start])
    machine.drop(keep)
    begun = machine.symbols[machine.states[-1]]
    at = _line_end(machine, at, begun in ("", "declarations"))
    _leave_out(machine, start, at, begun)
    begun = machine.symbols[machine.states[-1]]
    if machine.tokens[at].kind == NL and begun not in LISTS:
        return at + 1
    return at if machine.takes(machine.tokens[at].kind) else None


def _leave_out(machine: Machine, start: int, at: int, begun: str) -> None:
    """Remembers the names of a part that is left out, and puts a hole in its place in a body."""
    report, tokens, end = machine.report, machine.tokens, machine.tokens[at].start
    while at > 0 and tokens[at - 1].start >= start:
        at -= 1
        if tokens[at].kind == NAME:
            report.doubtful.add(tokens[at].text)
    line = hole(report.span(start, max(start, end)))
    if begun == "lines":
        machine.values[-1].append(line)
    elif begun == "LBRACE":
        machine.put("lines", [line], start, end)


def _innermost(machine: Machine) -> int:
    """How many symbols to keep: up to the innermost open brace and the lines read in it."""
    closed = 0
    for height in range(len(machine.states) - 1, 0, -1):
        symbol = machine.symbols[machine.states[height]]
        closed += symbol == "RBRACE"
        if not closed and (symbol in LISTS or symbol == "LBRACE"):
            return height
        closed -= symbol == "LBRACE"
    return 0


def _line_end(machine: Machine, at: int, in_file: bool) -> int:
    """The next NL, closing brace or end that belongs to the innermost open brace.

    In a file that is the NL before the next declaration: lines that lost their head say nothing.
    """
    depth = 0
    tokens = machine.tokens
    while tokens[at].kind != END:
        token = tokens[at]
        if token.kind in ("LPAR", "LSQB", "LBRACE"):
            depth += 1
        elif token.kind == "RBRACE" and depth == 0 and not in_file:
            return at
        elif token.kind in ("RPAR", "RSQB", "RBRACE"):
            depth -= depth > 0
        elif (
            token.kind == NL and depth == 0 and (not in_file or _declares(machine, tokens[at + 1]))
        ):
            return at
        at += 1
    return at


def _declares(machine: Machine, token: Token) -> bool:
    """True where a declaration of a file may begin; `let` begins lines of bodies too."""
    text = machine.report.source.text
    left = text[token.start - 1 : token.start] in ("", "\n")
    return token.text in DECLARATIONS and (left or token.text != "let")
