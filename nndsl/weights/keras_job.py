"""What the process of Keras has to do, and how weights are told from each other in its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nndsl.weights.arrays import Array

MOST = 2**24  # whole numbers that float32 tells apart


class Job(NamedTuple):
    """The emitted file, the function that builds its model, the keys of its weights, and the file
    to write (`.weights.h5` or `.keras`)."""

    module: str
    entry: str
    keys: tuple[str, ...]
    output: str


def save_job(folder: Path, job: Job, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "job.json").write_text(json.dumps(job._asdict()), encoding="utf-8")


def load_job(folder: Path) -> Job:
    data = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    return Job(**{**data, "keys": tuple(data["keys"])})


def pattern(shape: tuple[int, ...], number: int) -> Array:
    """What the weight with this number is full of."""
    import numpy as np

    assert 0 < number < MOST
    return np.full(shape, number, "float32")
