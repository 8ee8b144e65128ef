"""Programs as people err who come from Keras or PyTorch: each message, read alone, mends them.

Written before looking at the list of diagnostics, in two rounds; `habits` and `keras_settings` came
later.
"""

import re
from pathlib import Path

import pytest

from nndsl.compiler import check
from nndsl.diagnostics.render import render
from nndsl.source import Source
from nndsl.syntax.foreign import arguments, called, spelled

CASES = Path(__file__).resolve().parent / "newcomers"
NAMES = sorted(path.stem for path in CASES.glob("*.nn"))
# What is told of a call; each is also a stage of the language, so that telling it is no lie.
CALLS = {
    "Dense(units=10, activation='relu')": "Dense(10, relu)",
    "nn.Linear(784, 10)": "Dense(10)",
    "nn.Linear(in_features=784, out_features=10, bias=False)": "Dense(10, bias=false)",
    "nn.Conv2d(3, 64, kernel_size=3)": "Conv2D(64, 3)",
    "nn.Conv2d(3, 64, 3, padding='same')": "Conv2D(64, 3, padding=same)",
    "layers.Dense(10)": "Dense(10)",
    "Conv2D(64, (3,3))": "Conv2D(64, 3)",
    "tf.keras.layers.Conv2D(8, (3, 5), strides=(2, 2))": "Conv2D(8, [3, 5], stride=2)",
    "nn.BatchNorm2d(64)": "BatchNorm",
    "nn.LayerNorm(512)": "LayerNorm",
    "nn.ReLU()": "relu",
    "nn.MaxPool2d(kernel_size=2)": "MaxPool2D(2)",
    "layers.Activation('relu')": "relu",
    "nn.LSTM(8, 16)": "LSTM(16)",
}


@pytest.mark.parametrize("name", NAMES)
def test_newcomer(name: str, golden) -> None:  # type: ignore[no-untyped-def]
    path = CASES / f"{name}.nn"
    found = check(Source(path.name, path.read_text(encoding="utf-8")))
    assert found.diagnostics
    assert all(item.fix for item in found.diagnostics)
    golden(path.with_suffix(".txt"), render(found.diagnostics, found.sources))


def test_there_are_ten_and_more() -> None:
    assert len(NAMES) >= 10


@pytest.mark.parametrize("theirs", CALLS)
def test_calls_in_our_words(theirs: str) -> None:
    assert called(theirs) == CALLS[theirs]


@pytest.mark.parametrize("ours", sorted(set(CALLS.values())))
def test_our_words_are_right(ours: str) -> None:
    shape = "[6, 4]" if "LSTM" in ours else "[32, 32, 3]"
    assert check(f"model M {{ input x: {shape}; {ours} }}").ok


def test_without_a_prefix_sizes_are_left_out_only_where_there_are_enough() -> None:
    assert spelled("Linear", arguments("10")) == "Dense(10)"
    assert spelled("Linear", arguments("784, 10")) == "Dense(10)"
    assert spelled("Conv2d", arguments("64, 3")) == "Conv2D(64, 3)"


@pytest.mark.parametrize(
    ("stage", "fix"),
    [
        ("Dense(units=10, activation='relu')", "write `Dense(10, relu)`"),
        ("Linear(8, 10)", "write `Dense(10)`"),
        ("Dense(10, use_bias=False)", "write `Dense(10, bias=false)`"),
        ("Dense(10, input_shape=(3,))", "write `Dense(10)`"),
        ("Dropout(p=0.5)", "write `Dropout(0.5)`"),
        ("Dropout(50)", "50 percent is 0.5"),
        ("Activation('relu')", "write `relu`"),
        ("Activation", "write the activation itself, such as `relu`"),
        ("Dense(4) >> relu", "write `->`"),
        ("Dropout 0.5", "write `Dropout(0.5)`"),
        ("Conv 64 3", "write `Conv(64, 3)`"),
        ("BatchNorm(8)", "write `BatchNorm`"),
        ("softmax(dim=-1)", "write `softmax(axis=-1)`"),
        ("Dense(4, kernel_initializer=initializers.HeNormal())", "write `init=he_normal`"),
        ("Dense(4, kernel_regularizer='l2')", "write `Dense(4, l2=0.01)`"),
        (
            "nn.Sequential(nn.Linear(8, 4), nn.ReLU())",
            "lines follow one another, or are joined: `Dense(4) -> relu`",
        ),
        ("z = x.view(x.size(0), -1)", "a value goes in by `->`: `x -> Flatten`"),
        ("x = Dense(10)(x)", "a value goes in by `->`: `x -> Dense(10)`"),
        ("model.add(Dense(10))", "write `Dense(10)` on a line of its own"),
        ("self.fc = nn.Linear(784, 10)", "write `Dense(10)` where it is used;"),
    ],
)
def test_fixes(stage: str, fix: str) -> None:
    (item,) = check(f"model M {{\n  input x: [8]\n  {stage}\n}}").diagnostics
    assert item.fix.split("\n")[0] == fix


def test_at_most_four_near_names() -> None:
    text = "".join(f"block Block{n} {{ Dense(3) }}\n" for n in range(9))
    found = check(text + "model M { input x: [8]; Blockk }").diagnostics
    (item,) = (one for one in found if one.code == "NN101")
    assert len(re.findall("`Block", item.fix)) == 4


def test_models_that_need_settings_are_looked_at() -> None:
    """What depends on the missing setting is left alone, all else is told."""
    text = "model Net(classes) {\n  input x: [8]\n  Denze(4)\n  Dense(classes)\n}"
    assert [item.code for item in check(text).diagnostics] == ["NN101"]
    assert check(text.replace("Denze", "Dense")).ok
