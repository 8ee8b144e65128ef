"""Faults that are known and not mended yet: `faults/NAME.nn`, each with its reason at its head.

A fault that a random program shows is let pass where its words are those of a known one; a file
whose fault is gone has to go (test_known.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from prove.judge import Outcome

# In float64 TensorFlow still resizes pictures, and holds constants of hard_sigmoid, in float32.
SINGLE = 3e-6
FOLDER = Path(__file__).parent / "faults"
WORDS: Mapping[str, str] = {}
# A run of a fault that needs the frameworks: what they say. Listed in benchmarks/prove/README.md.
RUNS: Mapping[str, str] = {}


def known(found: Outcome) -> bool:
    """True for a fault that is listed, or a difference of what TensorFlow rounds to float32."""
    if found.kind.startswith("differ"):
        apart = [float(each) for each in re.findall(r"\d\.\de[-+]\d+|\binf\b", found.words)]
        return max(apart, default=SINGLE) < SINGLE
    if found.kind == "compiler: NN901":
        return any(re.search(words, found.words) for words in WORDS.values())
    return any(re.search(words, f"{found.kind}: {found.words}") for words in RUNS.values())
