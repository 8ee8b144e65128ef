"""The formatter: one form, the same meaning, all comments, nothing new the second time."""

from pathlib import Path

import pytest

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.format import format_source
from nndsl.syntax.parser import parse
from nndsl.syntax.walk import strip_spans
from syntax.pages import PROGRAMS, RESNET, SEED
from syntax.programs import Programs

CASES = Path(__file__).parent / "format"
ALIASES = {"Linear": "Dense", "Conv2d": "Conv2D", "Add": "add"}


def formatted(text: str) -> str:
    return format_source(Source("test.nn", text), ALIASES)


def tree(text: str) -> ast.File:
    diagnostics = Diagnostics()
    found = parse(Source("test.nn", text), diagnostics)
    assert not diagnostics.items, (diagnostics.items, text)
    assert found is not None
    return found


def check(text: str) -> None:
    """The three promises, without aliases."""
    once = format_source(Source("test.nn", text))
    before, after = tree(text), tree(once)
    assert strip_spans(after) == strip_spans(before)
    comments = sorted(comment.text for comment in before.comments)
    assert sorted(comment.text for comment in after.comments) == comments
    assert format_source(Source("test.nn", once)) == once
    assert not [line for line in once.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_keep_their_meaning(name: str) -> None:
    check(PROGRAMS[name])


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_keep_their_meaning(seed: int) -> None:
    check(Programs(seed).text())


@pytest.mark.parametrize("text", [SEED, RESNET])
def test_programs_as_people_write_them_are_left_alone(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize("path", sorted(CASES.glob("*.nn")), ids=lambda path: path.stem)
def test_cases(path: Path, golden) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text(encoding="utf-8")
    check(text)
    golden(path.with_suffix(".golden"), formatted(text))


LINES = {
    "x=1+2*-3": "x = 1 + 2 * -3",
    "f( a,b = c , )": "f(a, b=c)",
    "x = ( a , )": "x = (a,)",
    "x = ( a , b , )": "x = (a, b)",
    "x = a [ 1 :2, : , :: 3 ] . b": "x = a[1:2, :, ::3].b",
    "x = a ** - 2": "x = a**-2",
    "x = not(a)": "x = not (a)",
    "x = 'a'": 'x = "a"',
    "x = 'a \"b\"'": "x = 'a \"b\"'",
    "input x:[C = 3,H=4]": "input x: [C=3, H=4]",
    "weight w :[3]=zeros": "weight w: [3] = zeros",
    "output(a)": "output (a)",
    "let f( a ) =a": "let f(a) = a",
    "let(a,b) =c": "let (a, b) = c",
    "A;B": "A\n  B",
    "A\n\n\n\nB": "A\n\n  B",
    "{A;B}": "{ A; B }",
    "{A\nB}": "{\n    A\n    B\n  }",
    "add{}": "add { }",
    "add{\n}": "add { }",
    "A#c": "A  #c",
    "A\n->B": "A -> B",
    "Linear(3) -> Add { Conv2d(1) }": "Dense(3) -> add { Conv2D(1) }",
    "f(Linear=Linear)": "f(Linear=Dense)",
}


@pytest.mark.parametrize("line", LINES)
def test_line(line: str) -> None:
    assert formatted(f"model A {{\n{line}\n}}") == f"model A {{\n  {LINES[line]}\n}}\n"


def test_long_lines_break_before_arrows() -> None:
    stages = " -> ".join(f"Conv({number}00, kernel=3)" for number in range(1, 7))
    first, rest = stages.split(" -> Conv(500")
    assert formatted(f"model A {{\n{stages}\n}}") == (
        f"model A {{\n  {first}\n    -> Conv(500{rest}\n}}\n"
    )


def test_long_lines_break_inside_brackets() -> None:
    many = [str(number) * 4 for number in range(1, 25)]
    lines = formatted(f"model A {{\nx = f([{', '.join(many)}], 2)\n}}").splitlines()
    assert lines[1:3] == ["  x = f(", "    ["]
    assert lines[-4:] == ["    ],", "    2", "  )", "}"]
    assert ", ".join(many).split() == " ".join(lines[3:-4]).split()
    assert all(90 < len(line) <= 100 for line in lines[3:-5])


@pytest.mark.parametrize(
    "binding",
    [
        "block Linear(n) { Dense(n) }",
        "let Linear = Dense(3)",
        "from 'a.nn' import Linear",
        "import 'a.nn'",
        "model Net(Linear) { Linear(3) }",
    ],
)
def test_a_word_that_the_file_binds_is_no_alias(binding: str) -> None:
    assert "Linear(4)" in formatted(f"{binding}\nmodel A {{ Linear(4) }}")


def test_settings_of_training_are_no_layers() -> None:
    assert formatted("train { optimizer Linear }") == "train { optimizer Linear }\n"


def test_nothing_stays_nothing() -> None:
    assert formatted("") == formatted("\n \n") == ""
    assert formatted("\n\n# c\n\n\n") == "# c\n"


def test_a_text_with_errors_is_refused() -> None:
    with pytest.raises(Failure) as failure:
        formatted("model A { a b }")
    assert failure.value.diagnostic.code == "NN001"
