"""A few lines where rare things meet: what random models found, and what readers tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.small import Feed
from nndsl.compiler import compile_model
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program

# Each a file with one model, and what its inputs are fed.
RARE: dict[str, tuple[str, dict[str, Feed]]] = {
    "sizes that change places in a loop": (
        "model M { input x: [9, 2]; repeat 3 { transpose(_) }\n"
        " if channels(_) > 4 { Conv(2, 3, same) }; Dense(3) }",
        {"x": Feed((9, 2))},
    ),
    "a loop whose end nothing reads": (
        "model M { input x: [5, 6]; repeat 2 { push p; sigmoid }\n"
        " repeat 1 { concat(_, _) }; add(p) }",
        {"x": Feed((5, 6))},
    ),
    "a loop of which only a size is read": (
        "model M { input x: [5, 6]; _y = _ -> Dense(6); for w in [4, 12] { Dense(w) }\n"
        " let wide = channels(_); x -> Dense(wide) }",
        {"x": Feed((5, 6))},
    ),
    "what is computed twice, and read once": (
        "block B { repeat 2 { push p; sigmoid }; add(p); add(p) }\n"
        "model M { input x: [8]; B -> Dense(3) }",
        {"x": Feed((8,))},
    ),
    "sequences of a picture": (
        "model M { input x: [C=4, H=6, W=8]; max(axis=-1)\n"
        " LSTM(6, sequences=true) -> GRU(5, sequences=true, reverse=true) -> Dense(3) }",
        {"x": Feed((4, 6, 8))},
    ),
    "a block beside a list": (
        "block B { Dense(3) }\nmodel M { input x: [5, 6]; push p; B; add(p) -> Dense(2) }",
        {"x": Feed((5, 6))},
    ),
    "the state of a block's layer": (
        "block Encoder(n) { y, s = _ -> LSTM(n, sequences=true, state=true)\n"
        " output y; output s = s }\n"
        "model M { input x: [5, 6]; y, s = _ -> Encoder(4); y -> LSTM(4, initial=s) -> Dense(2) }",
        {"x": Feed((5, 6))},
    ),
    "the state of a shared block's layer": (
        "block Encoder(n) { y, s = _ -> GRU(n, sequences=true, state=true)\n"
        " output y; output s = s }\n"
        "model M { input x: [5, 6]; shared e = Encoder(6); y, s = _ -> e; z, t = y -> e\n"
        " u = z -> GRU(6, initial=s); v = z -> GRU(6, initial=t); u + v }",
        {"x": Feed((5, 6))},
    ),
    "sizes that one is the half of the other": (
        "model M { input a: [2*?T, 3]; input b: [?T, 3]; (a -> AvgPool(2)) + b -> Dense(2) }",
        {"a": Feed((12, 3)), "b": Feed((6, 3))},
    ),
    "the length of nothing": (
        "model M { input x: [6]; Dense(4) -> _ * 0 -> norm(axis=-1, keepdims=true) -> Dense(2) }",
        {"x": Feed((6,))},
    ),
    "a border around what has one": (
        "model M { input x: [4, 4, 3]; Conv(4, 1)\n"
        " Pad(1) -> Conv(3, 1, padding=[[1, 0], [0, 2]]) -> Conv(4, 1)\n"
        " Pad(1) -> Conv(3, 1, padding=[[1, 0], [0, 2]]) -> Flatten -> Dense(2) }",
        {"x": Feed((4, 4, 3))},
    ),
    "a shared pool that pads each of its operands": (
        "model M { input x: [4, 3]; shared pool = MaxPool1D(padding=1)\n"
        " add(x -> pool, x -> tanh -> pool) -> Dense(2) }",
        {"x": Feed((4, 3))},
    ),
    "shared convolutions, with all that goes around them": (
        "model M { input x: [8, 8, 2]; shared c = Conv(2, 3, 2, padding=[[2, 1], 1], "
        "dilation=2, act=leaky_relu(0.2))\n"
        " shared up = ConvTranspose(2, 3, 2, padding=[[1, 0], 0], act=tanh)\n"
        " (x -> c) + (x -> sigmoid -> c) -> add { up; sigmoid -> up } -> Dense(2) }",
        {"x": Feed((8, 8, 2))},
    ),
    "a shared layer with an activation that has a number": (
        "model M { input x: [6]; shared d = Dense(4, act=leaky_relu(0.1))\n"
        " (x -> tanh -> d) - (x -> d) -> Dense(2) }",
        {"x": Feed((6,))},
    ),
    "a picture made of nothing but noise": (
        "model M { input x: [4, 5, 3]; noise(like=x) * 0 + x -> Conv(2, 3) -> Dense(2) }",
        {"x": Feed((4, 5, 3))},
    ),
    "places along channels that come first": (
        "model M { input x: [C=2, W=3]; input at: int[C=1, W=2]\n"
        " y = gather(x -> Dense(4), at) -> Dense(2); output y }",
        {"x": Feed((2, 3)), "at": Feed((1, 2), 2)},
    ),
    "a stride with a dilation, and an activation behind": (
        "model M { input x: [9, 9, 2]; Conv(4, 2, 2, selu, dilation=2)\n"
        " Pad(4) -> SeparableConv(3, 2, 2, act=tanh, dilation=[1, 2])\n"
        " Pad(2) -> DepthwiseConv(3, 2, act=softplus, dilation=2, multiplier=2) -> Dense(2) }",
        {"x": Feed((9, 9, 2))},
    ),
    "a shared layer that makes probabilities twice": (
        "model M { input x: [3, 4]; shared s = Dense(4, act=sigmoid)\n"
        " shared p = Dense(4, act=softmax)\n"
        " output y = x -> s -> s; output z = x -> p -> p }",
        {"x": Feed((3, 4))},
    ),
    "one part of one": (
        "model M { input x: [4, 6]; split(parts=1) -> Dense(3) -> split(parts=1, axis=0) }",
        {"x": Feed((4, 6))},
    ),
    "a kernel that is smaller than its stride": (
        "model M { input x: [5, 4, 3]; ConvTranspose(4, 1, 3, output_padding=1, act=tanh)\n"
        " ConvTranspose(2, [1, 2], [4, 3], output_padding=[3, 1]) -> Dense(2) }",
        {"x": Feed((5, 4, 3))},
    ),
    "a size that is to be a multiple": (
        "block B { shape[4*?q, ?c] -> Dense(3) }\n"
        "model M { input x: [?T, 4]; B -> shape[2*?q, 3] -> mean(axis=0) }",
        {"x": Feed((8, 4))},
    ),
}


@pytest.mark.framework
@pytest.mark.parametrize("name", RARE)
def test_both_frameworks_agree(name: str) -> None:
    text, feeds = RARE[name]
    agree(Program(Source("m.nn", text), {}), feeds, exact=True)


@pytest.mark.framework
@pytest.mark.parametrize("heads", ["2", "2, kv_heads=1"])
def test_frozen_attention_stays_so_when_it_is_loaded(heads: str, tmp_path: Path) -> None:
    import keras

    text = f"model M {{ input x: [5, 8]; frozen {{ SelfAttention({heads}) }}; Dense(2) }}"
    made = compile_model(text, "keras")
    names: dict[str, Any] = {}
    exec(made.files[made.model], names)
    model = names["m"]()
    model.save(tmp_path / "m.keras")
    own = {name: item for name, item in names.items() if isinstance(item, type)}
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects=own)
    for each in (model, again):
        assert [weight.path for weight in each.trainable_weights] == ["dense/kernel", "dense/bias"]
