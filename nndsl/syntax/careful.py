"""Brackets of a text in which they do not match: which one is wrong is told by the lines and by
how far they are indented, and each is mended. At most one mistake is reported for a line."""

from __future__ import annotations

import re
from typing import NamedTuple

from nndsl.syntax.brackets import Brackets, Open
from nndsl.syntax.errors import UNCLOSED, UNOPENED
from nndsl.syntax.report import Report
from nndsl.syntax.tokens import NL, OPENERS, Token

KINDS = {"(": "LPAR", "[": "LSQB", "{": "LBRACE", ")": "RPAR", "]": "RSQB", "}": "RBRACE"}
# What follows holds in no valid text inside of ( ) and [ ], so nothing right is called wrong:
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
HEADS = re.compile(r"(?:model|block|train|for|repeat|if|else)\b|\}[ \t]*else\b")
LINE = re.compile(r"([ \t]*)([^ \t\r\n#])")
NEXT = re.compile(r"[ \t]*([^ \t\r\n#])")
REST = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
FAR = 400  # lines that are looked at to find the end of a block


class Ahead(NamedTuple):
    """A line further on: its indent and its first sign."""

    indent: int
    sign: str


class Careful(Brackets):
    """The brackets that are open at a place of a text that has a wrong one."""

    def __init__(self, text: str, tokens: list[Token], report: Report) -> None:
        super().__init__(text, tokens, report)
        self.said: set[int] = set()
        self.surplus = text.count("}") - text.count("{")
        self.deeper: dict[int, bool] = {}  # braces by offset: are the lines inside indented more?

    # ---- opening ----

    def opened(self, text: str, start: int) -> bool:
        """An opening bracket: the sign that was meant is put in for a wrong one."""
        last = REST.match(self.text, start + 1) is not None
        block = last and self._holds_block()
        if block and text != "{":
            self._wrong(text, start, "{")
            self._put("{", start, start + 1)
            return False
        if block and self.tokens and self.tokens[-1].text == "{" and self.tokens[-1].end == start:
            self._say(UNOPENED, start, "`{` stands here twice", "remove one")
            return False
        while block and not self.flat() and self._on_line(self.stack[-1]) and self._headed():
            self._missing(self._last_end())
        if not block and self.stack and self._closes(self.stack[-1], text, start, last):
            return self._instead(self.stack[-1], text, start)
        return super().opened(text, start)

    def _closes(self, top: Open, text: str, start: int, last: bool) -> bool:
        """True for an opening sign that stands where only a closing one can."""
        if last and start == self.first:
            return top.text == "{" and top.indent == self.indent and not self._on_line(top)
        behind = NEXT.match(self.text, start + 1)
        after = behind[1] if behind is not None else ""
        odd = after in (",", ")", "]", "}", "-") and after != OPENERS[text]
        return self._on_line(top) and ((odd and not self._minus(start)) or last)

    def _minus(self, start: int) -> bool:
        """True where a sign or number follows: `(-1`, not `(->`."""
        return re.compile(r"[ \t]*-(?!>)").match(self.text, start + 1) is not None

    def _holds_block(self) -> bool:
        """True where the next lines are indented more than this one, up to a `}` below it."""
        ahead = self._ahead(self.text.find("\n", self.first))
        return bool(ahead) and ahead[0].indent > self.indent and self._ends(ahead)

    def _ends(self, ahead: list[Ahead]) -> bool:
        """True where the first line that is not inside begins with `}` right below this one."""
        after = next((line for line in ahead if line.indent <= self.indent), None)
        return after == Ahead(self.indent, "}")

    def _headed(self) -> bool:
        return HEADS.match(self.text, self.first) is not None

    # ---- closing ----

    def closed(self, text: str, start: int) -> bool:
        """A closing bracket: True where it becomes a token."""
        top = self.stack[-1] if self.stack else None
        last = REST.match(self.text, start + 1) is not None
        if top is not None and OPENERS[top.text] == text and not self._opens(start):
            if text == "}" and self._too_early(top, start, last):
                return False
            self.close(text)
            return True
        if last and start != self.first and self._holds_block():
            return self._exchanged(text, start)
        if self._opens(start):
            return self._as_opener(text, start)
        if top is None:
            return self._unopened(text, start)
        if text == "}":
            return self._brace(top, start)
        return self._bracket(top, text, start)

    def _too_early(self, top: Open, start: int, last: bool) -> bool:
        """A `}` in the middle of a line for a brace of an earlier one: is it one too many, or the
        wrong sign? Both are mended."""
        if start == self.first or self._on_line(top):
            return False
        inner = self._headed() and "{" not in self.text[self.first : start]
        if last and self._holds_block():
            self._exchanged("}", start)
            return True
        ahead = self._ahead(self.text.find("\n", start))
        if ahead and (ahead[0].indent > top.indent or ahead[0] == Ahead(top.indent, "}")):
            if inner:
                self._say(
                    UNCLOSED, start, "`{` is missing on this line", "write it before the body"
                )
            self._unopened("}", start)
            return True
        return False

    def _opens(self, start: int) -> bool:
        """True for a closing sign right before a word or number, as only an opening one is."""
        behind = self.text[start + 1 : start + 2]
        return (
            bool(behind) and (behind.isalnum() or behind in "_\"'?") and self._wanted(start) != ""
        )

    def _wanted(self, start: int) -> str:
        """The opening sign that the first closing one without a partner on this line wants."""
        depth = 0
        for sign in self._rest(start):
            depth += sign in OPENERS
            depth -= sign in ")]}"
            if depth < 0:
                return next(one for one, closer in OPENERS.items() if closer == sign)
        return ""

    def _as_opener(self, text: str, start: int) -> bool:
        wanted = self._wanted(start)
        self._wrong(text, start, wanted)
        self._put(wanted, start, start + 1)
        return False

    def _exchanged(self, text: str, start: int) -> bool:
        """A closing sign that stands for the `{` of a block."""
        while not self.flat() and self._on_line(self.stack[-1]):
            self._missing(self._last_end())
        self._wrong(text, start, "{")
        self._put("{", start, start + 1)
        return False

    def _brace(self, top: Open, start: int) -> bool:
        """A `}` inside of ( or [: that one was forgotten, or this is the wrong sign for it."""
        outer = next((one for one in reversed(self.stack) if one.text == "{"), None)
        inside = outer is not None and self._on_line(outer)
        more = self._rest(start).count("}")
        mine = sum(one.text == "{" and self._on_line(one) for one in self.stack)
        wrong = more >= mine if inside else start != self.first and self._on_line(top)
        wrong = wrong and "}" in self.text[start + 1 :]
        if wrong or outer is None:
            return self._instead(top, "}", start)
        while self.stack[-1] is not outer:
            self._missing(self._last_end())
        self.close("}")
        return True

    def _bracket(self, top: Open, text: str, start: int) -> bool:
        """A ) or ] that is not the one to close what is open."""
        inner: list[Open] = []
        for one in reversed(self.stack):
            if one.text == "{":
                break
            if OPENERS[one.text] == text:
                if (
                    inner
                    and not self._on_line(one)
                    and self._on_line(top)
                    and not self._ended(start)
                ):
                    return self._instead(top, text, start)
                for _ in inner:
                    self._missing(self._last_end())
                self.close(text)
                return True
            inner.append(one)
        own_line = start == self.first and self.indent == top.indent and not self._on_line(top)
        if top.text == "{" and not own_line:
            here = self._on_line(top) and "}" not in self._rest(start)
            return self._instead(top, text, start) if here else self._unopened(text, start)
        if top.text != "{" and OPENERS[top.text] in self._rest(start):
            return self._unopened(text, start)
        return self._instead(top, text, start)

    def _ended(self, start: int) -> bool:
        """True where nothing more stands on the line."""
        return REST.match(self.text, start + 1) is not None

    def _instead(self, top: Open, text: str, start: int) -> bool:
        """Another closing sign than the bracket wants: read as the right one."""
        wanted = OPENERS[top.text]
        self._say(
            UNOPENED,
            start,
            f"`{text}` does not close `{top.text}`",
            f"write `{wanted}`",
            top,
        )
        self.close(wanted)
        self.tokens.append(Token(KINDS[wanted], wanted, start, start + 1))
        return False

    def _unopened(self, text: str, start: int) -> bool:
        fix = "remove it, or write the opening one where it belongs"
        self._say(UNOPENED, start, f"`{text}` closes nothing", fix)
        return False

    # ---- lines ----

    def new_line(self, start: int, at: int) -> None:
        """A line begins (blanks at `start`, text at `at`): was a bracket forgotten before it?"""
        before, self.first, self.indent = self.indent, at, at - start
        if at == len(self.text) or not self.tokens:
            return
        sign = self.text[at]
        if self.indent == 0 and DECLARES.match(self.text, at):
            while self.stack:
                self._missing(self._gap(at))
        while not self.flat() and self._forgotten(at):
            self._missing(self._last_end())
        while self._dedented(sign):
            self._missing(self._gap(at))
        lost = self.indent > before and self._lost_brace(before, at)
        if lost or (self.surplus > 0 and self._unbraced(at)):
            end = self._last_end()
            self._say(UNCLOSED, end - 1, "`{` is missing", "write `{` at the end of this line")
            self.indent, self.first = before, self.text.rfind("\n", 0, end) + 1
            self._put("{", end, end)
            self.first, self.indent = at, at - start
        if self.stack and self.stack[-1].text == "{":
            self.deeper.setdefault(self.stack[-1].start, self.indent > self.stack[-1].indent)

    def _dedented(self, sign: str) -> bool:
        """True where the innermost brace should have been closed before this line."""
        top = self.stack[-1] if self.stack else None
        if top is None or top.text != "{":
            return False
        if self.indent == top.indent and self._ended(self.first) and sign in "()[]{":
            return False  # a wrong sign for the `}` of this brace
        if sign == "}":
            below = any(one.indent == self.indent for one in self.stack[:-1] if one.text == "{")
            return top.indent > self.indent and below
        inside = self.deeper.get(top.start)
        if inside is None:
            inside = REST.match(self.text, top.start + 1) is None
        return inside and self.indent <= top.indent

    def _unbraced(self, at: int) -> bool:
        """True where the line before begins what needs a brace, and has none."""
        last = self.tokens[-1].end
        line = self.text[self._line(last) : last]
        head = HEADS.match(line.strip())
        if self._line(last) in self.said:
            return False
        joined = self.text.startswith(("->", "else", "{"), at) or "{" in line or "}" in line
        return head is not None and self.flat() and not joined and "=" not in line.split("(")[0]

    def _lost_brace(self, before: int, at: int) -> bool:
        """True where this line is inside of a block that the line before does not open."""
        last = self.tokens[-1]
        if not self.flat() or last.text in ("{", "}", "->", ",") or last.kind == NL:
            return False
        if self.text.startswith(("->", "else", "}"), at):
            return False
        ahead = self._ahead(self.text.rfind("\n", 0, at))
        after = next((line for line in ahead if line.indent <= before), None)
        return after == Ahead(before, "}") and not (
            self.stack and self.stack[-1].indent == before and not self._on(last, self.stack[-1])
        )

    def _on(self, token: Token, one: Open) -> bool:
        return "\n" not in self.text[one.start : token.start]

    def _forgotten(self, at: int) -> bool:
        """True where this line cannot be the inside of the bracket that is open."""
        if LINE_WORDS.match(self.text, at):
            return True
        if self.tokens[-1].kind not in OPERANDS or GOES_ON.match(self.text, at):
            return False
        return self.indent <= self.stack[-1].indent

    def _ahead(self, at: int) -> list[Ahead]:
        """The lines behind a newline, up to the first at the left margin."""
        found: list[Ahead] = []
        while 0 <= at < len(self.text) and len(found) < FAR:
            line = LINE.match(self.text, at + 1)
            if line is not None:
                found.append(Ahead(len(line[1]), line[2]))
                if not line[1]:
                    break
            at = self.text.find("\n", at + 1)
        return found

    # ---- mending ----

    def finish(self, end: int) -> None:
        """The text ends: everything still open is missing its partner."""
        while self.stack:
            self._missing(self._gap(end))
        self.tell()

    def forgive(self, at: int) -> None:
        """Closes what this line opened, in silence: what is wrong with it has been said."""
        self.said.add(self._line(at - 1))
        while not self.flat() and self._on_line(self.stack[-1]):
            self._close(at)

    def _gap(self, end: int) -> int:
        """Where a brace is missing: on the empty line behind the last token, or behind that."""
        last = self._last_end()
        newline = self.text.find("\n", last, end)
        after = self.text.find("\n", newline + 1, end) if newline >= 0 else -1
        empty = after >= 0 and not self.text[newline + 1 : after].strip(" \t\r")
        return after + 1 if empty else last

    def _missing(self, at: int) -> None:
        """Reports the innermost open bracket as unclosed before an offset, and closes it."""
        top = self.stack[-1]
        if top is not self.split:
            wanted = OPENERS[top.text]
            self._say(UNCLOSED, at - 1, f"`{top.text}` is never closed", f"write `{wanted}`", top)
        self._close(self._last_end())

    def _close(self, at: int) -> None:
        """Closes the innermost bracket by an empty token."""
        text = OPENERS[self.stack[-1].text]
        self.close(text)
        self.tokens.append(Token(KINDS[text], text, at, at))

    def _put(self, text: str, start: int, end: int) -> None:
        """An opening bracket that the text does not have."""
        super().opened(text, start)
        self.tokens.append(Token(KINDS[text], text, start, end))

    def _wrong(self, text: str, start: int, wanted: str) -> None:
        self._say(UNOPENED, start, f"`{text}` stands where `{wanted}` belongs", f"write `{wanted}`")

    def _say(
        self, code: str, start: int, message: str, fix: str, opened: Open | None = None
    ) -> None:
        line = self._line(start)
        if line in self.said:
            return
        self.said.add(line)
        at = (opened.start, opened.start + 1) if opened is not None else (0, 0)
        labels = [self.report.label(*at, "opened here")] if opened is not None else []
        self.report.error(code, (start, start + 1), message, fix, labels)

    def _line(self, at: int) -> int:
        """What tells lines apart: where the line of an offset begins."""
        return self.text.rfind("\n", 0, max(at, 0)) + 1

    def _on_line(self, one: Open) -> bool:
        """True for a bracket that was opened on this line."""
        return one.line >= self.first or one.start >= self.first

    def _rest(self, start: int) -> str:
        """The text of the line behind a sign."""
        end = self.text.find("\n", start)
        return self.text[start + 1 : end if end >= 0 else len(self.text)]

    def _last_end(self) -> int:
        return self.tokens[-1].end if self.tokens else 0
