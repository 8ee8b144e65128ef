"""The twelve rules of the language, each as a small model whose result is arithmetic."""

from __future__ import annotations

import pytest

from nndsl.compiler import check
from nndsl.diagnostics import Diagnostics
from nndsl.ir.elaborate import Elaborated, elaborate
from nndsl.ir.files import Loader, no_imports
from nndsl.ir.flatten import FlatOp, flatten
from nndsl.source import Source


def read(text: str, model: str | None = None) -> tuple[Elaborated | None, list[str]]:
    """The elaborated model of a text and the codes of all diagnostics."""
    diagnostics = Diagnostics()
    unit = Loader(diagnostics, no_imports).load(Source("test.nn", text))
    made = elaborate(unit, diagnostics, model) if unit is not None else None
    return made, [d.code for d in diagnostics.sorted()]


def shapes(text: str) -> list[str]:
    """The types of a model's outputs; fails on any diagnostic."""
    made, codes = read(text)
    assert codes == [], codes
    assert made is not None
    return [r.value.type.show() for r in made.root.outputs]


def layers(text: str) -> list[str]:
    """The words of all layers in the order in which they run."""
    made, codes = read(text)
    assert codes == [], codes
    assert made is not None
    return [op.step.op.word for op in flatten(made.root) if isinstance(op, FlatOp)]


def model(body: str, head: str = "") -> str:
    return f"{head}\nmodel M {{\n  input x: [8]\n{body}\n}}\n"


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("Dense(4)", "[4]"),  # a bare line moves the flow
        ("y = _ -> Dense(4)\n output y", "[4]"),
        ("y = _ -> Dense(4)\n concat(_, y)", "[12]"),  # a named line does not
        ("x -> Dense(4) -> _ + _", "[4]"),
        ("Dense(4) -> 0.5 * _", "[4]"),
        ("concat { Dense(2); Dense(3); identity }", "[13]"),
        ("concat { for n in [1, 2, 3] { Dense(n) } }", "[6]"),
        ("concat { if 1 > 2 { Dense(3) }; identity }", "[8]"),
        ("residual { Dense(16) -> Dense(8) }", "[8]"),
        ("repeat 3 { Dense(5) }", "[5]"),
        ("for n in [7, 6, 5] { Dense(n) }", "[5]"),
        ("for (i, (a, b)) in enumerate([(1, 2), (3, 4)]) { Dense(10 * i + a * b) }", "[22]"),
        ("let n = 3\n Dense(n * 2)", "[6]"),
        ("let f(a, b) = a * b + 1\n Dense(f(2, 3))", "[7]"),
        ("let a, b = [3, 4]\n Dense(a) -> Dense(b)", "[4]"),
        ("let n = shape(_)[0]\n Dense(n + 1)", "[9]"),
        ("let head = Dense(3) -> relu\n head -> head", "[3]"),
        ("push s\n Dense(4)\n push s\n concat(pop(s), pop(s))", "[12]"),
        ("push s\n push s\n concat(s)", "[16]"),
        ("a, b = _ -> split(2)\n a + b", "[4]"),
        ("_, b = _ -> split(2)\n _ * b", "[4]"),
        ("maximum(_, 0)", "[8]"),
        ("Dense(4 if 2 > 1 and not 1 == 2 else 5)", "[4]"),
        ("Dense(sum([n * n for n in range(4) if n % 2 == 1]))", "[10]"),  # 1 + 9
        ("Dense(len([1, 2, 3]) + min(4, 2) + max([1, 5]) + round_to(30, 8))", "[42]"),  # 3+2+5+32
        ("_ -> shape[8] -> Dense(2)", "[2]"),
        ("{ Dense(3); Dense(2) }", "[2]"),
        ("frozen { Dense(3) }", "[3]"),
        ("x[2:5]", "[3]"),
        ("weight w: [8, 5] = zeros\n _ @ w", "[5]"),
        ("let acts = [relu, tanh]\n Dense(3) -> acts[0] -> acts[1]", "[3]"),
        ("let rows = [(Dense(4), relu), (Dense(3), tanh)]\n _ -> rows[0][0] -> rows[1][0]", "[3]"),
        ("Dense(3) -> (relu if 1 > 2 else Dense(5))", "[5]"),
        ("add(x, 1, 2)", "[8]"),
        ("Reshape(4, 2) -> LSTM(3, bidirectional=true, merge=sum)", "[3]"),
        ("Reshape(4, 2) -> LSTM(3, bidirectional=true)", "[6]"),
    ],
)  # fmt: skip
def test_what_a_body_is_worth(body: str, result: str) -> None:
    assert shapes(model(body)) == [result]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Dens(4)", "NN101"),
        ("Dense(4, colour=3)", "NN102"),
        ("Dense", "NN103"),
        ("Dense(4.5)", "NN104"),
        ("Dense(4, 5)", "NN105"),
        ("Dense(units=4, units=5)", "NN106"),
        ("y = Dense(4)\n output y", "NN309"),  # must begin with a value
        ("let y = _ -> Dense(4)", "NN331"),
        ("x = _ + 1", "NN311"),  # one name, one meaning
        ("for i in [1] { let n = i }\n Dense(n)", "NN101"),  # only _ and pushed lists outlive
        ("a = _ -> split(2)\n output a", "NN322"),  # several results must be taken apart
        ("concat { let n = 3 }", "NN307"),
        ("subtract { Dense(4) }", "NN307"),  # a difference is of two
        ("residual { Dense(4) }", "NN308"),
        ("concat(pop(s), _)", "NN319"),
        ("Dense(10**10**10)", "NN303"),
        ("Dense(1 // 0)", "NN302"),
        ("Dense([1, 2][2])", "NN320"),
        ("_ -> shape[9]", "NN222"),
        ("_ -> x", "NN326"),
        ("_ -> [1, 2][0]", "NN326"),
        ("average(x, 1, 2, 3)", "NN201"),
        ("subtract(x, 1, 2)", "NN201"),
        ("3 -> Dense(4)", "NN327"),
        ("relu = _ + 1\n relu(_)", "NN318"),  # a hidden built-in word
        ("if _ > 0 { Dense(4) }", "NN305"),
        ("repeat 10**10 { Dense(4) }", "NN402"),
    ],
)
def test_what_is_an_error(body: str, code: str) -> None:
    assert read(model(body))[1][0] == code


