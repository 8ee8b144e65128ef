"""Where a logical line that is too long is broken: black's rules, on tokens.

The rules are those of black's stable style (its linegen.py): split at the last bracket whose head
fits; inside brackets at the delimiters of the highest priority; show hidden parentheses where
nothing better is to be had.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from nndsl.emit.measure import INDENT, NAMES, Line, Measures
from nndsl.emit.tokens import (
    ATOM,
    BREAK_COMMA,
    BREAK_DOT,
    CALL,
    CLOSER,
    COMMA,
    DOT,
    EQUAL,
    HIDDEN,
    HIDDEN_COND,
    HIDDEN_IMPORT,
    HIDDEN_NOTE,
    HIDDEN_TUPLE,
    INDEX,
    STRING,
    Tokens,
    is_closer,
    is_hidden,
    is_opener,
)

_ITEMS_APART = frozenset((ATOM, HIDDEN, HIDDEN_NOTE, HIDDEN_TUPLE, HIDDEN_IMPORT))
_PASSES = 4
_Way: TypeAlias = Callable[[Line, bool], list[Line]]


class CannotSplitError(Exception):
    """This way of breaking the line leads nowhere."""


class Split(NamedTuple):
    """The pair of brackets at which a line is broken."""

    opener: int
    closer: int


def lay_out(tokens: Tokens, width: int, depth: int) -> list[str]:
    """The physical lines of a logical line, such that black keeps them.

    As in black, trailing commas and parentheses that were added count the next time, so that the
    result is laid out until it stays as it is.
    """
    texts: list[str] = []
    for _ in range(_PASSES):
        layout = Layout(tokens, width)
        lines = layout.lines(depth)
        before, texts = texts, [layout.text(line) for line in lines]
        if texts == before or not layout.has_grown(lines):
            break
        tokens = layout.reread(lines)
    return texts


class Layout(Measures):
    """One attempt to lay out a logical line."""

    def lines(self, depth: int) -> list[Line]:
        """The lines, one if it fits."""
        return self._broken(Line(0, len(self.kinds), depth), False)

    def has_grown(self, lines: list[Line]) -> bool:
        """Has a comma or a lasting parenthesis been added?"""
        return any(line.comma for line in lines) or any(
            self.kinds[at] in (HIDDEN_COND, HIDDEN_TUPLE) for at in self.shown
        )

    def reread(self, lines: list[Line]) -> Tokens:
        """The tokens as black would read them from the lines."""
        out = Tokens()
        for line in lines:
            for at in range(line.start, line.stop):
                self._copy(out, at)
            if line.comma:
                out.put(COMMA, ",")
        return out

    def _copy(self, out: Tokens, at: int) -> None:
        kind = self.kinds[at]
        if is_hidden(kind) and self.is_visible(at) and self._lasts(min(at, self.partner[at])):
            out.put(ATOM + CLOSER * is_closer(kind), self.piece(at), self.before[at])
        else:
            out.put(kind, self.pieces[at], self.before[at])

    def _lasts(self, opener: int) -> bool:
        """Does black keep these parentheses, which it set itself?"""
        closer = self.partner[opener]
        if self.kinds[opener] not in (HIDDEN_COND, HIDDEN_TUPLE):
            return False
        only_item = (
            self.pieces[opener - 1].strip() == "[" and self.partner[opener - 1] == closer + 1
        )
        return not (only_item and self.kinds[opener - 1] == ATOM)

    # ---- breaking --------------------------------------------------------------------------------

    def _broken(self, line: Line, forced: bool) -> list[Line]:
        fits = self.line_width(line) - 2 * len(self.hugging(line)) <= self.width
        if fits and not line.explode and not self.is_magic(line):
            return [line]
        for way in self._ways(line):
            try:
                return self._tried(way, line, forced)
            except CannotSplitError:
                continue
        return [line]

    def _ways(self, line: Line) -> tuple[_Way, ...]:
        if self.begins_with(line, "def") and not self._is_magic_result(line):
            return (self._at_first_bracket,)
        return (self._at_delimiters, self._at_right) if line.inside else (self._at_right,)

    def _is_magic_result(self, line: Line) -> bool:
        """Does the annotation of what a function returns hold a trailing comma?"""
        last = line.stop - 2
        if self.kinds[last] != HIDDEN_NOTE + CLOSER:
            return False
        start = self.partner[last]
        colons = (at for at in range(start, line.stop) if self.pieces[at].strip() == ":")
        end = next(colons)  # black looks no further than the first, be it in a slice
        return any(start < at < end for at in self.magic)

    def _tried(self, way: _Way, line: Line, forced: bool) -> list[Line]:
        hidden = self.hidden(line)
        result = [each for part in way(line, forced) for each in self._broken(part, forced)]
        if forced or way != self._at_right or not hidden or line.comma or self.fits(result[0]):
            return result
        depth = self.depths[line.start]
        if any(self.depths[at] == depth and self.is_visible(at) for at in hidden):
            return result
        return self._second_opinion(line, result)

    def _second_opinion(self, line: Line, first: list[Line]) -> list[Line]:
        """With the hidden parentheses shown, if that makes every line fit."""
        shown = list(self.shown)
        second = self._tried(self._at_right, line, True)
        if all(self.fits(each) for each in second):
            return second
        self.shown = shown
        return first

    def _at_first_bracket(self, line: Line, forced: bool) -> list[Line]:
        """The parameters of a definition, or else its annotation."""
        for at in range(line.start, line.stop - 1):
            kind = self.kinds[at]
            if (kind == CALL or (is_opener(kind) and is_hidden(kind))) and (
                self.partner[at] != at + 1
            ):
                self.show(at)
                return self._parts(line, Split(at, self.partner[at]))
        raise CannotSplitError

    def _at_delimiters(self, line: Line, forced: bool) -> list[Line]:
        """Inside brackets: at every delimiter of the highest priority."""
        found = self.delimiters(line)
        highest = max((priority for at, priority in found if at < line.stop), default=0)
        cuts = [at for at, priority in found if priority == highest]
        if not highest or (highest == BREAK_DOT and len(cuts) == 1):
            raise CannotSplitError
        edges = [line.start, *(at for at in cuts if at < line.stop), line.stop]
        pieces = [
            Line(start, stop, line.depth, inside=line.inside) for start, stop in pairwise(edges)
        ]
        bare = self.kinds[line.stop - 1] != COMMA
        comma = line.comma or (highest == BREAK_COMMA and bare)
        return [*pieces[:-1], pieces[-1]._replace(comma=comma)]

    def _at_right(self, line: Line, forced: bool) -> list[Line]:
        """At the last bracket whose head fits, trailing brackets kept together if they can be."""
        first: list[Line] | None = None
        for omit in self._trailers(line):
            if omit and self._is_too_far(line, omit):
                continue
            parts = self._split_right(line, omit, forced)
            if first is None and not omit:
                first = parts
            if self.fits(parts[0]):
                return parts
        return first or self._split_right(line, frozenset(), forced)

    def _trailers(self, line: Line) -> Iterator[frozenset[int]]:
        """Growing sets of closing brackets at the end that are not to be broken at."""
        omit: frozenset[int] = frozenset()
        tried = not self.is_magic(line)
        if tried:
            yield omit
        length = INDENT * line.depth + line.comma
        opening = closing = -1
        inner: set[int] = set()
        for at in range(line.stop - 1, line.start - 1, -1):
            length += self.length(at, at + 1)
            if length > self.width:
                return
            if at == opening:
                opening = -1
            elif not is_closer(self.kinds[at]):
                continue
            elif opening < 0 and not (at > line.start and is_opener(self.kinds[at - 1])):
                if closing >= 0:
                    omit = omit | {closing} | inner
                    inner.clear()
                    yield omit
                    tried = False
                if at in self.magic or (tried and self.is_call_in_one_tuple(at)):
                    return
                if self.is_visible(at):
                    opening, closing = self.partner[at], at
            elif opening >= 0 and at in self.magic:
                return
            else:
                inner.add(at)

    def _is_too_far(self, line: Line, omit: frozenset[int]) -> bool:
        """Does the bracket that is next to break stand past the width?"""
        for at in range(line.stop - 1, line.start - 1, -1):
            if is_closer(self.kinds[at]) and at not in omit:
                opener = self.partner[at]
                length = self.length(line.start, opener) if opener >= line.start else 0
                return self.is_visible(opener) and INDENT * line.depth + length > self.width
        return False

    # ---- splitting at a pair of brackets ---------------------------------------------------------

    def _split_right(self, line: Line, omit: frozenset[int], forced: bool) -> list[Line]:
        return self._without_parentheses(self._last_bracket(line, omit), line, omit, forced)

    def _last_bracket(self, line: Line, omit: frozenset[int]) -> Split:
        at = line.stop - 1
        while at >= line.start:
            if is_closer(self.kinds[at]) and at not in omit:
                opener = self.partner[at]
                if opener < line.start:
                    raise CannotSplitError
                if opener < at - 1:
                    return Split(opener, at)
                at = opener
            at -= 1
        raise CannotSplitError

    def _without_parentheses(
        self, split: Split, line: Line, omit: frozenset[int], forced: bool
    ) -> list[Line]:
        """The split, or one further in if the parentheses that it would show can be spared."""
        parts = self._parts(line, split)
        if not forced and self._can_omit(split, line, parts[1]):
            inner = omit | {split.closer}
            try:
                other = self._last_bracket(line, inner)
                if self._is_better(other, split, line):
                    return self._without_parentheses(other, line, inner, forced)
            except CannotSplitError:
                chained = self.kinds[line.start : line.stop].count(EQUAL) > 1
                if not chained and not self._can_be_split(parts[1]) and not self.fits(parts[1]):
                    raise
        self.show(split.opener)
        return parts

    def _parts(self, line: Line, split: Split) -> list[Line]:
        opener, closer = split
        comma = self._adds_comma(line, split)
        body = Line(opener + 1, closer, line.depth + 1, inside=True, comma=comma)
        return [
            Line(line.start, opener + 1, line.depth),
            body._replace(explode=self._explodes(body)),
            Line(closer, line.stop, line.depth, tracked=False, comma=line.comma),
        ]

    def _adds_comma(self, line: Line, split: Split) -> bool:
        """A single parameter and imported names get a trailing comma, too."""
        opener, closer = split
        if self.kinds[closer - 1] == COMMA:
            return False
        if self.begins_with(line, "from"):
            return True
        if not self.begins_with(line, "def") or is_hidden(self.kinds[opener]):
            return False
        at = opener + 1
        while at < closer:
            if self.kinds[at] == COMMA:
                return False
            at = self.partner[at] if self.kinds[at] == HIDDEN_NOTE else at + 1
        return True

    def _explodes(self, body: Line) -> bool:
        """Must the items stand one per line at once?"""
        trailing = body.comma or self.kinds[body.stop - 1] == COMMA
        if not trailing and self.kinds[body.start - 1] not in _ITEMS_APART:
            return False
        inner = [priority for at, priority in self.delimiters(body) if at < body.stop]
        return max(inner, default=0) == BREAK_COMMA

    # ---- opinions --------------------------------------------------------------------------------

    def _can_omit(self, split: Split, line: Line, body: Line) -> bool:
        """Can the body do without the hidden parentheses around it?"""
        if self.is_visible(split.opener) or self.begins_with(line, "from", "import"):
            return False
        found = self.delimiters(body)
        highest = max((priority for _, priority in found), default=0)
        count = sum(priority == highest for _, priority in found)
        if highest == 0 or (highest == BREAK_DOT and count == 1):
            return True
        if count > 1 or (highest == BREAK_COMMA and self.begins_with(line, "with")):
            return False
        first, last = self.kinds[body.start], self.kinds[body.stop - 1]
        leads = is_opener(first) and not is_closer(self.kinds[body.start + 1])
        if leads and self._opening_suffices(body):
            return True
        trails = is_closer(last) and last != INDEX + CLOSER
        return trails and not is_opener(self.kinds[body.stop - 2]) and self._closing_suffices(body)

    def _opening_suffices(self, body: Line) -> bool:
        """Does what follows the leading bracket fit, up to the next bracket?"""
        start, stop = self.partner[body.start], body.stop
        openers = (at + 1 for at in range(start, stop) if is_opener(self.kinds[at]))
        length = self.length(start, next(openers, stop))
        return INDENT * body.depth + length + body.comma <= self.width

    def _closing_suffices(self, body: Line) -> bool:
        """Does what precedes the trailing bracket fit, or can it be broken itself?"""
        opener = self.partner[body.stop - 1]
        if any(is_opener(kind) for kind in self.kinds[body.start : opener]):
            return True
        return INDENT * body.depth + self.length(body.start, opener + 1) <= self.width

    def _is_better(self, other: Split, split: Split, line: Line) -> bool:
        """Is a split without the hidden parentheses to be preferred?"""
        head = Line(line.start, split.opener + 1, line.depth)
        kinds = self.kinds[line.start : split.opener]
        if not kinds or kinds[-1] != EQUAL or not any(kind >= CALL for kind in kinds):
            return True
        if self.line_width(head) > self.width - 1 or self.is_magic(head):
            return True
        other_kinds = self.kinds[line.start : other.opener + 1]
        if kinds.count(EQUAL) > 1 and kinds.count(EQUAL) > other_kinds.count(EQUAL):
            return False
        for kind in reversed(other_kinds):
            if kind == EQUAL:
                break
            if is_closer(kind):
                return True
        return EQUAL in other_kinds and self.fits(Line(line.start, other.opener + 1, line.depth))

    def _can_be_split(self, body: Line) -> bool:
        kinds = self.kinds[body.start : body.stop]
        if len(kinds) < 2:
            return False
        return kinds[0] != STRING or kinds[1] != DOT or _can_split_methods(kinds)


def _can_split_methods(kinds: list[int]) -> bool:
    """black's guess whether `"text".format(…)` can be broken."""
    calls = dots = 0
    last = kinds[-1]
    for kind in kinds[-2::-1]:
        if is_opener(kind):
            if not is_closer(last):
                return False
            calls += 1
        elif kind == DOT:
            dots += 1
        elif kind in NAMES:
            if not (last == DOT or is_opener(last)):
                return False
        elif not is_closer(kind):
            return False
        if dots > 1 and calls > 1:
            return False
    return True
