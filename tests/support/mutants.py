"""Programs with one token changed, and what the compiler says of each.

A mutant has one cause. So the first diagnostic should stand on its line, and there should be one.
"""

from __future__ import annotations

import random
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from nndsl.compiler import check, stage_text
from nndsl.diagnostics import Diagnostic, Diagnostics
from nndsl.source import Source
from nndsl.syntax.grammar import tables
from nndsl.syntax.lexer import Lexer
from nndsl.syntax.report import Report
from nndsl.syntax.tokens import END, NAME, NL, Token

ROOT = Path(__file__).resolve().parents[2]
BRACKETS = "()[]{}"
LIMIT_S = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Mutant(NamedTuple):
    """A changed text. `line` is where the change stands; `old`, `new` are what was changed."""

    file: str
    kind: str
    line: int
    old: str
    new: str
    text: str
    certain: bool


class Verdict(NamedTuple):
    """What became of a mutant.

    outcome: diagnosed, same (accepted, and it means what it meant), other (accepted with another
    meaning), crash or hang. on_line: the first diagnostic begins on the mutated line; shown: it or
    one of its labels does.
    """

    outcome: str
    codes: tuple[str, ...] = ()
    on_line: bool = False
    shown: bool = False
    detail: str = ""


class Hang(Exception):  # noqa: N818 - a time limit
    """The limit of one mutant has passed."""


def programs() -> dict[str, str]:
    """Every example and every case, by its path from the top of the checkout."""
    paths = [*ROOT.glob("examples/*.nn"), *ROOT.glob("tests/cases/*/*.nn")]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(paths)
    }


def tokens_of(text: str) -> list[Token]:
    """The tokens that stand in a correct text, newlines aside."""
    source = Source("model.nn", text)
    lexed = Lexer(source, tables(), Report(source, Diagnostics())).run()
    return [one for one in lexed.tokens if one.kind not in (NL, END) and one.end > one.start]


def mutants(file: str, text: str, seed: int) -> list[Mutant]:
    """Each token in each way that fits it; what chance decides is decided by the seed."""
    tokens = tokens_of(text)
    found = []
    for at, token in enumerate(tokens):
        chance = random.Random(f"{seed} {file} {at}")
        for kind, make in KINDS.items():
            made = make(text, tokens, at, chance)
            if made is not None and made[2] != text[made[0] : made[1]]:
                found.append(_mutant(file, text, kind, made, _certain(kind, token)))
    return found


def _mutant(file: str, text: str, kind: str, change: tuple[int, int, str], certain: bool) -> Mutant:
    start, end, new = change
    line = text.count("\n", 0, start) + 1
    return Mutant(file, kind, line, text[start:end], new, text[:start] + new + text[end:], certain)


def _certain(kind: str, token: Token) -> bool:
    """True where no reading of the change is a program: brackets that do not match any more."""
    return token.text in BRACKETS and kind in ("delete", "double", "bracket")


# ---- the changes: (start, end, what stands there now); None where the change does not fit ------

Change = tuple[int, int, str]
Make = Callable[[str, Sequence[Token], int, random.Random], "Change | None"]


def _delete(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    return tokens[at].start, tokens[at].end, ""


def _double(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    token = tokens[at]
    blank = " " if token.text[-1].isalnum() or token.text in ("-", "*", "/", "=", "_") else ""
    return token.start, token.end, f"{token.text}{blank}{token.text}"


def _swap(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    """With the next token of the line, which keeps the blanks between them."""
    if at + 1 == len(tokens):
        return None
    one, two = tokens[at], tokens[at + 1]
    between = text[one.end : two.start]
    if "\n" in between:
        return None
    left, right = one.text, two.text
    glued = not between and left[:1].isalnum() and right[-1:].isalnum()
    return one.start, two.end, right + (" " if glued else between) + left


def _misspell(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    token = tokens[at]
    word = token.text
    if not word.isidentifier() or word == "_":
        return None
    spot = chance.randrange(len(word))
    other = chance.choice([letter for letter in LETTERS if letter != word[spot]])
    ways = [word[:spot] + other + word[spot + 1 :], word[:spot] + word[spot] + word[spot:]]
    if len(word) > 2:
        ways += [word[:spot] + word[spot + 1 :], word[:1].swapcase() + word[1:]]
        low = min(spot, len(word) - 2)
        ways.append(word[:low] + word[low + 1] + word[low] + word[low + 2 :])
    fits = [way for way in ways if way != word and way.isidentifier()]
    return token.start, token.end, chance.choice(fits)


def _number(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    token = tokens[at]
    if token.kind == "INT":
        value = int(token.text.replace("_", ""))
        ways = [str(value + 1), str(max(value - 1, 0)), f"{value}0", "0", f"-{value}",
                f"{value}.5", str(10**9)]  # fmt: skip
    elif token.kind == "FLOAT":
        ways = ["0.0", f"-{token.text}", "1.5", "1000.0", str(10**9)]
    else:
        return None
    return token.start, token.end, chance.choice(ways)


def _bracket(text: str, tokens: Sequence[Token], at: int, chance: random.Random) -> Change | None:
    token = tokens[at]
    if token.text not in BRACKETS:
        return None
    return token.start, token.end, chance.choice([one for one in BRACKETS if one != token.text])


KINDS: Mapping[str, Make] = {
    "delete": _delete,
    "double": _double,
    "swap": _swap,
    "misspell": _misspell,
    "number": _number,
    "bracket": _bracket,
}


# ---- what the compiler says ----------------------------------------------------------------------


def judged(mutant: Mutant, original: str) -> Verdict:
    """Checks a mutant, within a time limit; what it raises is a crash."""
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        return _judged(mutant, original)
    except Hang:
        return Verdict("hang")
    except Exception:  # noqa: BLE001 - that is what is looked for
        return Verdict("crash", detail=traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Hang


def _judged(mutant: Mutant, original: str) -> Verdict:
    source = Source(mutant.file, mutant.text)
    items = check(source).diagnostics
    if items:
        first = items[0]
        marks = [first.span, *(label.span for label in first.labels)]
        lines = [source.place(span.start).line for span in marks if span.file == mutant.file]
        codes = tuple(item.code for item in items)
        detail = "\n".join(_said(item, source) for item in items)
        return Verdict("diagnosed", codes, lines[:1] == [mutant.line], mutant.line in lines, detail)
    same = meaning(mutant.text) == meaning(original)
    return Verdict("same" if same else "other")


def _said(item: Diagnostic, source: Source) -> str:
    line = source.place(item.span.start).line
    return f"{line}: {item.code} {item.message} | {item.fix}"


def meaning(text: str) -> list[str]:
    """The IR of each model, and the words of the training sections."""
    source = Source("model.nn", text)
    tokens = tokens_of(text)
    names = [
        tokens[at + 1].text
        for at, token in enumerate(tokens[:-1])
        if token.text == "model" and tokens[at + 1].kind == NAME
    ]
    found = [stage_text(source, "ir", model=name).text or "" for name in names]
    starts = [at for at, token in enumerate(tokens) if token.text == "train"]
    return [*found, *(token.text for token in (tokens[starts[0] :] if starts else []))]


def sample(count: int, seed: int) -> Iterator[tuple[Mutant, str]]:
    """Mutants of all programs with their originals, drawn by chance with a fixed seed."""
    texts = programs()
    every = [one for file, text in texts.items() for one in mutants(file, text, seed)]
    random.Random(seed).shuffle(every)
    for mutant in every[: count or len(every)]:
        yield mutant, texts[mutant.file]
