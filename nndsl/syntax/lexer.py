"""Cuts a text into tokens: newlines that count, comments, brackets that match."""

from __future__ import annotations

import re

from nndsl.source import Source
from nndsl.syntax.ast import Comment
from nndsl.syntax.brackets import Brackets, Unmatched
from nndsl.syntax.errors import ARROW, CHARACTER, NUMBER, OPERATOR, STRING
from nndsl.syntax.report import Report
from nndsl.syntax.tables import Tables
from nndsl.syntax.tokens import BAD, CLOSERS, END, NAME, NL, OPENERS, Lexed, Token

BLANK = r"[ \t\r]*"
WRONG = (
    r"(?P<wrong>=>|\|>|>>|~>|<-(?=[ \t])|\u2192|&&|\|\|?|!(?!=)|===|:=|"
    r"(?:\*\*|//|[-+*/%@])=(?!=)|\+\+)"
)
LAYOUT = r"(?P<layout>[\n;#])|(?P<end>\Z)"
LINES = r"\n(?:[ \t\r]*+\n)*+"  # without going back: there may be millions
RUN = re.compile(BLANK + rf"(?:(?P<newline>{LINES})|(?P<comment>#[^\n]*)|(?P<separator>;))")
JOINS = re.compile(r"->|else\b")
WORD = re.compile(r"\w+")
# Control characters, lone surrogates, and what makes text appear in another order than it is in.
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)
AGAIN = re.compile(r"([^\w\s])\1*")
WRONG_ARROWS = frozenset(["=>", "|>", ">>", "~>", "|", "<-", "\u2192"])
WRONG_WORDS = {"&&": "and", "||": "or", "!": "not", "===": "==", ":=": "="}
LOOKALIKES = {
    "\u201c": '"',
    "\u201d": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u2212": "-",
    "\u2013": "-",
    "\u00d7": "*",
    "\u00b7": "*",
    "^": "**",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
}
ARROW_KIND = "->"
_token = tuple.__new__  # without the constructor: most of what a text is cut into comes this way


