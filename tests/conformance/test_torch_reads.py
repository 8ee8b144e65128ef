"""What a reader of emitted PyTorch code would not write twice, or would call otherwise."""

from __future__ import annotations

import re

import pytest

from nndsl.compiler import compile_model
from validate.programs import of_text


def code_of(text: str) -> str:
    made = compile_model(text, "torch")
    assert made.files, [item.message for item in made.diagnostics]
    return made.files[made.model]


def test_a_start_that_all_layers_share_is_said_once() -> None:
    code = code_of(
        "let init = truncated_normal(0.0, 0.02)\n"
        "block FF(n) { Dense(4 * n, gelu, init=init) -> Dense(n, init=init) }\n"
        "model M { input t: int[?T]; Embedding(50, 8, init=normal(0.02)); FF(8); FF(8) }"
    )
    assert "start(" not in code
    assert code.count("truncated_normal_(module.weight, mean=0.0, std=0.02)") == 1
    assert code.count("nn.init.normal_(module.weight, mean=0.0, std=0.02)") == 1


def test_a_start_of_some_layers_stays_with_them() -> None:
    code = code_of("model M { input x: [8]; Dense(4, relu, init=he_normal) -> Dense(2) }")
    assert "start(nn.Linear(8, 4), weight=he_normal_)" in code


@pytest.mark.framework
def test_the_shared_start_starts() -> None:
    from conformance.test_torch_programs import built

    model, code = built(
        "model M { input x: [8]; Dense(4, relu, init=constant(0.25))"
        " -> Dense(2, init=constant(0.25)) }"
    )
    assert "start(" not in code
    for name, weight in model.state_dict().items():
        assert (weight == (0.25 if name.endswith("weight") else 0.0)).all(), name


def test_a_function_of_numbers_stays_one() -> None:
    code = code_of(
        "model M(width=0.5) {\n  let wide(c) = int(c * width)\n  input x: [8]\n"
        "  Dense(wide(32)) -> Dense(wide(64)) -> Dense(wide(16))\n}"
    )
    assert "def wide(c: int) -> int:\n            return int(c * width)\n" in code
    assert "nn.Linear(wide(32), wide(64))" in code


def test_a_function_that_is_called_twice_is_written_out() -> None:
    code = code_of(
        "model M(width=0.5) {\n  let wide(c) = int(c * width)\n  input x: [8]\n  Dense(wide(32))\n}"
    )
    assert "def wide" not in code


def test_lists_of_one_name_are_numbered_from_1() -> None:
    code = code_of(
        "model M(n=3) {\n input x: [8]\n repeat n { Dense(8) -> LayerNorm }\n Dropout(0.1)\n"
        " repeat n { Dense(8) -> relu }\n}"
    )
    assert re.findall(r"self\.(layers\d?) = ", code) == ["layers1", "layers2"]


def test_a_list_whose_values_are_known_is_none() -> None:
    code = code_of(
        "model M {\n input x: [8]\n push p\n Dense(8) -> _ + p[0]\n push p\n"
        " Dense(4) -> concat(pop(p)) -> concat(pop(p))\n}"
    )
    assert "append" not in code
    assert "pop" not in code


def test_inner_loops_go_on_with_the_outer_number() -> None:
    code = code_of(
        "model M(widths=[4, 6], n=2) {\n input x: [8, 8, 3]\n"
        " for w in widths { for i in range(n) { Conv(w + i, 1) }; MaxPool(2) }\n}"
    )
    assert "channels2" not in code


def test_a_choice_is_called_by_what_it_may_bring() -> None:
    made = of_text(
        "block B(n, last=false) { Dense(n); if last { identity } else { Dense(n) -> relu } }\n"
        "model M { input x: [8]; B(3); B(4, last=true) }",
        "torch",
    )
    assert "identity" not in repr(made.emitted.code)
