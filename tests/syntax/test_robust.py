"""Texts that nobody would write: the parser never crashes, hangs or takes long."""

import gc
import random
from functools import partial

import pytest

from nndsl.diagnostics import Diagnostics
from nndsl.source import LARGEST, Source
from nndsl.syntax.parser import parse
from support.hostile import long_texts, stages
from support.steps import steps
from syntax.pages import FEATURES, PROGRAMS
from syntax.programs import Programs

SIGNS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\n",
    ";",
    ",",
    "->",
    "=",
    ":",
    "else",
    "for",
    '"',
    "#",
    "?",
    "$",
]
DEEP = 5_000


def codes(text: str) -> list[str]:
    diagnostics = Diagnostics()
    parse(Source("test.nn", text), diagnostics)
    return [one.code for one in diagnostics.items]


@pytest.mark.parametrize("seed", range(60))
def test_broken_programs_are_reported_never_crash(seed: int) -> None:
    chance = random.Random(seed)
    text = FEATURES if seed % 2 else Programs(seed).text()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        end = at + chance.choice([0, 1, 1, 5])
        text = text[:at] + chance.choice(["", *SIGNS]) + text[end:]
    diagnostics = Diagnostics()
    parse(Source("test.nn", text), diagnostics)
    for one in diagnostics.items:
        assert 0 <= one.span.start <= one.span.end <= len(text) + 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_beginning_of_a_program_is_read(name: str) -> None:
    text = PROGRAMS[name]
    for end in range(0, len(text), max(1, len(text) // 60)):
        codes(text[:end])


NESTED = {
    "brackets": "x = " + "(" * DEEP + "a" + ")" * DEEP,
    "lists": "x = " + "[" * DEEP + "]" * DEEP,
    "unclosed": "x = " + "([{" * DEEP,
    "braces": "{" * DEEP + "}" * DEEP,
    "signs": "x = " + "- " * DEEP + "1",
    "nots": "x = " + "not " * DEEP + "a",
    "powers": "x = " + "2**" * DEEP + "2",
    "sum": "x = " + "1 + " * DEEP + "1",
    "ternary": "x = " + "a if b else " * DEEP + "c",
    "frozen": "frozen " * DEEP + "A",
    "else if": "if a { b }" + " else if a { b }" * DEEP,
    "dots": "a" + ".b" * DEEP,
    "calls": "f(" * DEEP + ")" * DEEP,
    "targets": "for " + "(" * DEEP + "a" + ")" * DEEP + " in b { }",
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting_is_a_diagnostic(name: str) -> None:
    assert codes("model A {\n" + NESTED[name] + "\n}") == ["NN013"]


def test_two_hundred_deep_is_fine() -> None:
    assert codes("model A {\n" + "{ " * 190 + "relu" + " }" * 190 + "\n}") == []
    assert codes("model A {\nx = " + "1 + " * 190 + "1\n}") == []


def test_long_is_not_deep() -> None:
    many = 5_000
    assert codes("model A {\nA" + " -> A" * many + "\n}") == []
    assert codes("model A {\nx = [" + "1, " * many + "]\n}") == []
    assert codes("model A {\n" + "x = a\n" * many + "}") == []


def test_a_large_file_is_a_diagnostic() -> None:
    assert codes("#" * (LARGEST + 1)) == ["NN014"]


def test_large_numbers_are_diagnostics() -> None:
    assert codes("let n = " + "9" * 4300) == []
    assert codes("let n = " + "9" * 4301) == ["NN012"]
    assert codes("let n = 1_" + "0_" * 5000 + "0") == ["NN012"]
    assert codes("let n = 1e400") == ["NN012"]
    assert codes("let n = 1e308") == []


def test_there_are_at_most_a_hundred_errors() -> None:
    assert len(codes("model A {\n" + "a b\n" * 500 + "}")) == 100
    assert len(codes("\x00" * 500)) == 100
    assert len(codes("$ a\n" * 500)) <= 100


@pytest.mark.parametrize("name", sorted(long_texts(1)))
def test_steps_are_linear(name: str) -> None:
    few, many = (steps(partial(codes, long_texts(size)[name])) for size in (500, 2_000))
    assert many < 4.1 * few


def test_a_stage_more_is_as_many_steps_more() -> None:
    few, many = (steps(partial(codes, stages(lines))) for lines in (50, 200))
    assert codes(stages(50)) == []
    assert many < 4.1 * few


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    codes("model A { ( }")
    codes("{" * 1000)
    assert gc.isenabled()
    gc.disable()
    try:
        codes("model A { }")
        assert not gc.isenabled()
    finally:
        gc.enable()