class Lexer:
    """One pass over one text; `run` gives the tokens."""

    def __init__(self, source: Source, tables: Tables, report: Report) -> None:
        self.source = source
        self.tables = tables
        self.text = source.text
        self.report = report
        self.literals = tables.literals
        self.keywords = tables.keywords
        self.match = re.compile(f"{BLANK}(?:{WRONG}|{tables.pattern}|{LAYOUT})").match
        self.tokens: list[Token] = []
        self.comments: list[Comment] = []
        self.docs: dict[int, str] = {}
        self.trailing: dict[int, str] = {}
        self.head = ""
        self.bad: Token | None = None
        self.brackets = Brackets(self.text, self.tokens, self.report)

    def run(self) -> Lexed:
        """Every token, the last of kind `$END`; what is wrong is reported and mended or BAD."""
        try:
            return self._run()
        except Unmatched:
            from nndsl.syntax.careful import Careful  # a text without errors does not wait for it

            again = Lexer(self.source, self.tables, self.report)
            again.brackets = Careful(self.text, again.tokens, self.report)
            return again._run()

    def _run(self) -> Lexed:
        self._never()
        at = self._layout(1 if self.text.startswith("\ufeff") else 0)
        text, tokens, literals, match = self.text, self.tokens, self.literals, self.match
        while True:
            found = match(text, at)
            if found is None:
                at = self._unknown(at)
                continue
            kind = found.lastgroup or ""
            start, at = found.span(kind)
            if kind == "mark":
                mark = found[kind]
                if mark in OPENERS and not self.brackets.opened(mark, start):
                    continue
                if mark in CLOSERS and not self.brackets.closed(mark, start):
                    continue
                tokens.append(_token(Token, (literals[mark], mark, start, at)))
            elif kind == "layout":
                at = self._layout(start)
            elif kind == "word":
                word = found[kind]
                tokens.append(Token(self.keywords[word], word, start, at))
                if word == "else":
                    self.brackets.chained(start)
            elif kind == "wrong":
                self._wrong(found[kind], start, at)
            elif kind == "end":
                return self._end(at)
            elif kind == NAME:
                tokens.append(_token(Token, (NAME, found[kind], start, at)))
            else:
                at = self._literal(kind, start, at)

    # ---- newlines, comments ----------------------------------------------------------------------

    def _layout(self, start: int) -> int:
        """Reads newlines, ";" and comments up to the next token; gives a NL where they count."""
        at, newline, separator = start, False, False
        doc: list[str] = []
        blank = not self.tokens
        while found := RUN.match(self.text, at):
            kind = found.lastgroup or ""
            at = found.end()
            if kind == "comment":
                self._comment(found[kind], found.start(kind), newline or not self.tokens, doc)
                blank = False
            elif kind == "separator":
                separator = True
                self.brackets.separator(found.start(kind))
            else:
                if doc and (blank or "\n" in found[kind][1:]):
                    self._unattached(doc)
                newline = blank = True
        following = self._following(at)
        if doc:
            self.docs[following] = "\n".join(doc)
        self._new_line(start, following, newline, separator)
        return at

    def _comment(self, text: str, start: int, own_line: bool, doc: list[str]) -> None:
        text = text.rstrip()
        self.comments.append(Comment(text, self.report.span(start, start + len(text))))
        if not text.startswith("##") or text.startswith("###"):
            return
        words = text[3:] if text.startswith("## ") else text[2:]
        if own_line:
            doc.append(words)
        else:
            self.trailing[self._line_end()] = words

    def _line_end(self) -> int:
        """The end of the last token of the line, a comma aside."""
        last = self.tokens[-1]
        return self.tokens[-2].end if last.text == "," and len(self.tokens) > 1 else last.end

    def _unattached(self, doc: list[str]) -> None:
        """Doc comments before a blank line are the file's where they head it."""
        if not self.tokens and not self.head:
            self.head = "\n".join(doc)
        doc.clear()

    def _following(self, at: int) -> int:
        """Where the next token begins."""
        text = self.text
        while at < len(text) and text[at] in " \t\r":
            at += 1
        return at

    def _new_line(self, start: int, following: int, newline: bool, separator: bool) -> None:
        """A NL, unless the layout rules of the grammar drop it."""
        text, tokens = self.text, self.tokens
        if newline or not tokens:
            self.brackets.new_line(text.rfind("\n", start, following) + 1, following)
        if not (newline or separator) or not tokens or not self.brackets.flat():
            return
        if following == len(text) or text[following] == "}" or tokens[-1].text in ("{", NL):
            return
        if not separator and JOINS.match(text, following):
            return
        tokens.append(_token(Token, (NL, ";" if separator else "\n", start, start)))
        if self.brackets.elses:
            self.brackets.elses.pop(len(self.brackets.stack), None)

    def _end(self, at: int) -> Lexed:
        self.brackets.finish(len(self.text))
        self.tokens.append(Token(END, "", at, at))
        return Lexed(self.tokens, self.comments, self.docs, self.trailing, self.head)

    # ---- words, numbers, strings, and what is none of these --------------------------------------

    def _literal(self, kind: str, start: int, end: int) -> int:
        """A number, a string or `?T`; a letter right behind a number is a mistake."""
        text = self.text[start:end]
        tail = WORD.match(self.text, end) if kind in ("INT", "FLOAT") else None
        if tail is not None:
            end = tail.end()
            self.report.error(
                NUMBER,
                (start, end),
                f"`{self.text[start:end]}` is neither a number nor a name",
                "a name cannot begin with a digit; `*` multiplies",
            )
        self.tokens.append(_token(Token, (kind, text, start, end)))
        return end

    def _wrong(self, text: str, start: int, end: int) -> None:
        """A sign of another language: reported, and read as the one that was meant."""
        if text in WRONG_ARROWS:
            self.report.error(ARROW, (start, end), f"`{text}` for an arrow", "write `->`")
            self.tokens.append(Token(self.literals[ARROW_KIND], ARROW_KIND, start, end))
            return
        meant = WRONG_WORDS.get(text)
        self.report.error(
            OPERATOR,
            (start, end),
            f"there is no operator `{text}`",
            f"write `{meant}`" if meant else "a name is bound once; the flow takes `_ + x`",
        )
        kind = self.keywords.get(meant or "") or self.literals.get(meant or "") or BAD
        self.tokens.append(Token(kind, meant or text, start, end))

    def _unknown(self, at: int) -> int:
        """A character that begins no token."""
        start = self._following(at)
        char = self.text[start]
        if char in "\"'":
            return self._unterminated(start)
        word = WORD.match(self.text, start)
        if word is not None:
            return self._foreign(start, word.end())
        if not NEVER.match(char) and self.tokens[-1:] != [self.bad]:
            meant = LOOKALIKES.get(char)
            fix = f"write `{meant}`" if meant else "remove it"
            self.report.error(CHARACTER, (start, start + 1), f"{describe(char)} here", fix)
        self.bad = Token(BAD, char, start, start + 1)
        self.tokens.append(self.bad)
        again = AGAIN.match(self.text, start)
        return again.end() if again is not None else start + 1

    def _foreign(self, start: int, end: int) -> int:
        """A word with letters that names do not have, its beginning in ASCII included."""
        if self.tokens and self.tokens[-1].kind == NAME and self.tokens[-1].end == start:
            start = self.tokens.pop().start
        word = self.text[start:end]
        letter = next(char for char in word if not char.isascii())
        self.report.error(
            CHARACTER,
            (start, end),
            f"the name `{word}` has {describe(letter)}",
            "names are written in ASCII letters, digits and `_`",
        )
        self.tokens.append(Token(NAME, word, start, end))
        return end

    def _unterminated(self, start: int) -> int:
        quote = self.text[start]
        line_end = self.text.find("\n", start)
        end = line_end if line_end >= 0 else len(self.text)
        self.report.error(
            STRING,
            (start, end),
            "this string does not end on its line",
            f"close it with {quote}; a line break inside is written \\n",
        )
        self.tokens.append(Token(BAD, quote, start, end))
        self.brackets.forgive(end)
        return end

    def _never(self) -> None:
        """Reports characters that no text may hold, wherever they stand."""
        for found in NEVER.finditer(self.text):
            place = (found.start(), found.end())
            self.report.error(CHARACTER, place, f"{describe(found[0])} in the file", "remove it")


def describe(char: str) -> str:
    """A character in words that can be printed anywhere."""
    shown = f"`{char}` " if char.isprintable() else ""
    return f"the character {shown}(U+{ord(char):04X})"
