"""Layers that are given their weights as values: what they own and cost, and what does not fit."""

from __future__ import annotations

import pytest

from nndsl.compiler import analyse, check, compile_model
from nndsl.diagnostics import Diagnostic

HEAD = "block Body(n) { shared words = Embedding(50, n); words -> Dense(n, relu) }\n"


def model(body: str) -> str:
    return f"{HEAD}model M {{\n  input t: int[6]\n  shared body = Body(8)\n  body\n{body}\n}}\n"


def counted(body: str) -> tuple[int, int]:
    """Parameters beside those of the body (50 * 8 + 8 * 8 + 8), and MACs beside its 6 * 8 * 8."""
    made = analyse(model(body))
    assert made.table is not None, made.diagnostics
    totals = made.table.totals
    assert isinstance(totals.macs, int)
    return totals.params - (400 + 72), totals.macs - 6 * 64


@pytest.mark.parametrize(
    ("body", "own", "macs"),
    [
        # 6 positions, 8 * 50 products each; the bias is the layer's own
        ("Dense(50, kernel=transpose(body.words.table))", 50, 2400),
        ("Dense(50, kernel=transpose(body.words.table), bias=false)", 0, 2400),
        ("weight b: [50]\nDense(50, kernel=transpose(body.words.table), bias=b)", 50, 2400),
        ("weight b: [5]\nDense(5, relu, bias=b)", 8 * 5 + 5, 6 * 8 * 5),
        ("weight k: [8, 5]\nDense(5, tanh, kernel=k)", 8 * 5 + 5, 6 * 8 * 5),
        ("weight k: [4, 8]\nDense(8, kernel=k[0:4] @ transpose(k) @ k)", None, None),
        ("_ -> Dense(50, kernel=transpose(body.words.table)) -> take(0)\n"
         "take(t, 0) -> Embedding(50, 8, table=body.words.table)", 50, 2400),
        ("weight k: [8, 8]\nrepeat 3 { Dense(8, kernel=k) }", 64 + 3 * 8, 3 * 6 * 64),
        ("weight k: [8, 8]\nrepeat 3 { Dense(8, kernel=k, bias=false) }", 64, 3 * 6 * 64),
    ],
)  # fmt: skip
def test_what_such_a_layer_owns(body: str, own: int | None, macs: int | None) -> None:
    if own is None:
        assert found(body)[0].code == "NN211"  # [4, 8] where [8, 8] is wanted
    else:
        assert counted(body) == (own, macs)


def found(body: str) -> list[Diagnostic]:
    return [d for d in check(model(body)).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(
    ("body", "code", "message", "fix"),
    [
        ("Dense(50, kernel=body.words.table)", "NN211",
         "the `kernel` of this `Dense` is [8, 50], not [50, 8]", "kernel=transpose("),
        ("Dense(40, kernel=transpose(body.words.table))", "NN211", "[8, 40], not [8, 50]", ""),
        ("weight b: [4]\nDense(5, bias=b)", "NN211", "`bias` of this `Dense` is [5], not [4]", ""),
        ("t -> Embedding(50, 7, table=body.words.table)", "NN211", "[50, 7], not [50, 8]", ""),
        ("_ -> Embedding(50, 8, table=body.words.table)", "NN212", "int", ""),
        ("t -> Dense(50, kernel=transpose(body.words.table))", "NN210", "real numbers", ""),
        ("Dense(50, init=zeros, kernel=transpose(body.words.table))", "NN102", "no `init`", "made"),
        ("Dense(50, l2=0.1, kernel=transpose(body.words.table))", "NN102", "no `l2`", "made"),
        ("weight b: [5]\nDense(5, bias=b, bias_init=ones)", "NN102", "no `bias_init`", "made"),
        ("shared d = Dense(50, kernel=transpose(body.words.table))\nd", "NN332", "to share", ""),
        ("weight k: [3, 8, 5]\nConv(5, 3, kernel=k)", "NN102", "takes no value `kernel`", ""),
        ("Dense(5, kernel=3)", "NN102", "no setting `kernel`", ""),
    ],
)  # fmt: skip
def test_what_does_not_fit(body: str, code: str, message: str, fix: str) -> None:
    errors = found(body)
    assert [d.code for d in errors] == [code], errors
    assert message in errors[0].message
    assert fix in errors[0].fix


def test_the_place_of_a_weight_that_does_not_fit_is_shown() -> None:
    (error,) = found("weight k: [5, 8]\nDense(5, kernel=k)")
    assert [label.text for label in error.labels] == ["this gives [5, 8]"]


def test_a_tie_by_value_reads_as_one_would_write_it() -> None:
    made = compile_model(
        model("Dense(50, kernel=transpose(body.words.table), bias=false)"), "torch"
    )
    assert "return F.linear(self.body(t), self.body.words.weight)" in made.files["m.py"]


def test_the_table_shows_products_that_cost_something() -> None:
    made = analyse(model("weight k: [8, 8]\nDense(8, kernel=k, bias=false)"))
    assert made.table is not None
    assert ("dense", "matmul") in [(row.name, row.kind) for row in made.table.rows]


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_identity_is_an_initialiser_where_one_is_wanted(target: str) -> None:
    text = "model M { input x: [8]; Dense(8, init=identity) -> Dense(8, identity) }"
    code = compile_model(text, target).files["m.py"]
    assert {"torch": "nn.init.eye_", "keras": 'kernel_initializer="identity"'}[target] in code


def test_what_a_shared_layer_is_given_is_not_what_is_shared() -> None:
    text = (
        "model M {\n input x: [6, 8]\n input m: [5, 8]\n"
        " shared a = Attention(2, context=relu(m))\n x -> a -> a\n}"
    )
    made = analyse(text)
    assert made.table is not None, made.diagnostics
    assert made.table.totals.params == 4 * (8 * 8 + 8)  # query, key, value, output: once
