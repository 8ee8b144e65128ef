"""A logical line measured: depths, bracket pairs, widths and break points of its tokens.

A line is a range of tokens, so that its width is a difference of two sums.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from nndsl.emit.quote import columns
from nndsl.emit.tokens import (
    ATOM,
    BREAK_COMMA,
    CLOSER,
    COMMA,
    DOT,
    FOR,
    IN,
    LAMBDA,
    LAMBDA_END,
    NUMBER,
    POWER,
    SIGN,
    WORD,
    Tokens,
    is_closer,
    is_hidden,
    is_opener,
)

INDENT = 4
NAMES = frozenset((WORD, FOR, IN, LAMBDA))
_DEEPER = frozenset((FOR, LAMBDA))
_SHALLOWER = frozenset((IN, LAMBDA_END))


class Line(NamedTuple):
    """Tokens `start` to `stop`, `depth` indentations deep."""

    start: int
    stop: int
    depth: int
    inside: bool = False  # all of it stands between brackets that were broken
    tracked: bool = True  # its brackets count; those of a tail do not
    explode: bool = False  # one item per line, though it would fit
    comma: bool = False  # a trailing comma is added


class Measures:
    """The tokens of a logical line, and which of its hidden brackets have been shown so far."""

    def __init__(self, tokens: Tokens, width: int) -> None:
        self.width = width
        self.kinds = tokens.kinds
        self.pieces = tokens.pieces
        self.before = tokens.before
        self.shown: list[int] = []  # hidden brackets that have become visible, sorted
        self.depths, self.partner = _brackets(tokens.kinds)
        self._lengths = [0, *accumulate(map(len, self.pieces))]
        narrow = all(map(str.isascii, self.pieces))
        self._columns = self._lengths if narrow else [0, *accumulate(map(columns, self.pieces))]
        self._breaks = list(_breaks(tokens, self.depths))
        self._break_at = [each[0] for each in self._breaks]
        self._hidden = [at for at, kind in enumerate(self.kinds) if is_hidden(kind)]
        self._powers = [at for at, kind in enumerate(self.kinds) if kind == POWER]
        self.magic = [
            at
            for at, kind in enumerate(self.kinds)
            if is_closer(kind) and self.kinds[at - 1] == COMMA and not self.is_one_tuple(at)
        ]

    # ---- widths and text -------------------------------------------------------------------------

    def text(self, line: Line) -> str:
        """The line with its indentation."""
        pieces = self.pieces[line.start : line.stop]
        if self._shown_within(line.start, line.stop):
            pieces = [self.piece(at) for at in range(line.start, line.stop)]
        for at in self.hugging(line):
            pieces[at - line.start] = pieces[at - line.start].lstrip(" ")
            pieces[at + 1 - line.start] = pieces[at + 1 - line.start].lstrip(" ")
        return " " * (INDENT * line.depth) + "".join(pieces).strip(" ") + "," * line.comma

    def piece(self, at: int) -> str:
        """The text of a token, with the space before it."""
        if not is_hidden(self.kinds[at]) or not self.is_visible(at):
            return self.pieces[at]
        return self.pieces[at] + (")" if is_closer(self.kinds[at]) else "(")

    def length(self, start: int, stop: int) -> int:
        """The characters of some tokens, the first one's space included."""
        return self._lengths[stop] - self._lengths[start] + self._shown_within(start, stop)

    def line_width(self, line: Line) -> int:
        """The columns of a line, with the spaces around ** that it may lose in the end."""
        gap = self.pieces[line.start].startswith(" ")
        own = self._columns[line.stop] - self._columns[line.start] - gap
        return INDENT * line.depth + own + line.comma + self._shown_within(line.start, line.stop)

    def fits(self, line: Line) -> bool:
        """Is the line no wider than it may be?"""
        return self.line_width(line) <= self.width

    def _shown_within(self, start: int, stop: int) -> int:
        if not self.shown:
            return 0
        return bisect_left(self.shown, stop) - bisect_left(self.shown, start)

    # ---- brackets and breaks ---------------------------------------------------------------------

    def begins_with(self, line: Line, *words: str) -> bool:
        """Is the line's first token one of these?"""
        return self.pieces[line.start] in words

    def is_visible(self, at: int) -> bool:
        """Does the bracket have a text?"""
        if not is_hidden(self.kinds[at]):
            return True
        found = bisect_left(self.shown, at)
        return found < len(self.shown) and self.shown[found] == at

    def show(self, opener: int) -> None:
        """Makes a pair of hidden brackets visible."""
        if not self.is_visible(opener):
            insort(self.shown, opener)
            insort(self.shown, self.partner[opener])

    def hidden(self, line: Line) -> list[int]:
        """The brackets of a line that could still be shown, of whole pairs."""
        if not line.tracked:
            return []
        first = bisect_left(self._hidden, line.start)
        last = bisect_left(self._hidden, line.stop)
        return [
            at
            for at in self._hidden[first:last]
            if line.start <= self.partner[at] < line.stop and not self.is_visible(at)
        ]

    def is_magic(self, line: Line) -> bool:
        """Is there a trailing comma that asks for one item per line?"""
        if not self.magic:
            return False
        first = bisect_left(self.magic, line.start)
        last = bisect_left(self.magic, line.stop)
        return line.tracked and any(self.partner[at] >= line.start for at in self.magic[first:last])

    def delimiters(self, line: Line) -> list[tuple[int, int]]:
        """Where the line can be broken at its own depth: before which token, with what priority."""
        depth = self.depths[line.start]
        first = bisect_left(self._break_at, line.start + 1)
        last = bisect_left(self._break_at, line.stop)
        found = [(at, priority) for at, priority, own in self._breaks[first:last] if own == depth]
        end = line.stop - 1
        if line.comma or (self.kinds[end] == COMMA and self.depths[end] == depth):
            found.append((line.stop, BREAK_COMMA))
        return found

    def is_one_tuple(self, closer: int) -> bool:
        """Does the bracket close a tuple of one item?"""
        if self.kinds[closer] != ATOM + CLOSER or self.pieces[closer] != ")":
            return False
        return self._commas(closer, self.depths[closer] + 1) == 1

    def is_call_in_one_tuple(self, closer: int) -> bool:
        """`(f(a, b),)`: black, once it has tried to break it, takes its comma for a magic one."""
        return (
            self.kinds[closer - 1] == COMMA
            and self.is_one_tuple(closer)
            and self._commas(closer, self.depths[closer] + 2) > 0
        )

    def _commas(self, closer: int, depth: int) -> int:
        inner = range(self.partner[closer], closer)
        return sum(self.kinds[at] == COMMA and self.depths[at] == depth for at in inner)

    # ---- the power operator ----------------------------------------------------------------------

    def hugging(self, line: Line) -> list[int]:
        """The ** of a line that stand without spaces: between names, numbers and attributes."""
        if not self._powers:
            return []
        first = bisect_left(self._powers, line.start + 1)
        last = bisect_left(self._powers, line.stop - 1)
        return [
            at
            for at in self._powers[first:last]
            if self._is_simple_left(line, at - 1) and self._is_simple_right(line, at + 1)
        ]

    def _is_simple_left(self, line: Line, at: int) -> bool:
        kinds = self.kinds
        if kinds[at] not in (WORD, NUMBER):
            return False
        dotted = kinds[at] == WORD and at - 2 >= line.start and kinds[at - 1] == DOT
        return not (dotted and is_closer(kinds[at - 2]) and self.pieces[at - 2] != "}")

    def _is_simple_right(self, line: Line, at: int) -> bool:
        """As black sees it, which looks past keywords for a bracket."""
        kinds = self.kinds
        if kinds[at] == SIGN:
            at += 1
        if kinds[at] not in (WORD, NUMBER):
            return False
        while at < line.stop:
            if is_opener(kinds[at]):
                return self.pieces[at].strip() == "{"
            if kinds[at] == FOR or (kinds[at] not in NAMES and kinds[at] != DOT):
                return True
            at += 1
        return True


def _brackets(kinds: list[int]) -> tuple[list[int], list[int]]:
    """The depth of each token, its own bracket not counted, and the other bracket of each pair."""
    depths: list[int] = []
    open_at: list[int] = []
    partner = [-1] * len(kinds)
    depth = 0
    for at, kind in enumerate(kinds):
        if is_closer(kind):
            partner[at] = open_at.pop()
            partner[partner[at]] = at
        if is_closer(kind) or kind in _SHALLOWER:
            depth -= 1
        depths.append(depth)
        if is_opener(kind):
            open_at.append(at)
        if is_opener(kind) or kind in _DEEPER:
            depth += 1
    return depths, partner


def _breaks(tokens: Tokens, depths: list[int]) -> Iterator[tuple[int, int, int]]:
    """Each place to break: the token in front of which it is, its priority, its depth."""
    for at, priority in enumerate(tokens.before):
        if at and tokens.kinds[at - 1] == COMMA:
            yield at, BREAK_COMMA, depths[at - 1]
        elif at and priority:
            yield at, priority, depths[at]
