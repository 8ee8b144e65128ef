"""The exact emission, the table that it comes from, and `nndsl check --targets`."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from nndsl._real import coarse_numbers, real
from nndsl.backends.differences import MORE, differences
from nndsl.backends.find import find_target
from nndsl.cli import main
from nndsl.compiler import check, compile_model
from nndsl.diagnostics import Diagnostics

Golden = Callable[[Path, str], None]
GOLDEN = Path(__file__).parent / "golden"
PICTURES = """
## A convolutional network.
model Pictures {
  input image: [8, 8, 3]
  repeat 2 { Conv(8, 3, same, bias=false) -> BatchNorm -> relu }
  frozen { Conv(8, 1) -> BatchNorm }
  GlobalAvgPool -> hard_sigmoid -> Dense(4, softmax)
}
train { optimizer sgd(0.1, 0.9, nesterov=true); schedule cosine(warmup=1); clip 1; batch 8 }
"""
WORDS = """
## A transformer.
model Words {
  input tokens: int[6]
  Embedding(50, 12)
  repeat 2 {
    residual { LayerNorm -> SelfAttention(2, causal=true) }
    residual { LayerNorm -> Dense(24, gelu) -> Dense(12) }
  }
  GlobalAvgPool -> Dense(8, gelu(approximate=true)) -> Dense(3, softmax)
}
train { optimizer adamw(1e-3); schedule exponential(0.9); batch 8 }
"""


@pytest.mark.parametrize("target", ["keras", "torch"])
@pytest.mark.parametrize(
    ("name", "text"), [("pictures", PICTURES), ("words", WORDS)], ids=["pictures", "words"]
)
def test_the_exact_code_is_readable(name: str, text: str, target: str, golden: Golden) -> None:
    made = compile_model(text, target, exact=True)
    assert not made.diagnostics
    golden(GOLDEN / f"{name}.{target}.py", made.files[made.model])
    golden(GOLDEN / f"train_{name}.{target}.py", made.files[made.script])


@pytest.mark.parametrize("text", [PICTURES, WORDS], ids=["pictures", "words"])
@pytest.mark.parametrize("target", ["keras", "torch"])
def test_the_head_says_which_emission_it_is(text: str, target: str) -> None:
    for name, exact in compile_model(text, target, exact=True).files.items():
        assert "Exact emission: from equal weights" in exact, name
        assert MORE not in exact


def test_the_head_of_idiomatic_code_says_what_differs() -> None:
    made = compile_model(PICTURES, "torch")
    assert "unbiased running variance" in made.files[made.model]
    script = made.files[made.script]
    assert "Momentum takes the learning rate of the step" in script
    assert "1e-6" in script
    keras = compile_model(PICTURES, "keras")
    assert not any(MORE in text for text in keras.files.values())  # float64 alone is told by check


def test_a_frozen_norm_does_not_differ() -> None:
    text = "model M { input x: [4]; frozen BatchNorm -> Dense(2) }"
    made = compile_model(text, "torch")
    assert MORE not in made.files[made.model]
    assert "class BatchNorm" not in compile_model(text, "torch", exact=True).files[made.model]
    assert not check(text, targets=["torch"]).differences


@pytest.mark.parametrize("target", ["keras", "torch"])
def test_every_difference_says_what_and_how_much(target: str) -> None:
    found = find_target(target, Diagnostics())
    table = differences(found)
    assert table.layers
    assert table.scripts
    for each in (*table.layers, *table.scripts):
        assert each.what
        assert each.amount
        assert each.exact


def test_check_lists_what_targets_do_otherwise() -> None:
    found = check(PICTURES, targets=["keras", "torch"])
    assert found.ok
    rows = {(row.target, row.path): row for row in found.differences}
    norm = rows["torch", "batch_norm1[0]"]
    assert (norm.others, norm.when, norm.model) == (1, "training", "Pictures")
    assert ("torch", "batch_norm2") not in rows  # it is frozen
    assert rows["keras", "train"].when == "float64"
    assert not check(PICTURES).differences


def test_check_says_what_a_target_refuses() -> None:
    text = "model M { input x: [2, 2, 2, 2, 3]; BatchNorm }"
    assert check(text).ok
    found = check(text, targets=["keras", "torch"])
    assert [item.code for item in found.diagnostics] == ["NN601"]
    assert [i.code for i in check(text, targets=["jax"]).diagnostics] == ["NN801"]


def test_check_prints_places_and_json(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "words.nn"
    path.write_text(WORDS)
    assert main(["check", str(path), "--targets", "keras,torch"]) == 0
    out = capsys.readouterr().out
    assert "words.nn:7: keras: self_attention[0] and 1 more (float64): " in out
    assert main(["check", str(path), "--targets", "torch", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["diagnostics"] == []
    assert [row["path"] for row in data["differences"]] == ["train"]
    assert data["differences"][0]["where"]["line"] == 12


def test_coarse_numbers_are_those_that_float32_holds() -> None:
    for value in (0.99, 1e-3, 0.2, 1e-7, 0.999, 0.1, -3.7, 1e18):
        with coarse_numbers():
            near = real(value)
            for exactly in (near, 1 - near if 0.01 < value < 1 else near, near * near):
                assert struct.unpack("f", struct.pack("f", exactly))[0] == exactly
        assert abs(near - value) <= abs(value) / 4096
        assert real(value) == value
    with coarse_numbers():
        made = compile_model("model M { input x: [4]; Dense(3) -> BatchNorm }", "keras")
    assert "0.989990234375" in made.files[made.model]


@pytest.mark.parametrize("word", ["leaky_relu", "leaky_relu()"])
def test_a_bare_activation_has_the_coarse_number_of_its_default(word: str) -> None:
    """Keras' own default, 0.2, is another; 12 bits of 0.2 = 1.6 / 8 are 3277 / 16384."""
    text = f"model M {{ input x: [3]; Dense(4, {word}) }}"
    with coarse_numbers():
        made = compile_model(text, "keras", exact=True)
    assert made.diagnostics == ()
    assert f"negative_slope={3277 / 16384})" in made.files["m.py"]
