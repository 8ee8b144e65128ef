"""Tokens and comments as lines with bodies in them: what the formatter prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from nndsl.syntax.tokens import END, NL, STRING, Lexed, Token

OPERAND_ENDS = frozenset(
    ["NAME", "INT", "FLOAT", STRING, "OPEN", "TRUE", "FALSE", "NONE", "UNDERSCORE", "INPUT", "RPAR"]
) | {"RSQB"}
OPENS = frozenset(["LPAR", "LSQB", "LBRACE"])
CLOSES = frozenset(["RPAR", "RSQB", "RBRACE"])
TIGHT_BEFORE = frozenset([")", "]", ",", ":"])
TIGHT_AFTER = frozenset(["(", "[", "."])
NUMBERS = frozenset(["INT", "FLOAT"])
ROWS = "ROWS"
"""The kind of a comma at the end of a bracket's last line: each item has a line of its own."""


class Leaf(NamedTuple):
    """A token as it is printed.

    `gap` is the blank before it, `before` the comments and blank lines ("") above it, `after` the
    comment behind it.
    """

    text: str
    kind: str
    gap: str
    before: tuple[str, ...]
    after: str


class Body(NamedTuple):
    """Braces with their lines; `short` where they were on one line, `settings` in `train`."""

    open: Leaf
    lines: tuple[Row, ...]
    close: Leaf
    short: bool
    settings: bool


Piece: TypeAlias = "Leaf | Body"


class Row(NamedTuple):
    """A line of the language: leaves and bodies; never empty."""

    pieces: tuple[Piece, ...]

    @property
    def first(self) -> Leaf:
        """The leaf that it begins with."""
        piece = self.pieces[0]
        return piece if isinstance(piece, Leaf) else piece.open

    @property
    def last(self) -> Leaf:
        """The leaf that it ends with."""
        piece = self.pieces[-1]
        return piece if isinstance(piece, Leaf) else piece.close


class _Bracket:
    """A bracket that is being read: its sign, its items' commas, whether it may be a tuple's."""

    __slots__ = ("commas", "targets", "text", "tuple")

    def __init__(self, text: str, call: bool) -> None:
        self.text = text
        self.tuple = text == "(" and not call
        self.commas = 0
        self.targets = False

    def read(self, kind: str) -> None:
        """Counts a comma, unless it stands in `for a, b in`."""
        if kind in ("FOR", "IN"):
            self.targets = kind == "FOR"
        elif kind == "COMMA" and not self.targets:
            self.commas += 1


class _Frame(NamedTuple):
    """Braces that are being read."""

    rows: list[Row]
    pieces: list[Piece]
    opening: tuple[Leaf, int] | None
    settings: bool


class Reader:
    """Reads tokens into rows; `renamed` has new words by offset."""

    def __init__(self, text: str, lexed: Lexed, renamed: Mapping[int, str]) -> None:
        self.text = text
        self.tokens = lexed.tokens
        self.renamed = renamed
        self.before, self.after = _trivia(text, lexed)
        self.frames = [_Frame([], [], None, False)]
        self.brackets: list[_Bracket] = []

    def rows(self) -> tuple[list[Row], tuple[str, ...]]:
        """The lines of the file and the comments at its end."""
        for at, token in enumerate(self.tokens[:-1]):
            if token.kind == NL:
                _end_row(self.frames[-1])
            else:
                self._token(at, token)
        _end_row(self.frames[0])
        return self.frames[0].rows, tuple(self.before.get(self.tokens[-1].start, ()))

    def _token(self, at: int, token: Token) -> None:
        frame = self.frames[-1]
        if token.kind in CLOSES:
            self._last_comma(
                frame, self.brackets.pop(), self.text[self.tokens[at - 1].end : token.start]
            )
        leaf = self._leaf(at, token, frame)
        if token.kind == "LBRACE":
            settings = bool(frame.pieces) and _first_kind(frame) in ("TRAIN", "STEP")
            self.frames.append(_Frame([], [], (leaf, token.start), settings))
        elif token.kind == "RBRACE":
            body = _close(self.frames.pop(), leaf, self.text, token.start)
            self.frames[-1].pieces.append(body)
        else:
            frame.pieces.append(leaf)
        if token.kind in OPENS:
            word = frame.settings and len(frame.pieces) == 2
            call = not word and at > 0 and self.tokens[at - 1].kind == "NAME"
            self.brackets.append(_Bracket(token.text, call))
        elif self.brackets:
            self.brackets[-1].read(token.kind)

    def _leaf(self, at: int, token: Token, frame: _Frame) -> Leaf:
        inside = self.brackets[-1].text if self.brackets else "{"
        return Leaf(
            _text(token, self.renamed),
            token.kind,
            _gap(self.tokens, at, inside, frame),
            tuple(self.before.get(token.start, ())),
            self.after.get(token.end, ""),
        )

    def _last_comma(self, frame: _Frame, bracket: _Bracket, behind: str) -> None:
        """Removes a comma before a closing bracket, save that of a tuple of one.

        behind: the text between the two. Where that has a line break, the comma is kept and says
        that the items stand below each other.
        """
        if len(frame.pieces) < 2 or (bracket.tuple and bracket.commas < 2):
            return
        item, comma = frame.pieces[-2:]
        if not isinstance(comma, Leaf) or comma.kind != "COMMA" or any(comma.before):
            return
        if "\n" in behind and not any(isinstance(each, Body) for each in _inside(frame.pieces)):
            frame.pieces[-1] = comma._replace(kind=ROWS)
        elif isinstance(item, Leaf) and not item.after:
            frame.pieces[-2:] = [item._replace(after=comma.after)]
        elif isinstance(item, Body) and not item.close.after and not comma.after:
            frame.pieces.pop()


