"""Takes out of a tree what a syntax error makes doubtful, so that nothing is said that only
follows from it: a damaged line keeps the names that it binds, and has a hole for what they mean."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import cast

from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.holes import ANY, hole

WORD = re.compile(r"[A-Za-z]\w*")
NAMELESS = re.compile(
    r"(?:^|[{;])[ \t]*(?:(?:let|shared|weight|input)\b(?![ \t]+[A-Za-z_(])|=|->[ \t]*\w+[ \t]*=)"
)
HEADLESS = re.compile(r"[ \t]*(?:block|model)(?=[ \t({])(?![ \t]+[A-Za-z_]\w*[ \t]*(?:[({]|=[^=]))")

LINES = (
    ast.PipeLine,
    ast.Bind,
    ast.Let,
    ast.Shared,
    ast.WeightLine,
    ast.Input,
    ast.Output,
    ast.Push,
    ast.Loss,
)


class Damage:
    """The places of a text's syntax errors, as offsets."""

    def __init__(self, places: Sequence[int], text: str) -> None:
        self.places = sorted(places)
        self.text = text
        self.lost: list[Span] = []  # what is left out

    def hits(self, start: int, end: int) -> bool:
        """True where an error stands in this part of the text, its end included."""
        at = bisect_left(self.places, start)
        return at < len(self.places) and self.places[at] <= end

    def declaration(self, node: ast.Declaration) -> ast.Declaration | None:
        """A declaration without its damaged lines; None where its head is damaged."""
        if not self.hits(node.span.start, node.span.end):
            return node
        match node:
            case ast.Def(body=body):
                if not self.outside(node.span, body):
                    return node._replace(body=self.body(body))
            case ast.Train(settings=settings):
                kept = (one for one in settings if not self.hits(one.span.start, one.span.end))
                return node._replace(settings=tuple(kept))
        self.lost.append(node.span)
        return None

    def body(self, lines: tuple[ast.Line, ...]) -> tuple[ast.Line, ...]:
        """The lines of braces, with holes for what is damaged."""
        return tuple(self.line(line) for line in lines)

    def line(self, line: ast.Line) -> ast.Line:
        """A line, the damaged parts of it as holes."""
        if not self.hits(line.span.start, line.span.end):
            return line
        inner = [one for body in _bodies(line) for one in body]
        if inner and not self.outside(line.span, inner):
            return cast("ast.Line", self._deep(line))
        self.lost.append(line.span)
        return _emptied(line)

    def names(self) -> set[str]:
        """The names in what is left out, and ANY where a line has lost the name that it binds."""
        found: set[str] = set()
        for span in self.lost:
            found.update(WORD.findall(self.text, span.start, span.end))
        starts = {self.text.rfind("\n", 0, at) + 1 for at in self.places}
        lines = [self.text[at : self.text.find("\n", at)] for at in starts]
        for line in lines:
            found.update(WORD.findall(line))
        lost = any(map(NAMELESS.search, lines)) or any(map(HEADLESS.match, lines))
        return found | ({ANY} if lost else set())

    def outside(self, span: Span, lines: Sequence[ast.Line]) -> bool:
        """True where an error stands in a part of the text, but not in one of its inner lines."""
        at = span.start
        for line in sorted(lines, key=lambda one: one.span.start):
            if self.hits(at, self._begin(line.span.start) - 1):
                return True
            at = max(at, self._end(line.span.end) + 1)
        return self.hits(at, span.end)

    def _begin(self, start: int) -> int:
        """Where the text of an inner line begins: signs that are lost before it included."""
        left = self.text.rfind("\n", 0, start) + 1
        return start if "{" in self.text[left:start] else left

    def _end(self, end: int) -> int:
        """Where it ends: signs that are lost behind it included."""
        right = self.text.find("\n", end)
        right = right if right >= 0 else len(self.text)
        found = [at for at in (self.text.find(sign, end, right) for sign in ";}") if at >= 0]
        return min(found, default=right + 1) - 1

    def _deep(self, node: object) -> object:
        """A node with all its inner lines taken care of."""
        if isinstance(node, LINES):
            return self._fields(node)
        if isinstance(node, tuple) and type(node) is tuple:
            return tuple(self.line(one) if isinstance(one, LINES) else self._deep(one)
                         for one in node)  # fmt: skip
        if isinstance(node, tuple) and not isinstance(node, Span):
            return self._fields(node)
        return node

    def _fields(self, node: object) -> object:
        return type(node)(*(self._deep(field) for field in cast("tuple[object, ...]", node)))


def _bodies(node: object) -> Iterator[tuple[ast.Line, ...]]:
    """The outermost braces inside a line, as their lines."""
    for field in cast("tuple[object, ...]", node):
        if type(field) is tuple and field and isinstance(field[0], LINES):
            yield cast("tuple[ast.Line, ...]", field)
        elif isinstance(field, tuple) and not isinstance(field, Span):
            yield from _bodies(field)


def _emptied(line: ast.Line) -> ast.Line:
    """A line that binds what it bound, to nothing that is known."""
    empty = hole(line.span)
    name = ast.Name("", line.span)
    match line:
        case ast.Bind() | ast.Let() | ast.Shared() | ast.Loss() | ast.Push() | ast.Output():
            return line._replace(value=empty.pipeline)
        case ast.WeightLine():
            return line._replace(shape=name, init=None)
        case ast.Input():
            return line._replace(type=name)
    return empty
