"""Emitted classes at other values of their settings count as the analyser says for those.

The code is that of the full-size compile; only its arguments change. A setting that the class does
not take must not matter to the counts, or the numbers differ.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping

import pytest

from examples.front import EXAMPLES, elaborated, example, models, names
from examples.small import SMALL
from examples.test_full_size import analysed, construct
from nndsl.compiler import analyse, compile_model
from nndsl.ir.statics import is_list
from nndsl.source import Source
from support.numeric import Counts, entry_of, execute, keras_counts, torch_counts

pytestmark = pytest.mark.framework
COUNT = {"torch": torch_counts, "keras": keras_counts}

OTHER: Mapping[str, Mapping[str, str]] = {
    "albert": {"vocab": "50", "narrow": "6", "dim": "12", "depth": "2", "heads": "3"},
    "bert": {"vocab": "50", "dim": "12", "depth": "1", "heads": "3", "hidden": "20"},
    "convnext": {"depths": "[2, 1, 1]", "dims": "[8, 4, 12]", "size": "32", "classes": "7"},
    "densenet": {"depths": "[1, 2, 3]", "growth": "6", "size": "64", "classes": "3"},
    "digits": {"widths": "[8, 4, 6]", "classes": "7"},
    "efficientnet": {"width": "0.5", "depth": "1.2", "size": "64", "classes": "3"},
    "fashion_mlp": {"classes": "7"},
    "frozen": {"width": "0.25", "size": "64", "classes": "9"},
    "gpt2": {"vocab": "40", "context": "9", "dim": "12", "depth": "3", "heads": "3"},
    "inception": {"pools": "[8]", "widths": "[16, 8]", "rounds": "3", "size": "96"},
    "lenet": {"classes": "7"},
    "lstm_text": {"vocab": "30", "dim": "4", "units": "7"},
    "mobilenet": {"width": "0.5", "size": "64", "classes": "3"},
    "recursive_unet": {"width": "6", "depth": "3", "size": "32"},
    "resnet": {"stages": "[2, 1, 1]", "size": "64", "classes": "3"},
    "resnet_keras": {"stages": "[2, 1, 1]", "size": "64", "classes": "3"},
    "seq2seq": {"src": "12", "tgt": "30", "dim": "4"},
    "siamese": {"width": "6", "features": "9", "size": "96"},
    "two_norms": {"width": "9", "depth": "1", "classes": "3"},
    "two_ranks": {"width": "6", "depth": "4", "size": "32", "samples": "64", "people": "3"},
    "unet": {"widths": "[4, 6, 5]", "bottom": "7", "size": "32"},
    "vae": {"latent": "5", "width": "6"},
    "vgg": {"depths": "[1, 1, 2]", "hidden": "8", "size": "32", "classes": "3"},
    "vit": {"patch": "8", "dim": "12", "depth": "1", "heads": "3", "size": "32", "classes": "3"},
}


def longer(text: str) -> str:
    """A list with one item more, a number that it does not have."""
    items = ast.literal_eval(text)
    return repr([*items, 2 * max(items)]) if isinstance(items, list) else text


def shorter(text: str) -> str:
    items = ast.literal_eval(text)
    return repr(items[:-1] or items) if isinstance(items, list) else text


LISTS = {
    f"{name}-{change.__name__}": (name, {key: change(text) for key, text in settings.items()})
    for name, settings in OTHER.items()
    for change in (longer, shorter)
    if any(change(text) != text for text in settings.values())
    and (name, change) != ("digits", longer)  # a picture of 8 pixels is halved three times at most
}
"""The same, with all lists of another length."""
SETTINGS = {
    **LISTS,
    **{f"{s.example}-small": (s.example, s.settings) for s in SMALL if not s.model and s.settings},
    **{f"{name}-other": (name, settings) for name, settings in OTHER.items()},
}


def values(settings: Mapping[str, str]) -> dict[str, object]:
    """The settings as Python has them."""
    return {name: ast.literal_eval(text) for name, text in settings.items()}


@pytest.mark.parametrize("target", COUNT)
@pytest.mark.parametrize(("name", "settings"), SETTINGS.values(), ids=list(SETTINGS))
def test_a_model_at_other_settings(name: str, settings: Mapping[str, str], target: str) -> None:
    made = compile_model(Source(f"{name}.nn", example(name).read_text(encoding="utf-8")), target)
    assert made.files, made.diagnostics
    space = execute(made.files[made.model], f"emitted_{target}")
    entry = entry_of(made, space)
    takes = inspect.signature(space[entry]).parameters  # type: ignore[arg-type]
    given = {key: value for key, value in values(settings).items() if key in takes}
    assert given, "no setting of this model is an argument of its class"
    model = construct(space, entry, target, **given)
    assert COUNT[target](model) == analysed(name, models(name)[0], settings)


def test_lists_have_other_lengths() -> None:
    """Every list among the settings of the examples is tried at another length than its own."""
    lists = [
        (name, setting, len(value))  # type: ignore[arg-type]
        for name in names(EXAMPLES)
        for setting, value in elaborated(name, models(name)[0]).root.settings
        if is_list(value)
    ]
    assert lists
    for name, setting, length in lists:
        given = [s[setting] for n, s in SETTINGS.values() if n == name and setting in s]
        assert {len(ast.literal_eval(text)) for text in given} - {length}, (name, setting)


def test_every_example_is_built_with_settings_of_its_own() -> None:
    assert list(OTHER) == names(EXAMPLES)


BLOCKS = (
    ("resnet", "Bottleneck", "x: [8, 8, 6]", "Bottleneck(5, 2, expansion=3)",
     {"in_channels": 6, "filters": 5, "stride": 2, "expansion": 3}),
    ("resnet", "Bottleneck", "x: [8, 8, 6]", "Bottleneck(3, expansion=2)",
     {"in_channels": 6, "filters": 3, "expansion": 2}),
    ("efficientnet", "MBConv", "x: [8, 8, 6]", "MBConv(6, 2, 3)",
     {"in_channels": 6, "filters": 6, "expand": 2, "kernel": 3}),
    ("efficientnet", "MBConv", "x: [8, 8, 6]", "MBConv(4, 1, 5, 2)",
     {"in_channels": 6, "filters": 4, "expand": 1, "kernel": 5, "stride": 2}),
    ("gpt2", "Layer", "x: [?T, 6]", "Layer(3, 0.2)", {"in_channels": 6, "heads": 3, "drop": 0.2}),
    ("densenet", "DenseBlock", "x: [8, 8, 5]", "DenseBlock(3, 4)",
     {"in_channels": 5, "depth": 3, "growth": 4}),
    ("recursive_unet", "Level", "x: [8, 8, 2]", "Level(3, 2)",
     {"in_channels": 2, "width": 3, "depth": 2}),
)  # fmt: skip
"""Example, block, a model of it alone (its input, its line), and the torch class' arguments."""


@pytest.mark.parametrize(("name", "block", "port", "line", "arguments"), BLOCKS)
def test_a_block_at_other_settings(
    name: str, block: str, port: str, line: str, arguments: Mapping[str, object]
) -> None:
    text = example(name).read_text(encoding="utf-8")
    made = compile_model(Source(f"{name}.nn", text), "torch")
    assert made.files, made.diagnostics
    module = construct(
        execute(made.files[made.model], "emitted_torch"), block, "torch", **arguments
    )
    alone = f"{text}\nmodel Alone {{\n  input {port}\n  {line}\n}}\n"
    table = analyse(Source(f"{name}.nn", alone), "Alone").table
    assert table is not None
    assert torch_counts(module) == Counts(table.totals.trainable, table.totals.non_trainable)
