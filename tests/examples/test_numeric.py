"""Every example on both frameworks: counts, outputs, gradients, and a training step.

Weights are the same numbers on both sides, copied through the program's own weight paths. float32;
1e-4 relative to the largest number, as promised. Keras runs on TensorFlow here, and once more on its
PyTorch backend in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from examples.small import FEEDS, SMALL, Feed, Small
from support.numeric import Program, closeness, run_keras, run_torch, torch_tensors

pytestmark = pytest.mark.framework
ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4


def sizes(feeds: Mapping[str, Feed]) -> dict[str, tuple[tuple[int, ...], int]]:
    return {name: (feed.shape, feed.high) for name, feed in feeds.items()}


def agree(program: Program, feeds: Mapping[str, Feed]) -> None:
    """Counts equal the analyser's; outputs and gradients equal each other."""
    values, inputs = program.values(), program.inputs(sizes(feeds))
    torch_run = run_torch(program, values, inputs)
    keras_run = run_keras(program, values, inputs)
    assert torch_run.counts == program.counts
    assert keras_run.counts == program.counts
    for mine, theirs in zip(torch_run.outputs, keras_run.outputs, strict=True):
        assert closeness(mine, theirs) < TOLERANCE
    zeros = {i.path: np.zeros(i.weight.shape, "float32") for i in program.weights}
    expected = torch_tensors(
        program, program.compiled("torch").weights, {**zeros, **keras_run.gradients}
    )
    least = 1e-3 * max(float(np.abs(g).max()) for g in torch_run.gradients.values())
    for key, gradient in torch_run.gradients.items():
        assert closeness(gradient, expected[key], least) < TOLERANCE, key


@pytest.mark.parametrize("small", SMALL, ids=lambda small: small.id)
def test_an_example_means_the_same_on_both(small: Small) -> None:
    path = ROOT / "examples" / f"{small.example}.nn"
    agree(Program(path, small.settings, small.model), small.feeds)


@pytest.mark.parametrize("name", FEEDS)
def test_an_adversarial_program_means_the_same_on_both(name: str) -> None:
    path = ROOT / "tests" / "examples" / "adversarial" / f"{name}.nn"
    agree(Program(path, {}), FEEDS[name])


def test_keras_on_its_torch_backend_gives_the_same() -> None:
    if os.environ.get("KERAS_BACKEND") == "torch":
        pytest.fail("this test starts that process itself")
    names = "digits or unet or gpt2 or siamese or albert or seq2seq or frozen or convnext"
    command = [sys.executable, "-m", "pytest", "-q", "-x", str(Path(__file__)),
               "-k", f"({names}) and an_example"]  # fmt: skip
    done = subprocess.run(
        command, env={**os.environ, "KERAS_BACKEND": "torch"}, capture_output=True, text=True,
        cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
