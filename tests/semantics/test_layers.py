"""The formula of every layer and function, as the page prints it, against the emitted code.

Each example of an op and each corner of the conformance tests is built for both frameworks, with
weights and inputs by chance, and compared with what numpy makes of the formula.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from conformance.corners import CORNERS
from conformance.harness import HUGE, Case, arrays, build, examples, weight_values
from nndsl.ops.base import Example
from semantics.evaluate import layer
from support.calls import read_call

pytest.importorskip("keras", reason="compares with Keras")
pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

CLOSE = 1e-4  # relative to the largest value: the frameworks compute in float32
CHANCE = ("noise",)  # compared by its distribution, in test_chance


def cases() -> Iterator[Example]:
    """Examples that a test can run; words that ask for a rank are those without."""
    seen = set()
    for op, example in [*examples(), *CORNERS]:
        word = op if isinstance(op, str) else op.like or op.word
        ranked = not isinstance(op, str) and bool(op.like)
        if word in CHANCE or ranked or (example.call, example.takes) in seen:
            continue
        seen.add((example.call, example.takes))
        yield example


def operands(case: Case, data: list[np.ndarray]) -> list[object]:
    """The operands of the layer: those that make a state together."""
    _, call = read_call(case.example.call, case.example.takes)
    left = iter(data[-len(call.ins) :] if case.step.owner else data)  # before it is the owner's
    return [
        tuple(next(left) for _ in type_.parts) if type_.parts else next(left) for type_ in call.ins
    ]


@pytest.mark.parametrize("example", list(cases()), ids=lambda e: f"{e.call} of {e.takes}")
def test_the_formula_is_what_runs(example: Example) -> None:
    from conformance.keras_runner import KerasRunner
    from conformance.torch_runner import TorchRunner

    case = build(example)
    if case.total > HUGE:
        pytest.skip("a layer of more weights is counted, not run")
    data, weights = arrays(case), weight_values(case)
    ours, _ = layer(example.call, example.takes, operands(case, data), weights)
    for runner in (TorchRunner, KerasRunner):
        made = runner(case)
        if case.weights:
            made.load(weights)
        for mine, theirs in zip(ours, made.run(data), strict=False):
            assert mine.shape == theirs.shape
            np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs))
            scale = max(1.0, float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0)))
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=CLOSE * scale)
