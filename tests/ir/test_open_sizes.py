"""Open dimensions as sizes of a Reshape and as bounds of slices; shapes by arithmetic."""

from __future__ import annotations

import pytest

from nndsl.compiler import analyse, check, compile_model
from nndsl.diagnostics import Diagnostic

HEAD = "input t: int[?T <= 20]\ninput x: [?T, 8]\ninput w: [24, 8]\ninput s: [?S, 8]\n"


def model(body: str) -> str:
    kept = "output _k = t\noutput _l = w\noutput _m = s\noutput _n = x"
    return f"model M {{\n{HEAD}{body}\n{kept}\n}}"


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ("x -> Reshape(?T, 2, 4)", "[?T, 2, 4]"),
        ("x -> Reshape(shape(t)[0], 8)", "[?T, 8]"),
        ("x -> Reshape(2 * ?T, 4)", "[2 * ?T, 4]"),
        ("x -> Reshape([?T, 4, -1])", "[?T, 4, 2]"),
        ("x @ transpose(x) -> Reshape(?T, ?T, 1)", "[?T, ?T, 1]"),
        ("w[:shape(t)[0]]", "[?T, 8]"),
        ("w[1:?T, 2:4]", "[?T - 1, 2]"),
        ("x[:shape(x)[0] - 1]", "[?T - 1, 8]"),
        ("concat(x, x, axis=0)[:?T]", "[?T, 8]"),
        ("concat(x, x, axis=0)[?T:]", "[?T, 8]"),
        ("w[?T:]", "[-?T + 24, 8]"),
    ],
)
def test_the_shape(body: str, shape: str) -> None:
    made = analyse(model(f"output y = {body}"))
    assert made.table is not None, [d.message for d in made.diagnostics]
    assert made.table.outputs[0] == ("y", shape)


def found(body: str) -> list[Diagnostic]:
    return [d for d in check(model(f"output y = {body}")).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("x -> Reshape(?S, 8)", "NN205", "do not|are not"),
        ("x -> Dense(?T)", "NN202", "open dimension ?T"),
        ("x -> Conv(4, ?T)", "NN202", "open dimension ?T"),
        ("w[:shape(s)[0]]", "NN219", "the bound ?S may be beyond axis 0, whose size is 24"),
        ("s[:shape(t)[0]]", "NN219", "may be beyond axis 0, whose size is ?S"),
        ("w[3:?T]", "NN219", "the bound ?T may be smaller than 3"),
        ("w[?T]", "NN219", "chooses no single element"),
        ("w[::?T]", "NN219", "chooses no single element"),
        ("x[:?T + 1]", "NN219", "may be beyond"),
    ],
)
def test_what_is_not_known(body: str, code: str, message: str) -> None:
    errors = found(body)
    assert [d.code for d in errors] == [code]
    assert any(part in errors[0].message for part in message.split("|"))


def test_a_bound_where_it_is_defined_makes_a_slice_known() -> None:
    text = "model M { input t: int[%s]; input x: [24, 8]; output x[2:?T]; output t }"
    codes = [[d.code for d in check(text % dim).diagnostics] for dim in ("?T", "2 <= ?T <= 24")]
    assert codes == [["NN219"], []]


def test_what_keras_cannot_say_is_refused() -> None:
    made = compile_model(model("output y = x @ transpose(x) -> Reshape(?T, ?T, 1)"), "keras")
    assert [d.code for d in made.diagnostics] == ["NN601"]
    made = compile_model(model("output y = w[?T:]"), "keras")
    assert [d.code for d in made.diagnostics] == ["NN601"]
    assert "shape(y)[0]" in made.diagnostics[0].fix


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("concat(x, s, axis=0)", "concat(s, x, axis=0)"),
        ("concat(x, s, axis=0) -> MaxPool(2)", "concat(s, x, axis=0) -> MaxPool(2)"),
        ("x @ transpose(s) -> Flatten", "s @ transpose(x) -> Flatten"),
    ],
)
def test_sums_and_products_are_equal_in_any_order(left: str, right: str) -> None:
    assert found(f"(({left}) + ({right}))") == []


def test_sizes_that_are_never_equal_are_refused() -> None:
    text = (
        "block Same {\n input x: [?n, 4]\n input y: [?n, 4]\n concat(x, y, axis=0)\n}\n"
        "model M { input a: [?T, 4]; input b: [?T + 1, 4]; a -> Same(y=b) }"
    )
    assert [d.code for d in check(text).diagnostics] == ["NN220"]
    assert [d.code for d in found("(x -> shape[?T + 1, 8])")] == ["NN222"]


def test_the_number_of_axes_is_no_formula() -> None:
    """Nothing of what decides it is an argument of the class."""
    text = (
        "block P(n) { Dense(n); if len(shape(_)) == 2 { SelfAttention(1) } }\n"
        "model M { input x: [9, 6]; P(8); P(6) }"
    )
    code = compile_model(text, "torch").files["m.py"]
    assert "def __init__(self, in_channels: int, n: int):" in code
    assert "self.self_attention = SelfAttention(n, 1)" in code
