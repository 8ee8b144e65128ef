"""Small programs in Keras, against what they say written out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from conformance.harness import execute
from nndsl.compiler import compile_model
from support.agree import agree
from support.numeric import Program

if TYPE_CHECKING:
    import keras

keras = pytest.importorskip("keras", reason="runs emitted models")
pytestmark = pytest.mark.framework


def code_of(text: str) -> str:
    """The code of a file with one model."""
    made = compile_model(text, "keras")
    assert made.files, [item.message for item in made.diagnostics]
    return made.files[made.model]


def built(text: str) -> keras.Model:
    """The model of a file with one model named M."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return execute(code_of(text))["m"]()  # type: ignore[operator]


def weight_of(model: keras.Model) -> object:
    """The one raw weight of a model."""
    (found,) = (layer for layer in model.layers if type(layer).__name__ == "Weight")
    return found.value


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


WAVENET = """model WaveNet(channels=6, rounds=4, classes=5) {
  input wave: [32, 1]
  Conv(channels, 1)
  for i in range(rounds) {
    residual {
      multiply {
        Conv(channels, 2, causal, dilation=2**i, act=tanh)
        Conv(channels, 2, causal, dilation=2**i, act=sigmoid)
      }
    }
    push skips
  }
  add(skips) -> relu -> Conv(classes, 1)
}
"""


def test_a_wavenet_adds_up_what_its_rounds_pushed(tmp_path: Path) -> None:
    path = tmp_path / "wavenet.nn"
    path.write_text(WAVENET)
    agree(Program(path, {}), {"wave": ((32, 1), 0)})
    assert "layers.add(skips" in code_of(WAVENET)


@pytest.mark.parametrize("word", ["add", "multiply", "maximum", "minimum", "average"])
def test_an_operator_takes_a_pushed_list(word: str) -> None:
    text = (
        f"model M {{ input x: [4]; repeat 3 {{ Dense(4); push seen }}; {word}(seen) -> _ + 0.0 }}"
    )
    model = built(text)
    x = numbers(2, 4)
    seen, flow = [], x
    for number in range(3):
        flow = model.get_layer(f"dense_{number}")(flow)
        seen.append(np.array(flow))
    wanted = {
        "add": np.sum, "multiply": np.prod, "maximum": np.max, "minimum": np.min,
        "average": np.mean,
    }[word](np.stack(seen), axis=0)  # fmt: skip
    assert np.allclose(model(x), wanted, atol=1e-5)


def test_a_pushed_list_is_read_by_its_items() -> None:
    model = built(
        "model M { input x: [4]; repeat 3 { Dense(4); push seen }\n seen[0] * seen[-1] - seen[1] }"
    )
    x = numbers(2, 4)
    seen, flow = [], x
    for number in range(3):
        flow = np.array(model.get_layer(f"dense_{number}")(flow))
        seen.append(flow)
    assert np.allclose(model(x), seen[0] * seen[2] - seen[1], atol=1e-6)


# ---- losses ----------------------------------------


def test_a_loss_of_an_input() -> None:
    model = built("model M { input x: [4]; loss size = sum(x ** 2); Dense(3) }")
    x = numbers(5, 4)
    y = model(x, training=True)
    assert model.count_params() == 15
    assert np.allclose(y, model.get_layer("dense")(x))
    assert np.allclose(model.losses, [np.sum(x**2, axis=1).mean()])


def test_losses_of_several_inputs_and_rounds() -> None:
    model = built(
        "model M { input a: [4]; input b: [4]\n loss near = sum((a - b) ** 2)\n b\n"
        " repeat 2 { Dense(4); loss far = sum((_ - a) ** 2) }\n concat(_, a, b) }"
    )
    a, b = numbers(5, 4), numbers(5, 4) + 1
    out = np.array(model([a, b], training=True))
    first = np.array(model.get_layer("dense_0")(b))
    second = np.array(model.get_layer("dense_1")(first))
    wanted = [np.sum((left - right) ** 2, axis=1).mean()
              for left, right in ((a, b), (first, a), (second, a))]  # fmt: skip
    assert np.allclose(sorted(map(float, model.losses)), sorted(wanted), rtol=1e-5)
    assert np.allclose(out, np.concatenate([second, a, b], axis=1), atol=1e-5)


def test_a_loss_inside_a_block() -> None:
    model = built(
        "block B { input x; h = x -> Dense(5); loss fit = sum(h ** 2); x -> Dense(3) }\n"
        "model M { input x: [4]; B -> B }"
    )
    x = numbers(5, 4)
    model(x, training=True)
    inner = np.array(model.get_layer("b1_h")(x))
    again = np.array(model.get_layer("b2_h")(model.get_layer("b1_dense")(x)))
    wanted = [np.sum(h**2, axis=1).mean() for h in (inner, again)]
    assert np.allclose(model.losses, wanted, rtol=1e-5)


