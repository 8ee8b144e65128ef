"""Every example on both frameworks: counts, outputs, gradients, and a training step.

Weights are the same numbers on both sides, copied through the program's own weight paths; float32,
1e-4 relative to the largest number, as promised. Keras runs on TensorFlow here, and once more on
its PyTorch backend in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.small import FEEDS, SMALL, Small
from support.agree import agree
from support.numeric import Program

pytestmark = pytest.mark.framework
ROOT = Path(__file__).resolve().parents[2]


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
