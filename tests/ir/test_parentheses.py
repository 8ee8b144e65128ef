"""A function call that holds a value is a value, whatever the value is; nothing is left out."""

import pytest

from nndsl.compiler import analyse, check, stage_text

HEAD = "model M {\n  input a: [4]\n  b = a -> Dense(4)\n"


def operations(body: str) -> list[tuple[str, list[str]]]:
    """(what is computed, from which numbered values) for each line of the graph."""
    made = stage_text(f"{HEAD}  {body}\n}}\n", "ir")
    assert made.text is not None, made.diagnostics
    found = []
    for line in made.text.splitlines():
        if ": " in line and "= %" not in line and line.strip().startswith("%"):
            words = line.partition(": ")[2].partition("{")[0].split()
            found.append((words[0].partition("(")[0], [w for w in words[1:] if w[0] == "%"]))
    return found


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("relu(b * 2)", [("multiply", ["%1"]), ("relu", ["%2"])]),
        ("let act = relu\n  act(b)", [("relu", ["%1"])]),
        ("let act = leaky_relu(0.1)\n  y = act(b)\n  y -> tanh",
         [("leaky_relu", ["%1"]), ("tanh", ["%2"])]),
        ("let d(u) = u * 2\n  tanh(d(b))", [("multiply", ["%1"]), ("tanh", ["%2"])]),
        ("let d(n) = b * n\n  tanh(d(2))", [("multiply", ["%1"]), ("tanh", ["%2"])]),
        ("let vs = [a, b]\n  tanh(vs[1])", [("tanh", ["%1"])]),
        ("b + sqrt(arange(4))", [("arange", []), ("sqrt", ["%2"]), ("add", ["%1", "%3"])]),
        ("f = arange(4) * 2\n  b * f",
         [("arange", []), ("multiply", ["%2"]), ("multiply", ["%1", "%3"])]),
        ("b * exp(arange(4) * 1.0)",
         [("arange", []), ("multiply", ["%2"]), ("exp", ["%3"]), ("multiply", ["%1", "%4"])]),
        ("b + relu(constant([1.0, -1.0, 2.0, 0.0]))",
         [("constant", []), ("relu", ["%2"]), ("add", ["%1", "%3"])]),
    ],
)  # fmt: skip
def test_what_stands_in_parentheses_is_taken(
    body: str, wanted: list[tuple[str, list[str]]]
) -> None:
    assert operations(body)[1:] == wanted


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("a -> relu(b)", "NN201", "`relu` takes one value, and 2 come here"),
        ("let act = exp\n  a -> act(b)", "NN201", "`exp` takes one value, and 2 come here"),
        (
            "b -> constant([1, 2])",
            "NN326",
            "`constant` makes a value and takes nothing of what arrives",
        ),
        ("relu(a, b)", "NN201", "`relu` takes one value, and 2 come here"),
        ("arange(b)", "NN201", "`arange` takes no value, and 1 come here"),
    ],
)  # fmt: skip
def test_a_value_too_many_is_told(body: str, code: str, message: str) -> None:
    found = [(d.code, d.message) for d in check(f"{HEAD}  {body}\n}}\n").diagnostics]
    assert (code, message) in found


def test_an_activation_setting_of_a_block_takes_a_value() -> None:
    text = "block B(act=relu) { x = _ -> Dense(4); act(x) }\nmodel M { input a: [3]; B(act=tanh) }"
    table = analyse(text).table
    assert table is not None
    assert table.totals.params == 3 * 4 + 4
    graph = stage_text(text, "ir").text
    assert graph is not None
    assert "tanh %1" in graph
