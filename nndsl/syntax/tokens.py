"""What the lexer gives: tokens, comments, and the doc comments by the token that they belong to."""

from __future__ import annotations

from nndsl._record import NamedTuple
from nndsl.source import Span
from nndsl.syntax.ast import Comment

NL = "NL"
END = "$END"
BAD = "BAD"
NAME = "NAME"
STRING = "STRING"
OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(OPENERS.values())


class Token(NamedTuple):
    """A piece of the text. `kind` is a terminal of the grammar; keywords are NAMEs until parsed.

    A token that the lexer put in to mend the text is empty: `start == end`.
    """

    kind: str
    text: str
    start: int
    end: int


class Lexed(NamedTuple):
    """`docs` by the offset of the token after the comment, `trailing` by that of the line's end."""

    tokens: list[Token]
    comments: list[Comment]
    docs: dict[int, str]
    trailing: dict[int, str]
    head: str


def token_span(token: Token, file: str) -> Span:
    """Where a token is."""
    return Span(token.start, token.end, file)
