"""Every op in Keras on two of its backends: builds, counts, runs as PyTorch does, takes a step."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance.corners import CORNERS
from conformance.harness import build, examples
from nndsl.backends.keras import TARGET
from nndsl.backends.keras.helpers import HELPERS, included
from nndsl.backends.keras.spellings import missing
from nndsl.diagnostics import Diagnostics
from nndsl.ops.base import Example
from nndsl.ops.registry import words
from nndsl.validate import validate

TESTS = Path(__file__).resolve().parents[1]
# The third backend, where it is installed (`pip install jax`): no extra of this project needs it.
NO_JAX = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "tensorflow", pytest.param("jax", marks=NO_JAX)])
def test_every_example_on(backend: str) -> None:
    done = _run("keras_all", backend)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert " examples, 0 failures" in done.stdout


@pytest.mark.framework
def test_layers_start_as_stated() -> None:
    done = _run("keras_starts", "torch")
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert " layers, 0 wrong weights" in done.stdout


def _run(module: str, backend: str) -> subprocess.CompletedProcess[str]:
    """A module of this folder in a process of its own: Keras has one backend in each."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return subprocess.run(
        [sys.executable, "-m", f"conformance.{module}", backend],
        cwd=TESTS, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_every_word_is_spelled() -> None:
    lacking = missing(words())
    lines = [f'    "{word}": layer(…),  # in nndsl/backends/keras/spell_*.py' for word in lacking]
    assert not lacking, "\n".join(["no Keras spelling of:", *lines])


ALL = [*(each for _, each in examples()), *(each for _, each in CORNERS)]


@pytest.mark.parametrize("example", ALL, ids=lambda each: f"{each.call} on {each.takes}")
def test_the_validator_agrees(example: Example) -> None:
    case = build(example)
    emitted = TARGET.lower(case.program, Diagnostics())
    assert emitted is not None
    assert validate(case.program, emitted, "keras").mismatches == ()


def test_helpers_come_with_what_they_need() -> None:
    assert included(["Attention"]) == ("HeadsAttention", "Attention")
    assert set(included(HELPERS)) == set(HELPERS)
