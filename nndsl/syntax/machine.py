"""The LALR machine: shifts and reduces by the tables, calls a builder for every node.

It is lark's algorithm on lark's tables, without importing lark: that takes as long as all the rest
of a short run. Values of the stack are nodes, tokens and lists of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from nndsl.source import Span
from nndsl.syntax.brackets import MAX_DEPTH, TooDeep
from nndsl.syntax.errors import DEPTH
from nndsl.syntax.report import Report
from nndsl.syntax.tables import Rule, Tables
from nndsl.syntax.tokens import END, NAME, Token

Values: TypeAlias = list[Any]
Build: TypeAlias = Callable[[Span, Values], Any]


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
        self.builders = builders
        self.deepen = deepen
        self.tokens = tokens
        self.report = report
        self.file = report.file
        self.rows = tables.rows
        self.rules = tables.rules
        self.symbols = tables.symbols
        self.keywords = tables.keywords
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
        states, rows, rules = self.states, self.rows, self.rules
        tokens, values, starts, ends = self.tokens, self.values, self.starts, self.ends
        depths, keywords = self.depths, self.keywords
        while True:
            token = tokens[at]
            row = rows[states[-1]]
            kind = token.kind
            if kind == NAME:
                word = keywords.get(token.text)
                if word is not None and word in row:
                    kind = word
            while True:
                action = row.get(kind)
                if action is None:
                    return at
                if action >= 0:
                    break
                rule = rules[~action]
                if rule.length == 1 and not rule.builder and not rule.origin.startswith("__"):
                    states.pop()
                else:
                    self._reduce(rule, token.start)
                state = rows[states[-1]][rule.origin]
                states.append(state)
                row = rows[state]
            if kind == END:
                return None
            states.append(action)
            values.append(token)
            starts.append(token.start)
            ends.append(token.end)
            depths.append(0)
            at += 1

    def _reduce(self, rule: Rule, here: int) -> None:
        """Replaces the parts of a rule on the value stacks by its node."""
        first = len(self.values) - rule.length
        parts = self.values[first:]
        start = self.starts[first] if parts else here
        end = self.ends[-1] if parts else here
        depth = max(self.depths[first:], default=0)
        picked = pick(rule, parts)
        value: Any = picked
        if rule.builder:
            span = Span(start, end, self.file)
            if rule.builder in self.deepen:
                depth += 1
                if depth > MAX_DEPTH:
                    self._too_deep(span)
            value = self.builders[rule.builder](span, picked)
        elif not rule.origin.startswith("__"):
            value = picked[0]
        if rule.length:
            del self.states[-rule.length :]
            del self.values[first:], self.starts[first:], self.ends[first:], self.depths[first:]
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)
        self.depths.append(depth)

    def _too_deep(self, span: Span) -> None:
        self.report.error(
            DEPTH,
            (span.start, span.end),
            f"this is nested more than {MAX_DEPTH} deep",
            "give an inner part a name with `let`, or make it a block",
        )
        raise TooDeep

    def drop(self, keep: int) -> None:
        """Leaves only the lowest `keep` symbols on the stack."""
        del self.states[keep + 1 :]
        del self.values[keep:], self.starts[keep:], self.ends[keep:], self.depths[keep:]


def pick(rule: Rule, parts: Values) -> Values:
    """What a builder gets: the parts that a rule keeps, lists of repeated parts taken apart."""
    if True not in rule.spread:
        return [parts[at] if at >= 0 else None for at in rule.pick]
    if rule.origin.startswith("__") and rule.spread[0]:
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
