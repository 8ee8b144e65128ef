"""How diagnostics look: underlines under what they mean, whatever the line holds."""

import pytest

from nndsl.diagnostics.model import Diagnostic, Label
from nndsl.diagnostics.render import COLOURS, render
from nndsl.source import Source, Span


def shown(text: str, start: int, end: int, *labels: Label, fix: str = "") -> list[str]:
    item = Diagnostic("NN101", Span(start, end, "a.nn"), "wrong", fix, labels)
    return render([item], {"a.nn": Source("a.nn", text)}).splitlines()


def underlined(text: str, word: str) -> None:
    """The signs below stand under the word, in columns of a terminal."""
    at = text.index(word)
    lines = shown(text, at, at + len(word))
    line, under = lines[3].partition("| ")[2], lines[4].partition("| ")[2]
    assert under.strip() == "^" * len(word)
    assert line[under.index("^") :].startswith(word)


@pytest.mark.parametrize(
    "text", ["Denze(4)", "  relu -> Denze(4)", "\tDenze(4)", "x -> \tDenze", "# a\r\nDenze(4)"]
)
def test_underlines_stand_below(text: str) -> None:
    underlined(text.split("\n")[-1], "Denze")


def test_wide_signs_take_two_columns() -> None:
    """East Asian Width: W and F are two columns; a combining mark takes none."""
    text = 'import "\u6f22\u5b57e\u0301" Denze'
    lines = shown(text, text.index("Denze"), len(text))
    assert lines[4].index("^") - lines[3].index("i") == len('import "') + 2 * 2 + 1 + len('" ')


def test_a_long_line_is_cut_around_its_place() -> None:
    text = "a -> " * 1000 + "Denze" + " -> b" * 1000
    lines = shown(text, 5000, 5005)
    assert max(map(len, lines)) < 130
    assert lines[3].partition("| ")[2].startswith("...")
    at = lines[4].index("^")
    assert lines[3][at : at + 5] == "Denze"


def test_control_signs_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in "".join(shown("a \x1b[31m Denze", 8, 13))


def test_labels_have_their_own_lines() -> None:
    text = "input x: [4]\nDense(3)\n\n\nx + _\n"
    label = Label(Span(0, 12, "a.nn"), "this gives [4]")
    assert shown(text, 24, 29, label, fix="first\nsecond") == [
        "error[NN101]: wrong",
        "  --> a.nn:5:1",
        "  |",
        "1 | input x: [4]",
        "  | ------------ this gives [4]",
        " ...",
        "5 | x + _",
        "  | ^^^^^",
        "  help: first",
        "        second",
        "",
        "1 error",
    ]


def test_a_label_in_another_file_has_its_own_place() -> None:
    sources = {"a.nn": Source("a.nn", "Denze"), "b.nn": Source("b.nn", "\nblock B {}")}
    label = Label(Span(7, 8, "b.nn"), "defined here")
    item = Diagnostic("NN101", Span(0, 5, "a.nn"), "wrong", "", (label,))
    assert "  ::: b.nn:2:7" in render([item], sources).splitlines()


def test_a_place_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    assert shown("Dense(\n4)\n", 0, 9)[4] == "  | ^^^^^^"


def test_a_place_at_the_end_of_the_text_is_one_sign() -> None:
    assert shown("Dense(4", 7, 7)[4] == "  |        ^"


def test_what_concerns_a_whole_file_shows_none_of_it() -> None:
    assert shown("Dense(4)", 0, 0)[:2] == ["error[NN101]: wrong", "  --> a.nn"]


def test_colours_change_no_text() -> None:
    sources = {"a.nn": Source("a.nn", "Denze")}
    item = Diagnostic("NN101", Span(0, 5, "a.nn"), "wrong", "fix")
    coloured = render([item], sources, COLOURS)
    for code in sorted(set(COLOURS), key=len, reverse=True):
        coloured = coloured.replace(code, "")
    assert coloured == render([item], sources)
