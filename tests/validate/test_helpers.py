"""Helpers of the templates are read by name: every one has a reading with its parameters."""

import ast
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from nndsl.backends.keras import helpers as keras_list
from nndsl.backends.keras import options as keras_options
from nndsl.backends.torch.helpers import HELPERS, template_of
from nndsl.backends.torch.options import everything, places
from nndsl.emit.template import fill
from nndsl.validate import keras_helpers, torch_helpers, torch_init
from nndsl.validate.keras_reading import KerasReading
from nndsl.validate.torch_reading import TorchReading

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {name: ROOT / "templates" / name / "helpers" for name in ("torch", "keras")}
READINGS: Mapping[str, Mapping[str, Callable[..., object]]] = {
    "torch": {**torch_helpers.CLASSES, **torch_helpers.FUNCTIONS, **torch_init.HELPERS},
    "keras": {
        **keras_helpers.HELPERS,
        "round_to": keras_helpers.round_to,
        "euclidean_norm": keras_helpers.euclidean_norm,
    },
}
READERS = {"torch": TorchReading, "keras": KerasReading}


def texts(target: str) -> list[str]:
    """The helpers' texts, whole."""
    if target == "torch":
        return [fill(template_of(name), places(name, everything())) for name in HELPERS]
    whole = keras_options.everything()
    return [
        fill(helper.template, keras_options.places(name, whole))
        for name, helper in keras_list.HELPERS.items()
    ]


def definitions(target: str) -> dict[str, ast.stmt]:
    """The classes and functions of the templates, by name."""
    found: dict[str, ast.stmt] = {}
    for text in texts(target):
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found[node.name] = node
    return found


def parameters(node: ast.stmt) -> list[str]:
    """What a helper takes, without self and what it collects."""
    function = node
    if isinstance(node, ast.ClassDef):
        starts = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if not starts:
            return []
        function = starts[0]
    assert isinstance(function, ast.FunctionDef)
    names = [arg.arg for arg in [*function.args.args, *function.args.kwonlyargs]]
    return names[1:] if names[:1] == ["self"] else names


@pytest.mark.parametrize("target", TEXTS)
def test_every_helper_of_the_target_can_be_read(target: str) -> None:
    helpers = import_module(f"nndsl.backends.{target}.helpers").HELPERS
    known = READERS[target]().names()
    assert not [name for name in helpers if name not in known]


@pytest.mark.parametrize("target", TEXTS)
def test_every_text_has_a_reading(target: str) -> None:
    found = definitions(target)
    assert found
    missing = [n for n in found if n not in READERS[target]().names()]
    assert not missing


CASES = [
    (target, name) for target in TEXTS for name in definitions(target) if name in READINGS[target]
]


@pytest.mark.parametrize(("target", "name"), CASES)
def test_a_reading_takes_what_the_text_takes(target: str, name: str) -> None:
    """The same parameters in the same order; `**` collects on either side."""
    wanted = parameters(definitions(target)[name])
    given = inspect.signature(READINGS[target][name]).parameters
    plain = [
        p.name for p in given.values()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name not in ("state", "reader")
    ]  # fmt: skip
    collects = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given.values())
    assert plain[: len(wanted)] == wanted or collects, (wanted, plain)
