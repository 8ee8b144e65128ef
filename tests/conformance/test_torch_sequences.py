"""Where sequences lie in torch: a chain of blocks of convolutions moves the axes once."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndsl.compiler import compile_model
from nndsl.validate.perturb import perturb
from validate.programs import of_text

PROGRAMS = Path(__file__).resolve().parent / "programs"


def text_of(name: str) -> str:
    return (PROGRAMS / f"{name}.nn").read_text(encoding="utf-8")


def moves(text: str) -> int:
    made = compile_model(text, "torch")
    code = made.files[made.model].partition("def init_weights")[2]
    return sum(code.count(word) for word in (".transpose(", ".permute(", "Permute("))


def test_a_chain_of_convolution_blocks_moves_axes_once() -> None:
    assert moves(text_of("wavenet")) == 2  # into the chain and out of it


def test_blocks_that_end_where_the_length_is_gone_move_them_once() -> None:
    block = "block B(n) { Conv(n, 3, half, relu) -> BatchNorm }\n"
    assert moves(f"{block}model M {{ input x: [9, 4]; B(4); B(8); GlobalAvgPool; Dense(2) }}") == 1


def test_only_blocks_that_gain_hold_the_channels_first() -> None:
    made = of_text(text_of("sequence_layouts"), "torch").emitted
    assert made.channels_first >= {"ConvBN", "Temporal", "Gated"}
    assert "Mixer" not in made.channels_first


@pytest.mark.parametrize(
    "body",
    [
        "residual { LayerNorm -> Conv(4, 3, half) -> silu -> Conv(4, 1) }",
        "residual { LayerNorm -> SelfAttention(2) }",
        "LSTM(4, sequences=true) -> Dense(4)",
    ],
)
def test_other_blocks_keep_the_files_order(body: str) -> None:
    text = f"block B {{ {body} }}\nmodel M {{ input x: [9, 4]; B; B }}"
    assert not of_text(text, "torch").emitted.channels_first


def test_masks_and_numbers_of_rank_2_lie_as_the_file_says() -> None:
    """The block's mask is no sequence; its own axes are not moved."""
    text = (
        "block B {\n  input x\n  input m\n"
        "  Conv(4, 3, half) -> where(m, _, 0.0) -> Conv(4, 3, half)\n}\n"
        "model M { input x: [9, 4]; input m: bool[9, 4]; x -> B(m=m) -> B(m=m) }"
    )
    code = compile_model(text, "torch").files["m.py"]
    assert "torch.where(m.transpose(1, 2), self.conv1(x), 0.0)" in code


@pytest.mark.slow
def test_every_class_holds_at_other_values() -> None:
    case = of_text(text_of("sequence_layouts"), "torch")
    found = perturb(case.elaborated, case.program, case.emitted, "torch")
    assert found.findings == ()
    assert {name for name, _ in found.tried} >= {"ConvBN", "Temporal", "Gated", "Mixer"}
