"""A program with a fault, made small: what can go without the fault's kind changing goes.

Lines, blocks, stages of a pipeline, items in braces, settings; numbers become smaller. Greedy, from
the largest piece to the smallest, until nothing more can go or the tries are used up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nndsl.verify.worker import Workers
from prove.calls import valid
from prove.judge import Outcome, judged

TRIES = 400  # programs that are judged
Faulty = Callable[[str], bool]


def shrunk(text: str, found: Outcome, workers: Workers, steps: int = 2) -> str:
    """The smallest program found that has a fault of the same kind."""
    return small(text, lambda other: judged(other, workers, steps).kind == found.kind)


def small(text: str, faulty: Faulty, tries: int = TRIES) -> str:
    """The same for any fault. faulty: whether a valid program still has it."""
    seen = {text}
    going = True
    while going and tries > 0:
        going = False
        for other in smaller(text):
            if other in seen or not valid(other):
                continue
            seen.add(other)
            tries -= 1
            if faulty(other):
                text, going = other, True
                break
            if tries <= 0:
                break
    return text


def smaller(text: str) -> Iterator[str]:
    """Programs with a piece left out, large pieces first."""
    yield from _without_definitions(text)
    yield from _without_lines(text)
    yield from _without_ends(text)
    yield from _without_braces(text)
    for pattern in PIECES:
        for found in re.finditer(pattern, text):
            yield text[: found.start()] + text[found.end() :]
    yield from _smaller_numbers(text)


# A stage of a pipeline, an item in braces, a setting, an operand that is added.
PIECES = (
    r" -> [\w.]+(\([^()]*(\([^()]*\)[^()]*)*\))?(?=\n| ->| ;|;| \})",
    r"(?<=\{ )[\w.]+(\([^()]*(\([^()]*\)[^()]*)*\))? -> ",
    r"; [^;{}\n]*(?= \}|;)",
    r"(?<=\{ )[^;{}\n]*; ",
    r", \w+=(\[[^\]]*\]|[\w.]+(\([^()]*\))?|-?[\d.e-]+)(?=[,)])",
    r"(?<=\()\w+=(\[[^\]]*\]|[\w.]+(\([^()]*\))?|-?[\d.e-]+), ",
    r" [-+*/] [\w.]+(\([^()]*\))?(?=\n)",
    r"\([^()\n]*\)(?=\n| ->| \}|;)",
)


def _without_definitions(text: str) -> Iterator[str]:
    """Without a block, or the train section."""
    for found in re.finditer(r"(?ms)^(block|train)\b.*?(^\}|\}$)\n", text):
        yield text[: found.start()] + text[found.end() :]


def _without_lines(text: str) -> Iterator[str]:
    """Without two lines (an output and what it reads), and without one."""
    lines = text.split("\n")
    inner = [i for i, line in enumerate(lines) if line.startswith("  ")]
    for name, group in _groups([lines[i] for i in inner]):
        del name
        yield "\n".join(line for line in lines if line not in group)
    for i in inner:
        yield "\n".join(lines[:i] + lines[i + 1 :])


def _groups(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The lines of a part: those whose names begin with its letter."""
    for letter in "abcd":
        own = [line for line in lines if re.search(rf"\b{letter}[a-z]\d?\b", line)]
        if own and len(own) < len(lines):
            yield letter, own


def _without_ends(text: str) -> Iterator[str]:
    """`v = _ -> Dense(4)` without what comes after its first value."""
    for found in re.finditer(r"(?m)^  (\w+ = \w+) -> .*$", text):
        yield text[: found.start()] + f"  {found[1]}" + text[found.end() :]


def _without_braces(text: str) -> Iterator[str]:
    """What stands in braces in place of the whole."""
    for found in re.finditer(r"(\b[a-z][\w ,\[\]()=.<>!]* )?\{ ([^{}]*) \}", text):
        inside = found[2].replace(";", " ->")
        yield text[: found.start()] + inside + text[found.end() :]
        for piece in found[2].split("; "):
            yield text[: found.start()] + piece + text[found.end() :]


def _smaller_numbers(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.])\d+(?![\w.])", text):
        number = int(found[0])
        for less in dict.fromkeys((1, number // 2, number - 1)):
            if 0 < less < number:
                yield text[: found.start()] + str(less) + text[found.end() :]
