"""Words that a later version keeps: NN015 where they are bound and where they are used, once."""

from __future__ import annotations

import pytest

from nndsl.compiler import check


def codes(text: str) -> list[str]:
    return [item.code for item in check(text).diagnostics]


@pytest.mark.parametrize(
    "body",
    [
        "loss l = mean(batch(x))\nDense(3)",
        "batch(x)",
        "x -> batch",
        "_ + scan",
        "x -> scan(4)",
        "x -> step",
        "Dense(step)",
        "shared step = Dense(8)\nx -> step",
        "shared batch = Dense(8)\nbatch",
        "let scan = 4\nDense(scan)",
        "let batch(n) = 4\nDense(batch(3))",
        "a, step = _ -> split(2)\na + step",
        "weight step: [8]\n_ + step",
        "push step\n_ + pop(step)",
        "output step = Dense(3)",
        "scan cell { relu }",
    ],
)
def test_a_reserved_word_is_refused_once(body: str) -> None:
    assert codes(f"model M {{\ninput x: [8]\n{body}\n}}") == ["NN015"]


@pytest.mark.parametrize("word", ["step", "scan", "batch"])
def test_blocks_models_and_inputs_cannot_be_called_so(word: str) -> None:
    use = "model M { input x: [8]; relu }"
    assert codes(f"block {word} {{ relu }}\n{use}") == ["NN015"]
    assert codes(f"model {word} {{ input x: [8]; relu }}") == ["NN015"]
    assert codes(f"let {word} = 3\n{use}\n")[0] == "NN015"
    assert codes(f"model M {{ input {word}: [8]; relu }}") == ["NN015"]


@pytest.mark.parametrize(
    "text",
    [
        "model M { input x: [8]; for step in range(1, 3) { Dense(step) } }",
        "block B(step=2) { Dense(4 * step) }\nmodel M { input x: [8]; B(step=3) }",
        "model M { input x: [6, 8]; LSTM(4, sequences=true, state=false) }",
        "model M { input state: [8]; relu }",
        "train { batch 32 }\nmodel M { input x: [8]; Dense(1) }",
    ],
)
def test_elsewhere_they_are_names(text: str) -> None:
    assert codes(text) == []
