"""The code tree as text that black and ruff leave alone; the last step before a file is written."""

from collections.abc import Sequence
from typing import NamedTuple

from nndsl.emit.expressions import expression
from nndsl.emit.flat import flat
from nndsl.emit.layout import lay_out
from nndsl.emit.measure import INDENT
from nndsl.emit.quote import columns, comment_line, comment_lines, docstring_lines
from nndsl.emit.statements import decorator, header, simple
from nndsl.emit.tokens import POWER, Tokens
from nndsl.emit.tree import (
    Assign,
    Blank,
    ClassDef,
    Comment,
    Docstring,
    Expr,
    For,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Pass,
    Simple,
    Stmt,
    With,
)

WIDTH = 88


def render(module: Sequence[Stmt], width: int = WIDTH) -> str:
    """The text of a module, ending in a newline; no statement, no text.

    A line is wider than `width` columns only where it cannot be broken: a long string or name.
    Raises ValueError for what is no Python: a keyword as a name, a slice outside an index.
    """
    printer = _Printer(width)
    printer.block(module, 0)
    return "".join(f"{line}\n" for line in printer.out)


def render_expression(node: Expr, width: int = 1 << 30) -> str:
    """One expression on one line, as it would stand in a call."""
    tokens = Tokens()
    expression(tokens, node, alone=True)
    return "\n".join(_physical(tokens, width, 0))


class _Previous(NamedTuple):
    """What the next line's blank lines depend on."""

    kind: str
    depth: int
    after: int = 0  # blank lines that are due whatever follows


