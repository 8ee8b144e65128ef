"""The examples at full size, as the real frameworks count them: torch on its meta device."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from examples.front import EXAMPLES, example, names
from nndsl.compiler import analyse, compile_model
from nndsl.source import Source
from support.numeric import Counts, entry_of, execute, keras_counts, torch_counts

pytestmark = pytest.mark.framework


def built(name: str, target: str, arguments: Mapping[str, object] | None = None) -> object:
    """What the emitted code of an example builds, with its own settings or with other ones.

    Torch builds on the meta device: shapes without numbers.
    """
    source = Source(f"{name}.nn", example(name).read_text(encoding="utf-8"))
    made = compile_model(source, target)
    assert made.files, made.diagnostics
    space = execute(made.files[made.model], f"emitted_{target}")
    return construct(space, entry_of(made, space), target, **(arguments or {}))


def construct(space: Mapping[str, object], entry: str, target: str, **arguments: object) -> object:
    """An emitted class or function, called."""
    make = space[entry]
    assert callable(make)
    if target == "keras":
        import keras

        keras.backend.clear_session()
        return make(**arguments)
    import torch

    with torch.device("meta"):
        return make(**arguments)


def analysed(
    name: str, model: str | None = None, settings: Mapping[str, str] | None = None
) -> Counts:
    """What the analyser counts, with no framework."""
    source = Source(f"{name}.nn", example(name).read_text(encoding="utf-8"))
    made = analyse(source, model, settings)
    assert made.table is not None, made.diagnostics
    totals = made.table.totals
    return Counts(totals.trainable, totals.non_trainable)


@pytest.mark.parametrize("name", names(EXAMPLES))
def test_torch_counts_what_the_analyser_says(name: str) -> None:
    assert torch_counts(built(name, "torch")) == analysed(name)


PUBLISHED: Mapping[str, Counts] = {
    "resnet": Counts(25_557_032, 53_120),  # torchvision; the moving statistics by arithmetic
    "gpt2": Counts(124_439_808, 0),  # Hugging Face transformers
    # torchvision; and keras.applications, less the 7 numbers that normalise its input
    "efficientnet": Counts(5_288_548, 42_016),
    "fashion_mlp": Counts(268_978, 2_368),  # Keras' own summary of the book's network
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("target", ["torch", "keras"])
def test_both_count_what_is_published(name: str, target: str) -> None:
    if target == "keras" and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        pytest.skip("the tests of the other backends of Keras are in test_numeric.py")
    model = built(name, target)
    counts = torch_counts(model) if target == "torch" else keras_counts(model)
    assert counts == PUBLISHED[name]
    if target == "keras" and name in ("resnet", "fashion_mlp"):
        assert model.count_params() == sum(PUBLISHED[name])  # type: ignore[attr-defined]
