"""An example's weights through the files of both frameworks, and through the frameworks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nndsl.source import Source
from nndsl.weights import Program, convert, load, save

if TYPE_CHECKING:
    from examples.small import Small

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STEPS = ("a.weights.h5", "b.safetensors", "c.pt", "d.safetensors", "e.keras", "f.weights.h5")
KINDS = ("keras", "nndsl", "torch", "nndsl", "keras", "keras")


def round_trip(small: Small, folder: Path) -> list[str]:
    """Keras -> ours -> torch -> ours -> Keras; the paths of weights that are another after that."""
    path = EXAMPLES / f"{small.example}.nn"
    program = Program(Source(path.name, path.read_text("utf-8")), small.model, small.settings)
    random = np.random.default_rng(0)
    start = {p: random.normal(size=s).astype("float32") for p, s in program.shapes.items()}
    save(folder / STEPS[0], start, program, "keras")
    for before, after, kind in zip(STEPS, STEPS[1:], KINDS[1:], strict=False):
        convert(folder / before, folder / after, program, to=kind)
    end, _ = load(folder / STEPS[-1], program)
    return [p for p in start if start[p].tobytes() != end[p].tobytes()]
