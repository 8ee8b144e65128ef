"""Syntax errors: which code, where, and nothing that only follows from another."""

import re

import pytest

from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.errors import CODES
from nndsl.syntax.parser import parse, parse_expression
from syntax.pages import PROGRAMS
from syntax.show import show

# A line of a model and what is reported: the code and the characters that it points at.
LINES: dict[str, tuple[str, str]] = {
    "Dense(300, elu": ("NN002", "u"),
    "x = [1, 2": ("NN002", "2"),
    "Dense 3)": ("NN003", ")"),
    "f(1; 2)": ("NN001", ";"),
    "if a\n{ relu }": ("NN004", "{"),
    "for x in xs\n{ relu }": ("NN004", "{"),
    "if a\n    relu\n  }": ("NN002", "a"),
    "Dense(10 elu)": ("NN005", "0"),
    "x = [1 2]": ("NN005", "1"),
    "f(\n      1\n      2\n  )": ("NN005", "1"),
    "input x = [28]": ("NN006", "="),
    "weight w = zeros": ("NN006", "="),
    "Dense(10, bias: false)": ("NN006", ":"),
    "let n: 3": ("NN006", ":"),
    "shared t: Tower": ("NN006", ":"),
    "x: [3]": ("NN006", ":"),
    "if a = b { relu }": ("NN006", "="),
    "let in = 3": ("NN007", "in"),
    "input for: [3]": ("NN007", "for"),
    "loss = 3": ("NN007", "loss"),
    "weight -> relu": ("NN007", "weight"),
    "def f(x)": ("NN008", "def"),
    "class A(nn.Module):": ("NN008", "class"),
    "return x": ("NN008", "return"),
    "f = lambda x: x": ("NN008", "lambda"),
    "import torch": ("NN018", "import"),
    "for x in y:": ("NN008", ":"),
    "nn.Linear(784, 10)": ("NN008", "nn.Linear"),
    "keras.layers.Dense(10)": ("NN008", "keras.layers.Dense"),
    "x.view(-1)": ("NN008", "x.view"),
    "Dense(10)(x)": ("NN008", "("),
    "(a, b) = x": ("NN008", "="),
    "x[0] = 3": ("NN008", "="),
    "// a comment": ("NN008", "//"),
    "[a for i, (b, c) in d]": ("NN008", "(b, c)"),
    '"abc': ("NN009", '"abc'),
    "f('abc)": ("NN009", "'abc)"),
    r'x = "\q"': ("NN009", r"\q"),
    r'x = "\ud800"': ("NN009", r"\ud800"),
    "$ -> x": ("NN010", "$"),
    "\u00e9t\u00e9 -> relu": ("NN010", "\u00e9t\u00e9"),
    "a \u2212 b": ("NN010", "\u2212"),
    "a \u202e b": ("NN010", "\u202e"),
    "a \x00 b": ("NN010", "\x00"),
    "# \ud800": ("NN010", "\ud800"),
    "a <- b": ("NN011", "<-"),
    "a => b": ("NN011", "=>"),
    "a |> b": ("NN011", "|>"),
    "a \u2192 b": ("NN011", "\u2192"),
    "3x3": ("NN012", "3x3"),
    "x = 1e400": ("NN012", "1e400"),
    "scan cell { }": ("NN015", "scan"),
    "state = 4": ("NN015", "state"),
    "next": ("NN015", "next"),
    "x = a +": ("NN017", "+"),
    "x = ": ("NN017", "="),
    "A ->": ("NN017", "->"),
    "f(a, b *)": ("NN017", "*"),
    "block C { relu }": ("NN018", "block"),
    "a && b": ("NN019", "&&"),
    "a || b": ("NN019", "||"),
    "!a": ("NN019", "!"),
    "x += 1": ("NN019", "+="),
    "input: [28]": ("NN001", ":"),
    "a + add { b }": ("NN001", "{"),
    "Dense(3) relu": ("NN001", "relu"),
    "y = -> relu": ("NN001", "->"),
    "f(a, , b)": ("NN001", ","),
}

# A file and all that is reported: line and code.
FILES: dict[str, list[tuple[int, str]]] = {
    "model A\n{\n  Dense(3)\n}": [(2, "NN004")],
    "model A(x=1)\n  Dense(3)\n  relu\n}\nmodel B { Dense(1) relu }": [(1, "NN002"), (5, "NN001")],
    "model A {\n  if x { relu\n  Dense(3)\n}\nmodel B {\n  tanh\n}": [(2, "NN002")],
    "model A {\n  repeat 3 { relu\n": [(2, "NN002")],
    "model A {\n  relu\n}\n}\nmodel B { relu; ) }": [(4, "NN003"), (5, "NN003")],
    "model A {\n  relu }\n  tanh\n  relu\n}\nblock B { a b }": [(2, "NN003"), (6, "NN001")],
    "import torch\nfrom torch import nn": [(1, "NN008"), (2, "NN008")],
    "Dense(3)\nrelu\nmodel A { a b }": [(1, "NN018"), (3, "NN001")],
    "modell A { relu }": [(1, "NN018")],
    "block B(x: int) { relu }": [(1, "NN008")],
    "model { relu }": [(1, "NN001")],
    "train { data x\n 3\n lr = 4\n patience -1 }": [(2, "NN001"), (3, "NN008")],
    "model A { relu }\nnn 1": [(2, "NN016")],
    "nn 2": [(1, "NN016")],
    "model A { relu } model B {\n f( }": [(1, "NN001"), (2, "NN002")],
    "model A {\n  f a, 2)\n  g(h i)\n}": [(2, "NN003"), (3, "NN005")],
    "model A {\n  for w in ws Dense(w) }\n  a b\n}": [(2, "NN002"), (3, "NN001")],
    "model A {\n  if a { b\n  else { c }\n}\nmodel B { d }": [(2, "NN002")],
    "model A {\n  if a { b } { c }\n}\nmodel B { d e }": [(2, "NN001"), (4, "NN001")],
    "model A {\n  a b\n  c d\n  f(\n}\nmodel B { e f }": [
        (2, "NN001"),
        (3, "NN001"),
        (4, "NN002"),
        (6, "NN001"),
    ],
    "model A {\r  relu\r}": [(1, "NN010")] * 2,
}


