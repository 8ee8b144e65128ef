"""Says in words what is wrong at a token that the parser cannot take.

Each rule knows one mistake; the first that knows the place speaks. A rule may mend the tokens, so
that the parser goes on as if the mistake had not been made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nndsl.syntax.errors import UNCLOSED, UNEXPECTED
from nndsl.syntax.habits import HABITS
from nndsl.syntax.machine import Machine
from nndsl.syntax.mistakes import MISTAKES
from nndsl.syntax.spot import Spot, Verdict
from nndsl.syntax.tokens import BAD, CLOSERS, END, NL

Rule: TypeAlias = Callable[[Spot], Verdict | None]
RULES: tuple[Rule, ...] = (*HABITS, *MISTAKES)
MOST_SHOWN = 4


def explain(machine: Machine, at: int) -> int | None:
    """Reports the error at a token; gives the token to go on at where a rule has mended it."""
    spot = Spot(machine, at)
    if spot.token.kind == END and spot.inside() == "LBRACE":
        return spot.insert("RBRACE", "}")
    if spot.token.kind == BAD or _known(spot):
        return None
    verdict = _judge(spot)
    start, end = verdict.place or (spot.token.start, max(spot.token.end, spot.token.start + 1))
    machine.report.error(verdict.code, (start, end), verdict.message, verdict.fix, verdict.labels)
    return verdict.go_on


def _judge(spot: Spot) -> Verdict:
    for rule in RULES:
        verdict = rule(spot)
        if verdict is not None:
            return verdict
    return _unexpected(spot)


def _known(spot: Spot) -> bool:
    """True where these lines of the text have an error already: this one may only follow from it.

    So does an `else` after a brace that is never closed, and what stands behind a mended bracket.
    """
    if spot.before.start == spot.before.end and spot.before.text in CLOSERS:
        return True
    text = spot.machine.report.source.text
    start = text.rfind("\n", 0, spot.first.start) + 1
    end = text.find("\n", spot.token.end)
    end = end if end >= 0 else len(text)
    for item in spot.machine.report.own():
        spans = [item.span, *(label.span for label in item.labels)]
        if any(start <= span.start <= end for span in spans):
            return True
        if spot.token.text == "else" and item.code == UNCLOSED:
            return True
    return False


def _unexpected(spot: Spot) -> Verdict:
    """The last word: names what stands there and some of what could."""
    names = {NL: "the line ends here", END: "the file ends here"}
    what = names.get(spot.token.kind, f"`{spot.token.text}` cannot stand here")
    wanted = [text for text, kind in sorted(spot.machine.literals.items()) if spot.takes(kind)]
    shown = ", ".join(f"`{text}`" for text in wanted)
    few = 0 < len(wanted) <= MOST_SHOWN
    return Verdict(UNEXPECTED, what, f"expected {shown}" if few else _suggest(spot))


def _suggest(spot: Spot) -> str:
    if spot.takes("NAME"):
        return "expected a name or a value"
    return "end the line before it, or join it by `->`, `,` or an operator"