# ---- values without a batch ----------------------------------------


def test_queries_without_a_batch_attend_as_in_detr() -> None:
    model = built(
        "model M { input image: [8, 8, 3]\n memory = image -> Conv(8, 4, 4) -> Reshape(-1, 8)\n"
        " weight query: [5, 8] = normal(1.0)\n"
        " query -> SelfAttention(2) -> Attention(4, context=memory) }"
    )
    x = numbers(3, 8, 8, 3)
    memory = keras.ops.reshape(model.get_layer("conv")(x), (3, 4, 8))
    query = keras.ops.repeat(weight_of(model)[None], 3, axis=0)
    seen = model.get_layer("self_attention")(query, query)
    wanted = model.get_layer("attention")(seen, memory)
    assert tuple(model.output.shape) == (None, 5, 8)
    assert np.allclose(model(x), wanted, atol=1e-5)


def test_a_context_without_a_batch() -> None:
    model = built(
        "model M { input x: [6, 8]\n weight memory: [5, 8] = normal(1.0)\n"
        " x -> Attention(2, context=memory) }"
    )
    x = numbers(3, 6, 8)
    memory = keras.ops.repeat(weight_of(model)[None], 3, axis=0)
    wanted = model.get_layer("attention")(keras.ops.convert_to_tensor(x), memory)
    assert np.allclose(model(x), wanted, atol=1e-5)


def test_recurrence_over_a_weight() -> None:
    model = built(
        "model M { input x: [4]\n weight words: [5, 3] = normal(1.0)\n words -> GRU(4) -> _ * x }"
    )
    x = numbers(3, 4)
    words = weight_of(model)
    wanted = np.array(model.get_layer("gru")(words[None]))[0] * x
    assert np.allclose(model(x), wanted, atol=1e-5)


# ---- what nothing reads ----------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "model M { input x: [4]; _y = x * 2; x -> Dense(3) }",
        "model M { input x: [4, 3]; y, _state = x -> LSTM(3, sequences=true, state=true); y }",
        "model M { input x: [4]; h = x -> Dense(5); loss fit = sum(h ** 2); x -> Dense(3) }",
        "block H { input x; output a = x -> Dense(2); output b = x -> Dense(3) }\n"
        "model M { input x: [4]; frozen { _a, y = x -> H; y -> Dense(2) } }",
        "model M { input x: [4]; Dense(4); s = _\n"
        " for i in range(3) { if i > 0 { Dense(4) -> _ + s } } }",
    ],
)  # fmt: skip
def test_what_is_read_somewhere_is_built(text: str) -> None:
    assert built(text).count_params() > 0


# ---- how it is written ----------------------------------------


def function(text: str, name: str) -> str:
    """The lines of one emitted function."""
    _, _, rest = code_of(text).partition(f"def {name}(")
    return f"def {name}({rest.partition(chr(10) * 3)[0]}"


UNITS = """block Unit(n, norm=none) { Dense(n) -> norm -> relu }
model M { input x: [4]; Unit(5, norm=BatchNorm) -> Unit(6, norm=LayerNorm) -> Unit(7) }
"""
CONVS = """block Unit(n, kernel, padding=same) { Conv(n, kernel, 1, padding) -> relu }
model M { input x: [9, 9, 2]; Unit(4, 3) -> Unit(5, [1, 3]) -> Unit(6, 3, padding=valid) }
"""


def test_one_function_for_a_layer_as_a_setting() -> None:
    code = function(UNITS, "unit")
    assert code_of(UNITS).count("def unit") == 1
    assert 'if norm == "batch_norm":' in code
    model = built(UNITS)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert [kinds.count(n) for n in ("BatchNormalization", "LayerNormalization")] == [1, 1]
    unit = execute(code_of(UNITS))["unit"]
    with pytest.raises(ValueError, match="norm must be"):
        unit(keras.Input((4,)), 5, norm="group_norm")  # type: ignore[operator]


def test_one_function_for_a_word_as_a_setting() -> None:
    assert code_of(CONVS).count("def unit") == 1
    assert 'def unit(x, n, kernel, padding="same", name="unit")' in code_of(CONVS)
    assert [tuple(layer.output.shape) for layer in built(CONVS).layers[1:]] == [
        (None, 9, 9, 4), (None, 9, 9, 4), (None, 9, 9, 5), (None, 9, 9, 5), (None, 7, 7, 6),
        (None, 7, 7, 6),
    ]  # fmt: skip


