"""Every op in PyTorch: builds, counts, has its shapes and dtypes, loads weights, takes a step.

What the values are is compared with Keras, in keras_all.py; the start of the weights in
test_torch_starts.py.
"""

from __future__ import annotations

import black
import numpy as np
import pytest

from conformance.corners import CORNERS
from conformance.harness import HUGE, Case, arrays, build, emit, examples, fits, weight_values
from nndsl.backends.torch import TARGET
from nndsl.backends.torch.helpers import HELPERS, included, template_of
from nndsl.backends.torch.options import OPTIONS, everything, places
from nndsl.backends.torch.table import missing
from nndsl.backends.torch.weights import slots
from nndsl.diagnostics import Diagnostics
from nndsl.emit.template import fill
from nndsl.ops.base import Example
from nndsl.ops.registry import words
from nndsl.validate import validate

DTYPES = {"int": "int64", "float": "float32", "bool": "bool"}


ALL = [*(example for _, example in examples()), *(example for _, example in CORNERS)]

# Emitted right (the frameworks agree on values), but by an identity that the validator lacks.


def _id(example: Example) -> str:
    return f"{example.call} on {example.takes}"


def test_every_word_is_spelled() -> None:
    lacking = missing(words())
    lines = [f'    "{word}": Row(…),  # in nndsl/backends/torch/spell_*.py' for word in lacking]
    assert not lacking, "\n".join(["no torch spelling of:", *lines])


@pytest.mark.framework
@pytest.mark.parametrize("example", ALL, ids=_id)
def test_the_framework_agrees(example: Example) -> None:
    from conformance.torch_runner import TorchRunner

    case = build(example)
    if case.total > HUGE:
        emit(TARGET, case.program)
        return
    made, inputs = TorchRunner(case), arrays(case)
    trainable = sum(w.count for w in case.weights if w.trainable)
    assert made.counts() == (trainable, case.total)
    _check_outputs(case, made.run(inputs))
    if case.weights:
        made.load(weight_values(case))
        _check_outputs(case, made.run(inputs))
        _check_step(made.step(inputs))


def _check_outputs(case: Case, found: list[np.ndarray]) -> None:
    for array, type_ in zip(found, case.outputs, strict=True):
        assert fits(type_, array.shape), f"{array.shape}, not {type_.show()}"
        assert str(array.dtype) == DTYPES[type_.dtype]


def _check_step(gradients: dict[str, object]) -> None:
    """Every trainable weight has a gradient of finite numbers."""
    assert gradients
    for name, gradient in gradients.items():
        assert np.isfinite(np.asarray(gradient)).all(), name


@pytest.mark.parametrize("example", ALL, ids=_id)
def test_every_weight_has_a_place(example: Example) -> None:
    """The weight map names each weight of the language once (a bias of two rows, twice)."""
    case = build(example)
    step = case.step
    found = slots(step.op.like or step.op.word, step.settings, step.weights)
    placed = [part.weight for slot in found for part in slot.parts]
    assert set(placed) == {weight.name for weight in step.weights}
    keys = [slot.key for slot in found]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("example", ALL, ids=_id)
def test_the_validator_agrees(example: Example) -> None:
    case = build(example)
    emitted = TARGET.lower(case.program, Diagnostics())
    assert emitted is not None
    assert validate(case.program, emitted, "torch").mismatches == ()


def test_helpers_come_with_what_they_need() -> None:
    assert included(["LSTM"]) == ("Recurrent", "LSTM")
    assert set(included(HELPERS)) == set(HELPERS)


def _asked(name: str) -> set[frozenset[str]]:
    """None, each one, all, and all but one of a helper's options."""
    kinds = ("LSTM", "GRU") if name == "Recurrent" else (name,)
    every = frozenset(f"{kind}.{option}" for kind in kinds for option in OPTIONS.get(kind, ()))
    each = ({frozenset((one,)), every - {one}} for one in every)
    return {frozenset(), every, everything()}.union(*each)


@pytest.mark.slow
@pytest.mark.parametrize("name", HELPERS)
def test_a_helpers_text_is_as_black_has_it(name: str) -> None:
    for options in _asked(name):
        text = fill(template_of(name), places(name, options))
        compile(text, name, "exec")
        assert black.format_str(text, mode=black.Mode()) == text, sorted(options)
