"""The smallest change by which a line with a syntax error can be read.

One token is inserted, left out, exchanged or swapped with the next one, at the place of the error
or shortly before it. The parser's states alone are tried, on the line from its beginning: a change
counts if the whole line can be read then. An operand that is missing becomes a name without
letters, of which nothing more is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nndsl.syntax.machine import Machine
from nndsl.syntax.tokens import BAD, END, NAME, NL, Token

BACK = 3  # how many tokens before the error may be the wrong one
LONGEST = 400  # tokens of a line that are tried
RESERVED = frozenset(
    ["and", "else", "false", "for", "frozen", "if", "in", "input", "none", "not", "or", "repeat",
     "true", "_"]
)  # fmt: skip
INSERTED = (",", "->", "=", ":", "in", "else", "if", "+")
REPLACED = ("=", ":", ",", "->", "==", "in", "else")


class Repair(NamedTuple):
    """tokens[at : at + drop] become `new`; `kind` is insert, delete, replace, swap or twice."""

    kind: str
    at: int
    drop: int
    new: tuple[Token, ...]


class Line(NamedTuple):
    """The part of the text that is tried: tokens[start:end], after `keep` symbols of the stack."""

    keep: int
    start: int
    end: int


def repair(machine: Machine, at: int, line: Line) -> Repair | None:
    """The first change that lets the line be read, the likeliest first; None where none does."""
    tokens = machine.tokens
    if line.end - line.start > LONGEST:
        return None
    states = machine.states[: line.keep + 1]
    done = reach(machine, states, tokens[line.start : max(line.start, at - BACK)])
    if done is None:
        return None
    head = max(line.start, at - BACK)
    for change in _changes(machine, at, head):
        rest = [
            *tokens[head : change.at],
            *change.new,
            *tokens[change.at + change.drop : line.end],
        ]
        if reach(machine, done, rest) is not None:
            return change
    return None


def line_of(machine: Machine, at: int, keep: int) -> Line:
    """The line of an error: from the first token that `keep` symbols do not hold to its end."""
    tokens, text = machine.tokens, machine.report.source.text
    first = machine.starts[keep] if keep < len(machine.starts) else tokens[at].start
    start = end = at
    while start > 0 and tokens[start - 1].start >= first:
        start -= 1
    newline = text.find("\n", tokens[at].start)
    last = newline if newline >= 0 else len(text)
    while tokens[end].kind != END and tokens[end].start <= last:
        end += 1
    return Line(keep, start, end)


def apply(machine: Machine, change: Repair, line: Line) -> int:
    """Changes the tokens and goes back to the line's beginning; gives the token to go on at."""
    tokens, keywords = machine.tokens, machine.keywords
    names = (one.text for one in tokens[line.start : line.end] if one.text.isidentifier())
    machine.report.doubtful.update(name for name in names if name not in keywords)
    tokens[change.at : change.at + change.drop] = change.new
    for i in range(line.start, min(line.end + len(change.new), len(tokens))):
        if tokens[i].text in keywords and tokens[i].text not in RESERVED:
            tokens[i] = tokens[i]._replace(kind=NAME)
    machine.drop(line.keep)
    return line.start


def reach(machine: Machine, states: Sequence[int], tokens: Sequence[Token]) -> list[int] | None:
    """The states after these tokens; None where one of them cannot be taken."""
    rows, rules, keywords = machine.rows, machine.rules, machine.keywords
    stack = list(states)
    for token in tokens:
        kind = token.kind
        if token.text in keywords:
            kind = keywords[token.text]
            if kind not in rows[stack[-1]] and token.text not in RESERVED:
                kind = NAME
        while True:
            action = rows[stack[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                break
            rule = rules[~action]
            del stack[len(stack) - rule.length :]
            stack.append(rows[stack[-1]][rule.origin])
        stack.append(action)
    return stack


def _changes(machine: Machine, at: int, head: int) -> Iterator[Repair]:
    """What may have been meant, the likeliest first."""
    tokens = machine.tokens
    places = range(at, head - 1, -1)
    for here in places:
        twice = here > head and tokens[here].text == tokens[here - 1].text
        if twice and tokens[here].kind not in (NL, END):
            yield Repair("twice", here, 1, ())
    yield from _inserted(machine, at, NAME, "")
    for text in INSERTED:
        yield from _inserted(machine, at, _kind(machine, text), text)
    for here in places:
        if here + 1 < len(tokens) and _movable(tokens[here]) and _movable(tokens[here + 1]):
            yield Repair("swap", here, 2, (tokens[here + 1], tokens[here]))
    for here in places:
        for text in REPLACED:
            yield from _replaced(machine, here, _kind(machine, text), text)
        yield from _replaced(machine, here, NAME, "")
    for here in places:
        if _movable(tokens[here]):
            yield Repair("delete", here, 1, ())
    for here in places[1:]:
        yield from _inserted(machine, here, NAME, "")
        for text in INSERTED:
            yield from _inserted(machine, here, _kind(machine, text), text)


def _kind(machine: Machine, text: str) -> str:
    return machine.literals.get(text) or machine.keywords.get(text, BAD)


def _movable(token: Token) -> bool:
    return token.kind not in (NL, END)


def _inserted(machine: Machine, at: int, kind: str, text: str) -> Iterator[Repair]:
    end = machine.tokens[at - 1].end if at else 0
    yield Repair("insert", at, 0, (Token(kind, text, end, end),))


def _replaced(machine: Machine, at: int, kind: str, text: str) -> Iterator[Repair]:
    old = machine.tokens[at]
    if _movable(old) and old.text != text:
        yield Repair("replace", at, 1, (Token(kind, text, old.start, old.end),))
