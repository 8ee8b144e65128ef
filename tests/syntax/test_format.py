"""The formatter: one form, the same meaning, all comments, nothing new the second time."""

from pathlib import Path

import pytest

from nndsl.diagnostics import Failure
from nndsl.source import Source
from nndsl.syntax.format import format_source
from syntax.formats import ROOT, canonical, check, files, graphs
from syntax.pages import PROGRAMS, RESNET, SEED
from syntax.programs import Programs

CASES = Path(__file__).parent / "format"
ALIASES = {"Linear": "Dense", "Conv2d": "Conv2D", "Add": "add"}


def formatted(text: str) -> str:
    return format_source(Source("test.nn", text), ALIASES)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_keep_their_meaning(name: str) -> None:
    check(PROGRAMS[name])


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_keep_their_meaning(seed: int) -> None:
    check(Programs(seed).text())


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_keep_their_graphs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    check(text)
    once = canonical(path)
    assert graphs(path, once, 1) == graphs(path, text, 1)  # `make formats` takes every model
    assert format_source(Source(path.name, once), ALIASES) == once


@pytest.mark.parametrize("text", [SEED, RESNET])
def test_programs_as_people_write_them_are_left_alone(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize("path", sorted(CASES.glob("*.nn")), ids=lambda path: path.stem)
def test_cases(path: Path, golden) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text(encoding="utf-8")
    check(text)
    golden(path.with_suffix(".golden"), formatted(text))


def test_a_blank_line_follows_what_ends_with_a_brace_of_its_own() -> None:
    """Whatever was there before; short blocks may stand together."""
    body = "{\n  input x: [4]\n  if true { relu }\n  Dense(3)\n}"
    short = "block B { relu }\nblock C { tanh }\nlet n = 3\n"
    train = "train {\n  epochs  3\n}"
    wanted = f"{short}model M {body}  # end\n\n# of it\n{train}\n\n{short}"
    for blank in ("\n", "\n\n", "\n\n\n"):
        given = f"{short}model M {body} # end{blank}# of it\n{train}{blank}{short}"
        assert formatted(given) == wanted
        check(given)


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


ROW = ", ".join(["11", "22"])


@pytest.mark.parametrize(("opening", "closing"), ["[]", "()"])
def test_a_last_comma_on_a_line_of_its_own_keeps_the_rows(opening: str, closing: str) -> None:
    table = f"let a = f{opening}\n  ({ROW}),\n  ({ROW}),\n{closing}\n"
    assert formatted(table) == table
    assert formatted(table.replace(f",\n{closing}", f"\n{closing}")).count("\n") == 1
    assert formatted(table.replace("\n", "")).count("\n") == 1


def test_no_comma_is_put_where_none_was() -> None:
    assert formatted("let a = [\n  1,\n  2\n]") == "let a = [1, 2]\n"