@pytest.mark.slow
def test_the_budget_of_steps_ends_a_runaway_loop() -> None:
    assert read(model("repeat 10**9 { Dense(channels(_) + 1) }"))[1] == ["NN401"]


def test_every_mistake_is_reported_and_none_that_only_follows() -> None:
    made, codes = read(model("Dens(4)\n relu\n y = _ -> Dense(0)\n y + 1\n Conv(3, 3)"))
    assert made is None
    assert codes == ["NN101", "NN104"]


def test_a_block_sees_its_file_not_its_caller() -> None:
    head = "let n = 3\nblock B { Dense(n) }"
    assert shapes(model("B", head)) == ["[3]"]
    assert read(model("let m = 4\n B", "block B { Dense(m) }"))[1] == ["NN101"]


def test_positional_settings_of_a_block_bind_by_kind() -> None:
    head = "block B(units, act=relu, scale=2) { Dense(units * scale) -> act }"
    assert shapes(model("B(3, gelu)", head)) == ["[6]"]
    assert layers(model("B(gelu, 3, 5)", head)) == ["Dense", "gelu"]


def test_a_layer_as_a_setting() -> None:
    head = "block B(cell=Dense) { cell(4) -> cell(2) }"
    assert shapes(model("B", head)) == ["[2]"]
    assert layers(model("B(cell=Dense(act=tanh))", head)) == ["Dense", "Dense"]


def test_a_recipe_makes_new_weights_at_each_use_and_shared_does_not() -> None:
    recipe, _ = read(model("let d = Dense(8)\n d -> d"))
    shared, _ = read(model("shared d = Dense(8)\n d -> d"))
    assert recipe is not None
    assert shared is not None
    homes = [
        [op.home for op in flatten(m.root) if isinstance(op, FlatOp)] for m in (recipe, shared)
    ]
    assert [len(set(home)) for home in homes] == [2, 1]
    assert [len(home) for home in homes] == [2, 2]


def test_presets_and_overrides() -> None:
    text = "model A(n=2, k=3) { input x: [8]\n Dense(n * k) }\nmodel B = A(k=5)\nmodel C = B(n=4)"
    made, codes = read(text, "C")
    assert codes == []
    assert made is not None
    assert made.root.outputs[0].value.type.show() == "[20]"


def test_open_dimensions_have_names_bounds_and_equalities() -> None:
    assert shapes("model M { input t: int[?T <= 5]\n Embedding(9, 4) -> Dense(2) }") == ["[?T, 2]"]
    text = "block B { input x: [?T, 4]\n input y: [?T, 4]\n x + y }\n"
    body = "model M { input a: [3, 4]\n input b: [5, 4]\n a -> B(y=b) }"
    assert read(text + body)[1] == ["NN220"]
    assert shapes("model M { input x: [32*?h, 3]\n Conv(4, 2, stride=2) }") == ["[16 * ?h, 4]"]


def test_recursion_ends_or_is_an_error() -> None:
    text = "block R(n) { if n > 0 { Dense(n) -> R(n - 1) } }"
    assert shapes(model("R(5)", text)) == ["[1]"]
    assert read(model("R", "block R { Dense(3) -> R }"))[1] == ["NN403"]


def test_the_bare_name_of_a_flag_is_told_how_to_be_set() -> None:
    text = "model M {\n  input x: [8, 4]\n  SelfAttention(2, causal)\n}\n"
    (found,) = check(text).diagnostics
    assert (found.code, found.fix) == ("NN104", "write `causal=true`")