def errors(text: str) -> list[tuple[int, str]]:
    source, diagnostics = Source("test.nn", text), Diagnostics()
    parse(source, diagnostics)
    return [(source.place(one.span.start).line, one.code) for one in diagnostics.sorted()]


@pytest.mark.parametrize("line", LINES)
def test_one_mistake_is_one_error(line: str) -> None:
    text = f"model A {{\n  Dense(3)\n  {line}\n  relu\n}}\nmodel B {{ relu }}"
    diagnostics = Diagnostics()
    tree = parse(Source("test.nn", text), diagnostics)
    (found,) = diagnostics.items
    assert (found.code, text[found.span.start : found.span.end]) == LINES[line]
    assert found.fix
    assert found.message
    assert tree is not None
    assert show(tree.declarations[-1]) == "model B() {relu}"


@pytest.mark.parametrize("text", FILES)
def test_all_mistakes_of_a_file(text: str) -> None:
    assert errors(text) == FILES[text]


def test_lines_without_a_mistake_are_kept() -> None:
    tree = parse(
        Source("", "model A {\n  a b\n  c\n  d = )\n  if e f { g }\n  h\n}"), Diagnostics()
    )
    assert tree is not None
    assert show(tree.declarations[0]) == "model A() {?; c; d = ?; ?; h}"


def test_an_unclosed_bracket_points_at_its_opener() -> None:
    text = "model A {\n  Dense(3, relu\n  tanh\n}"
    diagnostics = Diagnostics()
    parse(Source("", text), diagnostics)
    (found,) = diagnostics.items
    (label,) = found.labels
    assert text[label.span.start] == "("
    assert "tanh" not in text[: found.span.end]


def test_the_brace_that_lost_its_partner_is_found_by_indentation() -> None:
    text = "model A {\n  add {\n    relu\n  residual {\n    tanh\n  }\n}\nmodel B { a }\n"
    diagnostics = Diagnostics()
    parse(Source("", text), diagnostics)
    (found,) = diagnostics.items
    assert text[: found.labels[0].span.start].endswith("  add ")


def test_a_misspelt_keyword_has_a_suggestion() -> None:
    diagnostics = Diagnostics()
    parse(Source("", "modle A { relu }"), diagnostics)
    assert "`model`" in diagnostics.items[0].fix


def test_an_error_in_a_value_from_outside() -> None:
    diagnostics = Diagnostics()
    assert parse_expression(Source("--set", "[1, 2"), diagnostics) is None
    assert [one.code for one in diagnostics.items] == ["NN002"]


def test_codes_are_numbered_and_explained() -> None:
    assert [code.code for code in CODES] == [f"NN{number:03}" for number in range(1, 20)]
    for code in CODES:
        assert 1 <= len(code.text.splitlines()) <= 4
        assert code.title
        assert not code.title.endswith(".")


def test_every_code_is_met_by_a_test() -> None:
    met = {code for code, _ in LINES.values()}
    met |= {code for found in FILES.values() for _, code in found}
    elsewhere = {"NN013", "NN014"}  # nesting and size: test_robust.py
    assert met | elsewhere == {code.code for code in CODES}


def test_fixes_that_can_be_followed_lead_to_a_file_without_errors() -> None:
    followed = {
        "Dense(300, elu": "Dense(300, elu)",
        "input x = [28]": "input x: [28]",
        "nn.Linear(784, 10)": "Linear(10)",
        "x += 1": "_ + 1",
        "a => b": "a -> b",
    }
    for before, after in followed.items():
        assert errors(f"model A {{\n{before}\n}}")
        assert not errors(f"model A {{\n{after}\n}}")


def test_messages_name_no_tokens_of_the_parser() -> None:
    for line in LINES:
        diagnostics = Diagnostics()
        parse(Source("", f"model A {{\n{line}\n}}"), diagnostics)
        for found in diagnostics.items:
            assert not re.search(r"\b(__ANON|RPAR|LBRACE|NL|\$END)\b", found.message + found.fix)
            assert isinstance(found.labels, tuple)


def test_partial_trees_hold_no_tokens() -> None:
    tree = parse(Source("", "model A {\n  x = [1 2]\n  if a\n { b }\n}"), Diagnostics())
    assert isinstance(tree, ast.File)
    assert show(tree.declarations[0]) == "model A() {x = ?; ?}"


def test_a_lost_token_is_hardly_ever_two_errors() -> None:
    text = PROGRAMS["features"]
    tokens = [one.span() for one in re.finditer(r"\w+|->|\*\*|[^\w\s]", text)]
    lost = [(start, end) for start, end in tokens if not in_comment(text, start)]
    counts = [len(errors(text[:start] + text[end:])) for start, end in lost[::3]]
    assert len(counts) > 130
    assert sum(count > 1 for count in counts) <= len(counts) // 100


def in_comment(text: str, at: int) -> bool:
    return "#" in text[text.rfind("\n", 0, at) + 1 : at + 1]