def _inside(pieces: list[Piece]) -> list[Piece]:
    """The pieces behind the last bracket that is open."""
    depth = 0
    for at in range(len(pieces) - 1, -1, -1):
        piece = pieces[at]
        kind = piece.kind if isinstance(piece, Leaf) else ""
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if depth < 0:
            return pieces[at:]
    return pieces


def _first_kind(frame: _Frame) -> str:
    piece = frame.pieces[0]
    return piece.kind if isinstance(piece, Leaf) else ""


def _end_row(frame: _Frame) -> None:
    if frame.pieces:
        frame.rows.append(Row(tuple(frame.pieces)))
        frame.pieces.clear()


def _close(frame: _Frame, close: Leaf, text: str, end: int) -> Body:
    _end_row(frame)
    assert frame.opening is not None
    leaf, start = frame.opening
    short = "\n" not in text[start:end]
    return Body(leaf, tuple(frame.rows), close, short, frame.settings)


def _text(token: Token, renamed: Mapping[int, str]) -> str:
    """The canonical spelling: double quotes where nothing needs others, words by their own name."""
    if token.kind == STRING and not any(char in token.text for char in '"\\'):
        return f'"{token.text[1:-1]}"'
    return renamed.get(token.start, token.text)


# ---- blanks --------------------------------------------------------------------------------------


def _gap(tokens: list[Token], at: int, inside: str, frame: _Frame) -> str:
    """The blank before a token: one, or none where the language is written without."""
    if not frame.pieces:
        return ""
    words = len(frame.pieces) if frame.settings and inside == "{" else 0
    return "" if _tight(tokens, at, inside, words) else " "


def _tight(tokens: list[Token], at: int, inside: str, words: int) -> bool:
    """`words` counts what stands before it in a setting, the first of which is no operand."""
    before, token = tokens[at - 1], tokens[at]
    around = (before.text, token.text)
    if before.text == ",":
        return token.kind in CLOSES
    if before.text in TIGHT_AFTER or token.text in TIGHT_BEFORE or "**" in around:
        return True
    if "=" in around:
        return inside != "{"
    if before.text == ":":
        return inside == "["
    if token.text == ".":
        return before.kind not in NUMBERS
    if token.text in ("(", "["):
        callable_ = before.kind == "NAME" if token.text == "(" else before.kind in OPERAND_ENDS
        return callable_ and words != 1
    return before.text in ("+", "-") and (words == 2 or tokens[at - 2].kind not in OPERAND_ENDS)


# ---- comments and blank lines --------------------------------------------------------------------


def _trivia(text: str, lexed: Lexed) -> tuple[dict[int, list[str]], dict[int, str]]:
    """What stands above each token, by its start, and behind it on its line, by its end."""
    before: dict[int, list[str]] = {}
    after: dict[int, str] = {}
    comments = iter(lexed.comments)
    comment = next(comments, None)
    end = 0
    for token in lexed.tokens:
        if token.kind == NL:
            continue
        above: list[str] = []
        place = end
        while comment is not None and comment.span.start < token.start:
            between = text[place : comment.span.start]
            if "\n" not in between and end:
                after[end] = comment.text
            else:
                _blank(above, between)
                above.append(comment.text)
            place = comment.span.end
            comment = next(comments, None)
        _blank(above, text[place : token.start])
        if above:
            before[token.start] = above
        end = token.end
        if token.kind == END:
            break
    return before, after


def _blank(above: list[str], between: str) -> None:
    """Adds one blank line where there were some."""
    if between.count("\n") > 1:
        above.append("")
