"""The LALR machine: shifts and reduces by the tables, calls a builder for every node.

It is lark's algorithm on lark's tables, without importing lark: that takes as long as all the rest
of a short run. Values of the stack are nodes, tokens and lists of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from nndsl.source import Span
from nndsl.syntax.brackets import MAX_DEPTH
from nndsl.syntax.errors import DEPTH
from nndsl.syntax.report import GaveUp, Report
from nndsl.syntax.tables import Rule, Tables
from nndsl.syntax.tokens import END, NAME, Token

Values: TypeAlias = list[Any]
Build: TypeAlias = Callable[[Span, Values], Any]

_span = tuple.__new__  # without the constructor: most of what a parse makes are spans

MAX_STATES = 24 * MAX_DEPTH  # of the stack: lists do not grow it, only what is nested does


class Machine:
    """One parse; the stacks grow and shrink together."""

    def __init__(
        self,
        tables: Tables,
        builders: dict[str, Build],
        deepen: frozenset[str],
        tokens: list[Token],
        report: Report,
    ) -> None:
        self.tokens = tokens
        self.report = report
        self.file = report.file
        self.rows = tables.rows
        self.rules = tables.rules
        self.symbols = tables.symbols
        self.keywords = tables.keywords
        self.literals = tables.literals
        self.recipes = [
            (
                rule,
                rule.length,
                rule.origin,
                builders[rule.builder] if rule.builder else None,
                rule.builder in deepen,
                rule.pick == tuple(range(rule.length)),
                rule.spreads,
            )
            for rule in tables.rules
        ]
        self.plain = [transparent(rule) for rule in tables.rules]
        self.climbs: dict[tuple[int, int, str], int] = {}
        self.states: list[int] = []
        self.values: Values = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.depths: list[int] = []

    def begin(self, state: int) -> None:
        """An empty stack in a start state."""
        self.states = [state]

    def run(self, at: int) -> int | None:
        """Parses from a token on; gives the place of an error, or None at the end of the text."""
        states, rows, plain, climbs = self.states, self.rows, self.plain, self.climbs
        values, starts, ends, depths = self.values, self.starts, self.ends, self.depths
        tokens, keywords, reduce = self.tokens, self.keywords, self._reduce
        while True:
            token = tokens[at]
            kind, text, start, end = token
            if kind == NAME and text in keywords:
                kind = self._keyword(at)
            while True:
                top = states[-1]
                action = rows[top].get(kind)
                if action is None:
                    return at
                if action >= 0:
                    break
                if plain[~action]:
                    below = states[-2]
                    found = climbs.get((below, top, kind))
                    states[-1] = self._climb(below, top, kind) if found is None else found
                else:
                    reduce(~action, start)
            if kind == END:
                return None
            states.append(action)
            values.append(token)
            starts.append(start)
            ends.append(end)
            depths.append(0)
            at += 1

    def _keyword(self, at: int) -> str:
        """The terminal that a word is here: a keyword where that keyword can stand, else a NAME."""
        kind = self.keywords[self.tokens[at].text]
        if kind not in self.rows[self.states[-1]]:
            return NAME
        self.tokens[at] = self.tokens[at]._replace(kind=kind)
        return kind

    def _climb(self, below: int, top: int, kind: str) -> int:
        """The state after all transparent reductions in a row, which only rename the top symbol."""
        found = top
        action = self.rows[found].get(kind, 0)
        while action < 0 and self.plain[~action]:
            found = self.rows[below][self.rules[~action].origin]
            action = self.rows[found].get(kind, 0)
        self.climbs[below, top, kind] = found
        return found

    def _reduce(self, number: int, here: int) -> None:
        """Replaces the parts of a rule on the stacks by its node."""
        rule, length, origin, make, deepens, whole, spreads = self.recipes[number]
        states, values, starts = self.states, self.values, self.starts
        ends, depths = self.ends, self.depths
        if len(states) > MAX_STATES:
            self._too_deep(Span(here, here + 1, self.file))
        if length == 1:  # most rules: what stands on the stacks is renamed
            parts = values[-1:]
            start, end, depth = starts[-1], ends[-1], depths[-1]
        elif length:
            parts = values[-length:]
            start, end, depth = starts[-length], ends[-1], max(depths[-length:])
        else:
            parts, start, end, depth = [], here, here, 0
        if spreads:
            value: Any = pick(rule, parts)
        elif whole:
            value = parts
        else:
            value = [parts[at] if at >= 0 else None for at in rule.pick]
        if make is not None:
            span = _span(Span, (start, end, self.file))
            if deepens:
                depth += 1
                if depth > MAX_DEPTH:
                    self._too_deep(span)
            value = make(span, value)
        elif not rule.listed:
            value = value[0]
        if length > 1:  # the first part's place is the node's: the others go
            gone = slice(1 - length, None)
            del states[gone], values[gone], depths[gone], starts[gone], ends[gone]
        if length:
            states[-1] = self.rows[states[-2]][origin]
            values[-1], ends[-1], depths[-1] = value, end, depth
            return
        states.append(self.rows[states[-1]][origin])
        values.append(value)
        starts.append(start)
        ends.append(end)
        depths.append(depth)

    def _too_deep(self, span: Span) -> None:
        self.report.error(
            DEPTH,
            (span.start, span.end),
            f"this is nested more than {MAX_DEPTH} deep",
            "give an inner part a name with `let`, or make it a block",
        )
        raise GaveUp

    def takes(self, kind: str) -> bool:
        """True where a token of this kind could come next; changes nothing."""
        states = list(self.states)
        while True:
            action = self.rows[states[-1]].get(kind)
            if action is None or action >= 0:
                return action is not None
            rule = self.rules[~action]
            del states[len(states) - rule.length :]
            states.append(self.rows[states[-1]][rule.origin])

    def drop(self, keep: int) -> None:
        """Leaves only the lowest `keep` symbols on the stack."""
        del self.states[keep + 1 :]
        del self.values[keep:], self.starts[keep:], self.ends[keep:], self.depths[keep:]

    def put(self, symbol: str, value: object, start: int, end: int) -> bool:
        """Puts a symbol on the stack as if it had been read; False where it cannot stand there."""
        state = self.rows[self.states[-1]].get(symbol)
        if state is None:
            return False
        self.states.append(state)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)
        self.depths.append(0)
        return True


def transparent(rule: Rule) -> bool:
    """True where a rule has one part and that part is its value."""
    return rule.length == 1 and not rule.builder and not rule.listed


def pick(rule: Rule, parts: Values) -> Values:
    """What a builder gets: the parts that a rule keeps, lists of repeated parts taken apart."""
    if rule.listed and rule.spread[0]:
        grown: Values = parts[rule.pick[0]]
        grown.extend(parts[at] for at in rule.pick[1:])
        return grown
    picked: Values = []
    for at, spread in zip(rule.pick, rule.spread, strict=True):
        if spread:
            picked.extend(parts[at])
        else:
            picked.append(parts[at] if at >= 0 else None)
    return picked
