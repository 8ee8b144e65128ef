"""Blocks that no model uses: names and settings are looked up all the same."""

from __future__ import annotations

import pytest

from nndsl.compiler import check

MODEL = "model M { input x: [8]; Used(3) }\nblock Used(n) { Dense(n) }\n"


def codes(block: str) -> list[str]:
    return [item.code for item in check(MODEL + block).diagnostics]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Dens(4)", "NN101"),
        ("Dense(4) -> rellu", "NN101"),
        ("y = _ -> Convv(3, 3)\n_ + y", "NN101"),
        ("if true { Dense(3) } else { LSTMM(4) }", "NN101"),
        ("repeat 2 { add { Dens(3); identity } }", "NN101"),
        ("frobnicate { Dense(3); identity }", "NN101"),
        ("Dense(4, colour=3)", "NN102"),
        ("Attention(2, context=_, masc=_)", "NN102"),
        ("Used(3, m=4)", "NN102"),
        ("_ -> batch", "NN015"),
        ("let d = Dense(3, unit=4)\nd", "NN102"),
    ],
)
def test_a_wrong_name_is_told_once(body: str, code: str) -> None:
    assert codes(f"block Idle {{ {body} }}") == [code]
    assert codes(f"model Needy(n) {{ input x: [8]; Dense(n)\n{body} }}") == [code]


@pytest.mark.parametrize(
    "block",
    [
        "block Idle(n, cell=Dense, act=relu) { cell(n, bias=false) -> act -> BatchNorm }",
        "block Idle { input a; input b; let f(k) = 2 * k\na + b -> Dense(f(3), init=normal(1)) }",
        "block Idle { shared d = Dense(8, bias=false)\nd }",
        "block Idle { for (i, w) in enumerate([1, 2]) { Dense(w + i); push s }\nconcat(s) }",
        "block Idle { weight k: [8, 4]\nDense(4, kernel=k) -> Other(m=_) }\n"
        "block Other { input x; input m; x + m }",
        "block Idle { let acts = [relu, tanh]\nacts[0] -> max(_, 0) -> shape[8] }",
        "block Idle { residual { Used(n=8) }; multiply { identity; Idle2 } }\nblock Idle2 { relu }",
        "block Idle = Used(n=4)",
    ],
)
def test_right_ones_are_left_alone(block: str) -> None:
    assert codes(block) == []


def test_what_a_model_uses_is_told_by_the_model() -> None:
    assert codes(
        "block Idle { Worse }\nblock Worse { Dens(3) }\nmodel N { input x: [8]; Worse }"
    ) == ["NN101"]
