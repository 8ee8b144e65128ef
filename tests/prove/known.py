"""Faults that are known and not mended yet: `faults/NAME.nn`, each with its reason at its head.

A fault that a random program shows is let pass where its words are those of a known one; a file
whose fault is gone has to go (test_known.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from prove.judge import Outcome, operations

# What TensorFlow computes in float32 whatever it is given, by a word of the program, and by how
# much of the largest number a program with it may differ: in values, and in gradients.
SINGLE: Mapping[str, tuple[float, float]] = {
    r"\bmode=(bilinear|bicubic)\b": (3e-6, 3e-6),  # tf.image.resize
    r"\bhard_(sigmoid|silu)\b": (0.0, 1e-6),  # a sixth, in the derivative
}
LAYER = 0.1  # of what is allowed, for each operation: rounding adds up
FOLDER = Path(__file__).parent / "faults"
WORDS: Mapping[str, str] = {}
# A run of a fault that needs the frameworks: what they say. Listed in benchmarks/prove/README.md.
RUNS: Mapping[str, str] = {}


def known(found: Outcome, text: str) -> bool:
    """True for a fault that is listed, or a difference that rounding explains in this program."""
    if found.kind.startswith("differ"):
        return bool(found.apart) and _rounded(found, text)
    if found.kind == "compiler: NN901":
        return any(re.search(words, found.words) for words in WORDS.values())
    return any(re.search(words, f"{found.kind}: {found.words}") for words in RUNS.values())


def _rounded(found: Outcome, text: str) -> bool:
    """True where each row is within its tolerance times the depth, or what float32 explains.

    Tolerances are of a layer or a few. Training passes on what gradients differ by.
    """
    depth = max(1.0, LAYER * len(operations(text)))
    values, gradients = 0.0, 0.0
    for words, (value, gradient) in SINGLE.items():
        if re.search(words, text):
            values, gradients = max(values, value), max(gradients, gradient)
    for row in found.apart:
        single = values if row.what.startswith("output") else gradients
        if not row.difference <= max(row.tolerance * depth, single):
            return False
    return True
