"""Matches brackets while the text is cut. Where they do not match, the text is cut once more by
`careful`, which says where, and mends them."""

from __future__ import annotations

from nndsl._record import NamedTuple
from nndsl.syntax.errors import DEPTH, UNEXPECTED
from nndsl.syntax.report import GaveUp, Report
from nndsl.syntax.tokens import NL, OPENERS, Token

MAX_DEPTH = 200

_open = tuple.__new__  # without the constructor: each line has several


class Unmatched(Exception):  # noqa: N818 - control flow: the text is read again, with care
    """A bracket has no partner, or the wrong one."""


class Open(NamedTuple):
    """An opening bracket; `indent` is that of its line, `line` where that begins."""

    text: str
    start: int
    indent: int
    line: int


class Brackets:
    """The brackets that are open at a place; raises Unmatched at the first that does not match."""

    def __init__(self, text: str, tokens: list[Token], report: Report) -> None:
        self.text = text
        self.tokens = tokens
        self.report = report
        self.stack: list[Open] = []
        self.split: Open | None = None
        self.splits: list[tuple[int, Open]] = []
        self.elses: dict[int, int] = {}  # how many `else` follow one another, by depth
        self.first = 0  # where the text of this line begins
        self.indent = 0

    def flat(self) -> bool:
        """True where newlines count: outside of ( ) and [ ]."""
        return not self.stack or self.stack[-1].text == "{"

    def opened(self, text: str, start: int) -> bool:
        """An opening bracket: True where it becomes a token."""
        self.stack.append(_open(Open, (text, start, self.indent, self.first)))
        if len(self.stack) > MAX_DEPTH:
            message = f"brackets and braces are nested more than {MAX_DEPTH} deep"
            self._too_deep(start, message, "make an inner part a block, or a `let`")
        return True

    def chained(self, start: int) -> None:
        """An `else`: each is inside of the one before."""
        depth = len(self.stack)
        self.elses[depth] = self.elses.get(depth, 0) + 1
        if self.elses[depth] > MAX_DEPTH:
            message = f"`else` follows more than {MAX_DEPTH} times"
            self._too_deep(start, message, "choose by a list: `[a, b, c][i]`")

    def _too_deep(self, start: int, message: str, fix: str) -> None:
        self.report.error(DEPTH, (start, start + 1), message, fix)
        raise GaveUp

    def closed(self, text: str, start: int) -> bool:
        """A closing bracket: True where it becomes a token."""
        if not self.stack or OPENERS[self.stack[-1].text] != text:
            raise Unmatched
        self.close(text)
        return True

    def close(self, text: str) -> None:
        """Takes the innermost bracket away; no line ends before a brace."""
        if text == "}" and self.tokens and self.tokens[-1].kind == NL:
            self.tokens.pop()
        self.stack.pop()

    def new_line(self, start: int, at: int) -> None:
        """A line begins: blanks at `start`, text at `at`."""
        self.first, self.indent = at, at - start

    def finish(self, end: int) -> None:
        """The text ends."""
        if self.stack:
            raise Unmatched
        self.tell()

    def separator(self, at: int) -> None:
        """A `;`: between lines, so wrong inside of ( ) and [ ]; said once for each of them."""
        if self.flat() or self.split is self.stack[-1]:
            return
        self.split = self.stack[-1]
        self.splits.append((at, self.split))

    def tell(self) -> None:
        """Reports the `;` inside of brackets, at the end of a text that is read once only."""
        for at, top in self.splits:
            self.report.error(
                UNEXPECTED,
                (at, at + 1),
                f"`;` inside of `{top.text}`",
                f"close it by `{OPENERS[top.text]}` before, or separate items by `,`",
                [self.report.label(top.start, top.start + 1, "opened here")],
            )

    def forgive(self, at: int) -> None:
        """The rest of this line is lost, in a string that does not end."""
        if not self.flat():
            raise Unmatched
