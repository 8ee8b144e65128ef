"""Names and flows that nothing reads: what is found, and what is left alone."""

import pytest

from nndsl.compiler import check


def codes(text: str) -> list[str]:
    return [item.code for item in check(text).diagnostics]


def model(body: str, head: str = "input x: [8]") -> str:
    return f"model M {{\n{head}\n{body}\n}}"


@pytest.mark.parametrize(
    "body",
    [
        "y = _ -> Dense(8)\n_ + y",
        "let n = 4\nDense(n)",
        "let n = 4\nlet m = n + 1\nDense(m)",
        "let f(n) = n * 2\nDense(f(3))",
        "let act = relu\nDense(4) -> act",
        "shared d = Dense(8)\nd -> d",
        "weight w: [8] = zeros\n_ + w",
        "for n in [4, 5] { Dense(n) }",
        "for _ in range(3) { Dense(4) }",
        "for _i in range(3) { Dense(4) }",
        "push s\nDense(8)\n_ + pop(s)",
        "push s\nDense(8)\npush s\nconcat(s)",
        "repeat 2 { push s; Dense(8) }\nlet n = len(s)\nDense(n)",
        "_unread = _ -> Dense(4)\nDense(2)",
        "let c = channels(_)\nif c == 8 { Dense(c) } else { Dense(2) }",
        "y = _ -> Dense(8)\nadd { y; { relu }; y -> Dense(8) }",
        "Dense(4)\nz = _ -> Dense(2)\noutput z\noutput _ -> Dense(3)",
        "output a = Dense(2)\noutput b = Dense(3)",
        "Dense([n for n in [3, 4]][0])",
        "a, b = _ -> split(2)\na + b",
        "a, _rest = _ -> split(2)\na -> relu",
        "residual { y = _ -> Dense(8); _ * y }",
        "loss l = sum(_ * _)\nDense(3)",
        "input -> Dense(3)",
        "x -> Dense(3)",
        "Dense(8)\nx + _",
        "for n in [4, 8] { x -> Dense(n); push maps }\nconcat(maps)",
        "for n in [4, 8] { Dense(n); push maps }\nconcat(maps)",
        "Dense(8)\nif true { x -> Dense(8) }\nrelu",
        "Dense(8)\nadd { x -> Dense(8); if true { relu } }",
        "Dense(8)\nresidual { input -> Dense(8) }",
        "add { { Dense(8); relu }; x -> Dense(8) }",
        "Dense(8)\nrepeat 2 { y = _ -> Dense(8); _ + y }",
    ],
)
def test_what_is_read(body: str) -> None:
    assert codes(model(body)) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("y = _ -> Dense(8)\nrelu", "NN351"),
        ("let n = 4\nrelu", "NN351"),
        ("let f(n) = n * 2\nrelu", "NN351"),
        ("shared d = Dense(8)\nrelu", "NN351"),
        ("weight w: [8] = zeros\nrelu", "NN351"),
        ("for n in [4, 5] { Dense(4) }", "NN351"),
        ("push s\nDense(8)", "NN351"),
        ("a, b = _ -> split(2)\na -> relu", "NN351"),
        ("residual { y = _ -> Dense(8); relu }", "NN351"),
        ("if true { let n = 4; relu }", "NN351"),
        ("y = _ -> Dense(8)\nif false { Dense(3) } else { let z = 3; Dense(z) }", "NN351"),
        ("Dense(8)\nx -> Dense(4)", "NN352"),
        ("y = _ -> Dense(3)\noutput y\nDense(8)", "NN352"),
        ("repeat 2 { Dense(8); x -> Dense(8) }", "NN352"),
        ("Dense(8)\nfor n in [4] { x -> Dense(n); push s }\nconcat(s)", "NN352"),
        ("repeat 2 { x -> Dense(8) }\nrelu", "NN352"),  # the first round's result
        ("Dense(8)\nconcat { x -> Dense(8); x -> relu }", "NN352"),
        ("Dense(8)\n{ x -> Dense(8) }", "NN352"),
        ("Dense(8)\nif true { x -> Dense(8) } else { x -> Dense(8, relu) }", "NN352"),
        ("concat { { Dense(8); x -> relu }; identity }", "NN352"),
        ("Dense(8)\nfrozen { x -> Dense(8) }", "NN352"),
    ],
)
def test_what_is_not(body: str, code: str) -> None:
    assert codes(model(body)) == [code]


def test_inputs_and_settings() -> None:
    assert codes(model("a -> Dense(3)", "input a: [4]\ninput b: [4]")) == ["NN351"]
    assert codes("block B(n, m=2) { Dense(n) }") == ["NN353"]
    assert codes("block B(n, m=n + 2) { Dense(m) }") == []
    assert codes("block B(n, _m=2) { Dense(n) }") == []
    assert codes("block Two { input a; input b; a -> Dense(3) }") == ["NN351"]


def test_lets_of_the_file() -> None:
    assert codes("let n = 4\nblock B { Dense(n) }") == []
    assert codes("let n = 4\nmodel A = B(k=n)\n" + "model B(k) { input x: [4]; Dense(k) }") == []
    assert codes("let n = 4\nblock B { Dense(3) }") == ["NN351"]


def test_blocks_that_no_model_uses_are_looked_at() -> None:
    text = "block B { y = _ -> Dense(3); relu }\n" + model("Dense(3)")
    assert codes(text) == ["NN351"]


def test_a_loop_that_begins_with_a_value_loses_what_came_before_and_its_own_rounds() -> None:
    text = model("Dense(8)\nrepeat 2 { x -> Dense(8) }\nrelu")
    found = check(text).diagnostics
    assert [item.code for item in found] == ["NN352", "NN352"]
    assert [text[item.span.start : item.span.end] for item in found] == [
        "Dense(8)",
        "x -> Dense(8)",
    ]


