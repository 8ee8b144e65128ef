"""Matches brackets while the text is cut; reports those without a partner and mends them."""

from __future__ import annotations

import re
from typing import NamedTuple

from nndsl.syntax.errors import DEPTH, UNCLOSED, UNEXPECTED, UNOPENED
from nndsl.syntax.report import GaveUp, Report
from nndsl.syntax.tokens import NL, OPENERS, Token

MAX_DEPTH = 200
CLOSER_KINDS = {")": "RPAR", "]": "RSQB", "}": "RBRACE"}
# What follows holds in no valid text inside of brackets, so nothing right is called wrong:
# a declaration of a file at the left margin of braces,
DECLARES = re.compile(
    r"(?:model|block)[ \t]+[A-Za-z_]|(?:import|from)[ \t]*[\"']|train[ \t]*(?:\w+[ \t]*)?\{"
)
# a word that begins a line and a name behind it,
LINE_WORDS = re.compile(
    r"(?:input|output|let|shared|weight|push|loss|model|block|train)[ \t]+"
    r"(?!(?:and|or|in|not|if|else|for)\b)[A-Za-z_]"
)
# and an operand on a new line right behind another, with none of these between them.
GOES_ON = re.compile(r"[-+*/%@<>=!)\]}(\[{,.:]|(?:and|or|in|not|if|else|for)\b")
OPERANDS = frozenset(
    ["NAME", "INT", "FLOAT", "STRING", "OPEN", "TRUE", "FALSE", "NONE", "UNDERSCORE", "INPUT"]
) | {"RPAR", "RSQB", "RBRACE"}


class Open(NamedTuple):
    """An opening bracket; `indent` is that of its line."""

    text: str
    start: int
    indent: int


class Brackets:
    """The brackets that are open at a place."""

    def __init__(self, text: str, tokens: list[Token], report: Report) -> None:
        self.text = text
        self.tokens = tokens
        self.report = report
        self.stack: list[Open] = []
        self.suspect: Open | None = None
        self.split: Open | None = None
        self.first = 0
        self.indent = 0

    def flat(self) -> bool:
        """True where newlines count: outside of ( ) and [ ]."""
        return not self.stack or self.stack[-1].text == "{"

    def opened(self, text: str, start: int) -> None:
        """An opening bracket."""
        self.stack.append(Open(text, start, self.indent))
        if len(self.stack) > MAX_DEPTH:
            self.report.error(
                DEPTH,
                (start, start + 1),
                f"brackets and braces are nested more than {MAX_DEPTH} deep",
                "give an inner part a name with `let`, or make it a block",
            )
            raise GaveUp

    def closed(self, text: str, start: int) -> bool:
        """A closing bracket: True where it becomes a token; braces do always."""
        partner = self._partner(text)
        if partner is None and text != "}":
            self._unopened(text, start)
            return False
        if text == "}" and self.tokens and self.tokens[-1].kind == NL:
            self.tokens.pop()
        if partner is None:
            self.finish(start)
            return True
        while self.stack[-1] is not partner:
            self._missing(self._last_end())
        self.stack.pop()
        if text == "}" and start == self.first and self.indent < partner.indent:
            self.suspect = partner
        return True

    def _partner(self, text: str) -> Open | None:
        """The bracket that this one closes; ) and ] do not reach over a brace."""
        for one in reversed(self.stack):
            if OPENERS[one.text] == text:
                return one
            if one.text == "{":
                return None
        return None

    def _unopened(self, text: str, start: int) -> None:
        labels = []
        if self.stack:
            top = self.stack[-1]
            wanted = OPENERS[top.text]
            labels = [self.report.label(top.start, top.start + 1, f"open here, wants `{wanted}`")]
        self.report.error(
            UNOPENED,
            (start, start + 1),
            f"`{text}` closes nothing",
            "remove it, or write the opening one where it belongs",
            labels,
        )

    def new_line(self, start: int, at: int) -> None:
        """A line begins (blanks at `start`, text at `at`): was a bracket forgotten before it?"""
        self.first, self.indent = at, at - start
        if not self.stack or at == len(self.text):
            return
        if self.indent == 0 and DECLARES.match(self.text, at):
            while self.stack:
                self._missing(self._last_end(), at)
        while not self.flat() and self._forgotten(at):
            self._missing(self._last_end())

    def _forgotten(self, at: int) -> bool:
        """True where this line cannot be the inside of the bracket that is open."""
        if LINE_WORDS.match(self.text, at):
            return True
        if self.tokens[-1].kind not in OPERANDS or GOES_ON.match(self.text, at):
            return False
        return self.indent <= self.stack[-1].indent

    def finish(self, end: int) -> None:
        """The text ends: everything still open is missing its partner."""
        while self.stack:
            self._missing(self._last_end(), end)

    def separator(self, at: int) -> None:
        """A `;`: between lines, so wrong inside of ( ) and [ ]; said once for each of them."""
        if self.flat() or self.split is self.stack[-1]:
            return
        top = self.split = self.stack[-1]
        self.report.error(
            UNEXPECTED,
            (at, at + 1),
            f"`;` inside of `{top.text}`",
            f"close it by `{OPENERS[top.text]}` before, or separate items by `,`",
            [self.report.label(top.start, top.start + 1, "opened here")],
        )

    def forgive(self, at: int) -> None:
        """Closes what this line opened, in silence: what is wrong with it has been said."""
        while not self.flat() and self.stack[-1].start >= self.first:
            self._close(at)

    def _close(self, at: int) -> None:
        """Closes the innermost bracket by an empty token."""
        text = OPENERS[self.stack.pop().text]
        self.tokens.append(Token(CLOSER_KINDS[text], text, at, at))

    def _missing(self, at: int, seen: int | None = None) -> None:
        """Reports the innermost open bracket and closes it at an offset."""
        shown = top = self.stack[-1]
        if top is self.split:
            self._close(at)
            return
        if top.text == "{" and self.suspect is not None:
            shown, self.suspect = self.suspect, None
        where = at if seen is None else seen
        self.report.error(
            UNCLOSED,
            (where, where + 1) if seen is not None and seen < len(self.text) else (at - 1, at),
            f"`{shown.text}` is never closed",
            f"write `{OPENERS[top.text]}`",
            [self.report.label(shown.start, shown.start + 1, "opened here")],
        )
        self._close(at)

    def _last_end(self) -> int:
        return self.tokens[-1].end if self.tokens else 0