def test_a_word_with_two_meanings_stays_two_functions() -> None:
    text = """block Unit(n, norm) { Dense(n) -> norm }
model M { input x: [4]; Unit(5, norm=LayerNorm(eps=0.1)) -> Unit(6, norm=LayerNorm(eps=0.2)) }
"""
    assert code_of(text).count("def unit") == 2
    assert [layer.epsilon for layer in built(text).layers if hasattr(layer, "epsilon")] == [
        0.1,
        0.2,
    ]


def test_no_layer_for_what_a_setting_switches_off() -> None:
    model = built(
        "block CB(n, kernel, act=relu) { Conv(n, kernel, 2, half) -> act }\n"
        "model M { input x: [8, 8, 2]; CB(3, 3) -> CB(4, 1, act=none) }"
    )
    assert [type(layer).__name__ for layer in model.layers[1:]] == [
        "ZeroPadding2D", "Conv2D", "Activation", "Conv2D",
    ]  # fmt: skip


def test_a_shortcut_stands_beside_the_flow() -> None:
    text = """block Cell(n, stride=1) {
  add {
    Conv(n, 3, stride, half) -> relu -> Conv(n, 3, same)
    if stride != 1 or channels(input) != n { Conv(n, 1, stride) } else { identity }
  }
}
model M { input x: [8, 8, 4]; Cell(4) -> Cell(6, stride=2) }
"""
    code = function(text, "cell")
    assert "shortcut = inputs\n    if stride != 1 or inputs.shape[-1] != n:" in code
    model = built(text)
    x = numbers(2, 8, 8, 4)
    flow = model.get_layer("cell1_conv1")(model.get_layer("cell1_conv1_pad")(x))
    wanted = model.get_layer("cell1_conv2")(keras.ops.relu(flow)) + x
    part = keras.Model(model.input, model.get_layer("cell1_add").output)
    assert np.allclose(part(x), wanted, atol=1e-5)


def test_a_list_of_branches_begins_with_its_first() -> None:
    text = """block B(rates, deep=true) {
  add { identity; for r in rates { Conv(2, 3, same, dilation=r) }; if deep { Conv(2, 1) } }
}
model M { input x: [8, 8, 2]; B([1, 2]) -> B([3], deep=false) }
"""
    assert "branches = [inputs]" in function(text, "b")
    model = built(text)
    x = numbers(2, 8, 8, 2)
    first = x + sum(np.array(model.get_layer(f"b1_{name}")(x)) for name in
                    ("conv1_0", "conv1_1", "conv2"))  # fmt: skip
    wanted = first + np.array(model.get_layer("b2_conv1_0")(first))
    assert np.allclose(model(x), wanted, atol=1e-4)


def test_attention_under_a_mask_alone_has_a_short_helper() -> None:
    masked = "model M { input x: [6, 8]; input real: bool[6]\n x -> SelfAttention(2, mask=real"
    assert "class MaskedAttention" in code_of(f"{masked}) }}")
    assert "class HeadsAttention" in code_of(f"{masked}, causal=true) }}")
    assert "class " not in code_of("model M { input x: [6, 8]; SelfAttention(2, causal=true) }")


def test_a_layer_in_a_loop_is_not_called_as_keras_calls_an_operation() -> None:
    text = (
        "block Next {\n _ + 1\n}\n"
        "model M {\n input x: [8, 4]\n repeat 3 { add { Dense(4); Dense(4) -> gelu }; Next }\n}"
    )
    names = [layer.name for layer in built(text).layers]
    assert {"add_layer_0", "add_layer_1", "add_layer_2"} < set(names)


@pytest.mark.parametrize("use", ["SelfAttention(2)", "frozen Twice"])
def test_an_operand_that_is_read_twice_is_computed_once(use: str) -> None:
    code = code_of(
        "block Twice {\n Dense(2) -> _ + 1\n}\n"
        "model M {\n input x: [9, 2]\n weight w1: [2] = normal(0.5)\n _ * w1\n"
        f" weight w2: [2] = normal(0.5)\n _ * w2 -> {use}\n}}"
    )
    assert code.count("* w2") == 1


def test_a_sequence_of_one_step_read_from_its_end() -> None:
    model = built("model M {\n input x: [1, 6]\n GRU(3, sequences=true, reverse=true)\n}")
    x = numbers(2, 1, 6)
    layer = model.get_layer("gru")
    assert np.allclose(model(x), layer(x), atol=1e-6)