def test_a_name_that_ends_a_round_and_is_read_later_is_no_loss() -> None:
    loop = "for w in [8, 8] {{ y = _ -> Dense(w); push skips = y; {0} }}\nadd(skips)"
    assert codes(model(loop.format("y"))) == []
    assert codes(model(loop.format("y -> relu"))) == ["NN352"]
    assert codes(model("y = _ -> Dense(3)\ny\nx -> Dense(3)")) == ["NN352"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("_ + bar", ["bar"]),
        ("-bar", ["bar"]),
        ("concat(_, bar)", ["bar"]),
        ("Dense(max(bar, 3))", ["bar"]),
        ("Dense(bar)", ["bar"]),
        ("Dense(3, act=bar)", ["bar"]),
        ("Dense(3 if bar > 2 else 4)", ["bar"]),
        ("if bar { relu }", ["bar"]),
        ("repeat bar { relu }", ["bar"]),
        ("Dense(3, init=he_normal); Dense(eps * 2, act=relu)", []),
        ("let f(n) = 1 if n == 0 else 2 * f(n - 1); Dense(f(3))", []),
        ("Pad(1, reflect) -> Conv(4, 3, same)", []),
    ],
)
def test_names_of_blocks_that_nothing_uses_are_looked_up(line: str, names: list[str]) -> None:
    text = f"let eps = 2\nblock B {{ {line} }}\n{model('Dense(eps)')}"
    found = check(text)
    assert {item.code for item in found.diagnostics} <= {"NN101"}
    spans = [
        found.sources[item.span.file].text[slice(*item.span[:2])] for item in found.diagnostics
    ]
    assert spans == names


def test_what_stands_behind_a_mistake_is_looked_at() -> None:
    """The flow is lost at the misfit, the names behind it are not."""
    text = "block B { _ + nothing }\n" + model("Conv(8, 3)\nB\nDense(4) -> rellu")
    assert sorted(codes(text)) == ["NN101", "NN101", "NN206"]


@pytest.mark.parametrize(
    ("shape", "lines", "told"),
    [
        ("[3, 224, 224]", "Conv(8, 3, same)", True),
        ("[1, 28, 28]", "_ / 255 -> BatchNorm\nSeparableConv(8, 3, same)", True),
        ("[3, 48, 64]", "Conv(8, 1)", True),
        ("[C=3, H=224, W=224]", "Conv(8, 3, same)", False),
        ("[H=3, W=224, C=224]", "Conv(8, 3, same)", False),
        ("[224, 224, 3]", "Conv(8, 3, same)", False),
        ("[3, 20, 8]", "Conv(8, 3, same)", False),
        ("[1, 28, 28]", "Conv(8, [1, 3])", False),
        ("[3, 3, 3]", "Conv(8, 3, same)", False),
        ("[3, 224, 224]", "Flatten -> Dense(8)", False),
        ("[28, 28]", "Conv(8, 3, same)", True),
        ("[28, 28]", "BatchNorm -> SeparableConv(8, 3)", True),
        ("[28, 28]", "Conv1D(8, 3, same)", False),
        ("[28, 28]", "LSTM(8)", False),
        ("[28, 28]", "Flatten -> Dense(8)", False),
        ("[100, 16]", "Conv(8, 3, same)", False),
        ("[4, 4]", "Conv(8, 3, same)", False),
    ],
)
def test_pictures_without_their_channels_at_the_end(shape: str, lines: str, told: bool) -> None:
    found = codes(f"model M {{\n  input x: {shape}\n  {lines}\n}}")
    assert found == (["NN354"] if told else [])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Dense(10, softmax)", True),
        ("Dense(10) -> softmax", True),
        ("Dense(10)", True),
        ("Conv(10, 1, softmax)", False),
        ("Flatten -> Dense(10, softmax)", False),
        ("GlobalAvgPool -> Dense(10, softmax)", False),
        ("Reshape(64, 3) -> Dense(10, softmax)", False),  # a sequence: a label for each step
        ("Dense(10, sigmoid)", False),
    ],
)
def test_classes_at_every_position_of_a_picture(lines: str, told: bool) -> None:
    text = f"model M {{\n  input x: [8, 8, 3]\n  {lines}\n}}\ntrain {{ data mnist }}"
    assert codes(text) == (["NN710"] if told else [])


def test_a_setting_of_another_definition_is_told_once() -> None:
    """The name is unknown in the block; that nothing reads the model's follows from it."""
    text = "block B { Dense(hidden) }\nmodel M(hidden=8) { input x: [4]; B }"
    assert codes(text) == ["NN101"]


def test_train_words_are_read_behind_a_model_with_mistakes() -> None:
    text = model("Dens(4)") + "\ntrain { loss dice; optimizer adm; metrics iou; batch 0 }"
    assert codes(text) == ["NN101", "NN702", "NN702", "NN702", "NN703"]


def test_what_a_lost_file_may_define_is_not_told() -> None:
    """A slip for a known word is, and so is every name once all files are found."""
    lost = 'import "lost.nn"\n'
    assert codes(lost + model("Tower(3)")) == ["NN405"]
    assert codes(lost + model("Denze(3)")) == ["NN405", "NN101"]
    assert codes('from "lost.nn" import Tower\n' + model("Tower(3)\nSteeple")) == ["NN405", "NN101"]
    assert codes(lost + "model B = Tower(3)") == ["NN405"]
    assert codes(model("Tower(3)")) == ["NN101"]
