"""Processes of our own, in which emitted code and frameworks run."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LAST_LINES = 12  # of a process that failed
BACKENDS = ("tensorflow", "torch", "jax")  # that Keras runs on, in the order in which we choose


def run_module(module: str, folder: Path, *words: str) -> str:
    """Runs `python -m MODULE FOLDER WORDS` there; the last lines of a failure, else nothing."""
    command = [sys.executable, "-m", module, str(folder), *words]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    lines = (done.stderr or done.stdout).strip().splitlines()
    return "\n".join(lines[-LAST_LINES:]) or f"it ended with {done.returncode}"


def environment() -> dict[str, str]:
    """The user's, where nndsl is found as here; on the processor, where sums have one order."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**os.environ, **quiet, "PYTHONPATH": os.pathsep.join(paths)}


def keras_backend() -> str:
    """The backend that Keras is told to use where the user has not chosen; empty: none is there."""
    return next((name for name in BACKENDS if find_spec(name) is not None), "")