class _Printer:
    """Collects lines; keeps what black's rules for blank lines look back on."""

    def __init__(self, width: int) -> None:
        self.out: list[str] = []
        self.width = width
        self.previous: _Previous | None = None
        self.definitions: list[int] = []  # depths of the definitions that are still open
        self.asked = False  # a Blank stands before the next line

    # ---- statements ------------------------------------------------------------------------------

    def block(self, body: Sequence[Stmt], depth: int) -> None:
        """The statements of a body; `pass` if there are none."""
        self.asked = False
        for position, node in enumerate(body):
            if isinstance(node, Assign):  # as most are
                self._simple(node, depth)
                continue
            match node:
                case Blank():
                    self.asked = self.asked or position > 0
                case Comment(text):
                    self._comment(text, depth, _leads(body, position))
                case Docstring(text):
                    self._docstring(text, depth)
                case FunctionDef() | ClassDef():
                    self._definition(node, depth)
                case If():
                    self._if(node, depth)
                case For() | With():
                    self._line(header(node), depth, "opener")
                    self._body(node.body, depth)
                case Import() | ImportFrom():
                    self._line(simple(node), depth, "import")
                case _:
                    self._simple(node, depth)
        self.asked = False

    def _body(self, body: Sequence[Stmt], depth: int) -> None:
        if not any(map(_is_code, body)):
            body = (*(each for each in body if not isinstance(each, Blank)), Pass())
        self.block(body, depth + 1)

    def _simple(self, node: Simple, depth: int) -> None:
        comment = node.comment
        text = comment_line(comment) if comment else ""
        plain = flat(node)
        line = " " * (INDENT * depth) + plain
        if plain and columns(line) <= self.width:
            lines = [line]
        else:
            lines = _physical(simple(node), self.width, depth)
        if text and len(lines) == 1 and columns(lines[0]) + 2 + columns(text) <= self.width:
            lines = [f"{lines[0]}  {text}"]
        elif text:
            self._comment(comment, depth, "plain")
        self._write("plain", depth, lines)

    def _line(self, tokens: Tokens, depth: int, kind: str) -> None:
        self._write(kind, depth, _physical(tokens, self.width, depth))

    def _definition(self, node: FunctionDef | ClassDef, depth: int) -> None:
        for each in node.decorators:
            self._line(decorator(each), depth, "decorator")
        kind = "class" if isinstance(node, ClassDef) else "def"
        self._line(header(node), depth, kind)
        self._body(node.body, depth)

    def _if(self, node: If, depth: int) -> None:
        self._line(header(node, "if"), depth, "opener")
        self._body(node.body, depth)
        while len(node.orelse) == 1 and isinstance(node.orelse[0], If):
            node = node.orelse[0]
            self._line(header(node, "elif"), depth, "clause")
            self._body(node.body, depth)
        if node.orelse:
            self._write("clause", depth, [" " * (INDENT * depth) + "else:"])
            self._body(node.orelse, depth)

    def _comment(self, text: str, depth: int, leads: str) -> None:
        margin = " " * (INDENT * depth)
        lines = comment_lines(text, self.width - len(margin), opens_file=len(self.out) < 2)
        if lines:
            self._write("comment", depth, [margin + line for line in lines], leads)

    def _docstring(self, text: str, depth: int) -> None:
        margin = " " * (INDENT * depth)
        lines = docstring_lines(text, self.width - len(margin))
        if lines:
            self._write("docstring", depth, [margin + line if line else "" for line in lines])

    # ---- blank lines -----------------------------------------------------------------------------

    def _write(self, kind: str, depth: int, lines: list[str], leads: str = "") -> None:
        before = self._blank_lines(kind, depth, leads)
        self.out += [""] * before
        self.out += lines
        after = 1 if self._closes_header(kind, depth) else 0
        if self.previous != (kind, depth, after):
            self.previous = _Previous(kind, depth, after)
        self.asked = False

    def _closes_header(self, kind: str, depth: int) -> bool:
        """Is it the docstring of a class or module, which a blank line follows?"""
        if kind != "docstring":
            return False
        return depth == 0 or (self.previous is not None and self.previous.kind == "class")

    def _blank_lines(self, kind: str, depth: int, leads: str) -> int:
        closed = self._closed_definition(depth)
        if kind in ("def", "class"):
            self.definitions.append(depth)
        previous = self.previous
        if previous is None:
            return 0
        before = int(self.asked)
        if closed is not None:
            before = 1 if depth or (closed and kind == "clause") else 2
        if previous.kind == "import" and previous.depth == depth and kind != "import":
            before = max(before, 1) if depth else 1
        if kind in ("def", "class", "decorator"):
            before = self._before_definition(previous, depth)
        elif leads == "definition" and previous.depth >= depth:
            before = max(before, 1 if depth else 2)
        return max(before, previous.after)

    def _closed_definition(self, depth: int) -> int | None:
        """The depth of the outermost definition that this line closes."""
        closed = None
        while self.definitions and self.definitions[-1] >= depth:
            closed = self.definitions.pop()
        return closed

    def _before_definition(self, previous: _Previous, depth: int) -> int:
        if previous.kind == "decorator":
            return 0
        if previous.depth < depth and previous.kind in ("def", "class"):
            return 0
        if previous.kind == "comment" and previous.depth == depth and not self.asked:
            return 0
        return 1 if depth else 2


def _is_code(node: Stmt) -> bool:
    if isinstance(node, Docstring):
        return bool(docstring_lines(node.text, WIDTH))
    return not isinstance(node, Comment | Blank)


def _leads(body: Sequence[Stmt], position: int) -> str:
    """What the comment at this position stands directly above: "definition" or "plain"."""
    for node in body[position:]:
        if not isinstance(node, Comment):
            return "definition" if isinstance(node, FunctionDef | ClassDef) else "plain"
    return "plain"


def _physical(tokens: Tokens, width: int, depth: int) -> list[str]:
    """The lines of a logical line: at once if it fits and holds no operator that may close up."""
    if POWER not in tokens.kinds:
        text = " " * (INDENT * depth) + "".join(tokens.pieces)
        if columns(text) <= width:
            return [text]
    return lay_out(tokens, width, depth)
