"""The place of a syntax error, as the rules that explain it see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from nndsl.diagnostics import Label
from nndsl.syntax.machine import Machine
from nndsl.syntax.tokens import CLOSERS, END, NL, Token

VALUES = frozenset(["NAME", "INT", "FLOAT", "STRING", "OPEN", "TRUE", "FALSE", "NONE"])
OPERANDS = VALUES | {"UNDERSCORE", "INPUT", "RPAR", "RSQB"}
BRACKETS = frozenset(["LPAR", "LSQB", "LBRACE"])
CLOSING = frozenset(["RPAR", "RSQB", "RBRACE"])
FAR = 400  # tokens that are looked at
NOTHING = Token(NL, "", 0, 0)


class Verdict(NamedTuple):
    """What to say of an error. With `go_on` the parser continues at that token."""

    code: str
    message: str
    fix: str
    place: tuple[int, int] | None = None
    labels: tuple[Label, ...] = ()
    go_on: int | None = None


class Spot:
    """A token that the parser cannot take, with what stands around it."""

    def __init__(self, machine: Machine, at: int) -> None:
        self.machine = machine
        self.tokens = machine.tokens
        self.at = at
        self.token = machine.tokens[at]
        self.before = machine.tokens[at - 1] if at else NOTHING
        self.after = machine.tokens[at + 1] if self.token.kind != END else NOTHING
        self.line = self._line()

    def _line(self) -> int:
        """The index of the first token of the line that the error is on."""
        at = self.at
        while at > 0 and self.tokens[at - 1].kind not in (NL, "LBRACE", "RBRACE"):
            at -= 1
        return at

    @property
    def first(self) -> Token:
        """The first token of the line."""
        return self.tokens[self.line]

    def takes(self, kind: str) -> bool:
        """True where the parser could take a token of this kind instead."""
        return self.machine.takes(kind)

    def inside(self) -> str:
        """The innermost bracket that is open: LPAR, LSQB, LBRACE, or nothing at file level."""
        closed = 0
        for state in reversed(self.machine.states):
            symbol = self.machine.symbols[state]
            closed += symbol in CLOSING
            if symbol in BRACKETS and not closed:
                return symbol
            closed -= symbol in BRACKETS
        return ""

    def word(self, at: int) -> str:
        """The text of a token near by; empty outside of the file."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def rest(self) -> str:
        """The text of the line from the error on."""
        return self._until_newline(self.token.start)

    def line_from(self, token: Token) -> str:
        """The text of the line from a token on, as far as it says something."""
        return self._until_newline(token.start).partition("#")[0].rstrip(" \t\r;},")

    def _until_newline(self, start: int) -> str:
        text = self.machine.report.source.text
        end = text.find("\n", start)
        return text[start : end if end >= 0 else len(text)]

    def bracketed(self, at: int) -> str:
        """The text between the bracket at a token and its partner, or the end of the line."""
        depth, text = 0, self.machine.report.source.text
        start = self.tokens[at].end
        for token in self.tokens[at : at + FAR]:
            depth += token.kind in BRACKETS
            depth -= token.kind in CLOSING
            if not depth or token.kind in (NL, END):
                return text[start : token.start]
        return ""

    def opening(self, at: int) -> int:
        """The index of the bracket that the one at a token closes; -1 where it is far away."""
        depth = 0
        for index in range(at, max(at - FAR, -1), -1):
            depth += self.tokens[index].kind in CLOSING
            depth -= self.tokens[index].kind in BRACKETS
            if not depth:
                return index
        return -1

    def begins(self) -> bool:
        """True where the error is at the first token of its line."""
        return self.at == self.line

    def replace(self, kind: str, text: str) -> int:
        """Puts another token in place of this one; gives its place, to go on there."""
        self.tokens[self.at] = Token(kind, text, self.token.start, self.token.end)
        return self.at

    def insert(self, kind: str, text: str) -> int:
        """Puts an empty token before this one; gives its place, to go on there."""
        self.tokens.insert(self.at, Token(kind, text, self.before.end, self.before.end))
        return self.at

    def told(self, codes: Collection[str]) -> bool:
        """True where one of these errors stands before in the file."""
        return any(item.code in codes for item in self.machine.report.own())

    def closes(self) -> bool:
        """True where the token ends something: a line, a file, a bracket."""
        return self.token.kind in (NL, END) or self.token.text in CLOSERS
