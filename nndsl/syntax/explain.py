"""Says in words what is wrong at a token that the parser cannot take.

Each rule knows one mistake; the first that knows the place speaks. A rule may mend the tokens, so
that the parser goes on as if the mistake had not been made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nndsl.syntax.errors import HABIT, LATER, PLACE, UNCLOSED, UNEXPECTED
from nndsl.syntax.habits import HABITS
from nndsl.syntax.machine import Machine
from nndsl.syntax.mistakes import MISTAKES
from nndsl.syntax.repair import Line, Repair, apply, repair
from nndsl.syntax.spot import Spot, Verdict
from nndsl.syntax.tokens import BAD, CLOSERS, END, NL, Token

Rule: TypeAlias = Callable[[Spot], Verdict | None]
RULES: tuple[Rule, ...] = (*HABITS, *MISTAKES)
MOST_SHOWN = 4
MOST_REPAIRS = 20
LEFT_OUT = frozenset([HABIT, LATER, PLACE])  # lines that no small change makes right
ENDS = {NL: "the end of the line", END: "the end of the file"}


def explain(machine: Machine, at: int, line: Line) -> int | None:
    """Reports the error at a token; gives the token to go on at where a rule has mended it.

    line: the part of the text that is left out where nothing mends it.
    """
    spot = Spot(machine, at)
    if spot.token.kind == END and spot.inside() == "LBRACE":
        return spot.insert("RBRACE", "}")
    known = spot.token.kind == BAD or _known(spot)
    verdict = None if known else _judge(spot)
    if verdict is not None and verdict.go_on is not None:
        _report(spot, verdict)
        return verdict.go_on
    lost = verdict is not None and (not verdict.code or verdict.code in LEFT_OUT)
    change = None if lost else _change(machine, at, line)
    if not known:
        _report(spot, verdict or _worded(spot, change))
    return None if change is None else apply(machine, change, line)


def _report(spot: Spot, verdict: Verdict) -> None:
    """An error; none for a verdict without a code, which only follows from one before."""
    if not verdict.code:
        return
    token = spot.token
    place = verdict.place or (token.start, max(token.end, token.start + 1))
    report = spot.machine.report
    report.error(verdict.code, place, verdict.message, verdict.fix, verdict.labels)


def _judge(spot: Spot) -> Verdict | None:
    return next((found for found in (rule(spot) for rule in RULES) if found is not None), None)


def _change(machine: Machine, at: int, line: Line) -> Repair | None:
    """A change by which the line can be read; each line is changed once, and a few of a file."""
    repaired = machine.report.repaired
    start = machine.tokens[line.start].start
    if start in repaired or len(repaired) >= MOST_REPAIRS:
        return None
    repaired.add(start)
    return repair(machine, at, line)


def _worded(spot: Spot, change: Repair | None) -> Verdict:
    """What is wrong in the words of the change that mends it."""
    if change is None:
        return _unexpected(spot)
    old = spot.tokens[change.at]
    new = change.new[0].text if change.new else ""
    place = (old.start, max(old.end, old.start + 1))
    match change.kind:
        case "twice":
            return Verdict(UNEXPECTED, f"`{old.text}` stands here twice", "remove one", place)
        case "insert" if new:
            fix = f"write `{new}` before it" if old.kind not in ENDS else f"write `{new}`"
            what = f"`{new}` is missing before {_shown(old)}"
            return Verdict(UNEXPECTED, what, fix, place)
        case "insert":
            return Verdict(UNEXPECTED, f"a name or a value is missing before {_shown(old)}",
                           "write it, or remove the sign that stands alone", place)  # fmt: skip
        case "swap":
            other = spot.tokens[change.at + 1]
            what = f"`{old.text}` and `{other.text}` stand the wrong way round"
            both = (old.start, other.end)
            return Verdict(UNEXPECTED, what, f"write `{other.text} {old.text}`", both)
        case "replace" if new:
            what = f"`{old.text}` stands where `{new}` belongs"
            return Verdict(UNEXPECTED, what, f"write `{new}`", place)
        case "replace":
            what = f"`{old.text}` stands where a name or a value belongs"
            return Verdict(UNEXPECTED, what, "write a name or a value", place)
    return Verdict(UNEXPECTED, f"`{old.text}` cannot stand here", "remove it", place)


def _shown(token: Token) -> str:
    """A token in words."""
    return ENDS.get(token.kind, f"`{token.text}`")


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
