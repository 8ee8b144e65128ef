"""What both sides share: the emitted files as modules, and the numbers that replace chance."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from nndsl.verify.arrays import Array
from nndsl.verify.job import Job

NOISE = 0.3  # standard deviations: what every normal draw gives
RATE = 1e-2  # of gradient descent, where the file has no train section


def emitted(folder: Path, name: str) -> ModuleType:
    """A file of the folder as a module; the script finds the model beside it."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return import_module(name.removesuffix(".py"))


def directions(shape: tuple[int, ...]) -> Array:
    """What an output is multiplied by before it is summed: no element like another."""
    import numpy as np

    return np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)


def to_model(array: Array, axes: tuple[int, ...]) -> Array:
    """A batch from the file's order of axes to the model's."""
    import numpy as np

    return np.ascontiguousarray(array.transpose(0, *(axis + 1 for axis in axes)))


def to_file(array: Array, axes: tuple[int, ...], batched: bool = True) -> Array:
    """The way back."""
    import numpy as np

    given = (0, *(axis + 1 for axis in axes)) if batched else axes
    return array.transpose(np.argsort(given))


def feeds(job: Job, arrays: Mapping[str, Array]) -> list[Array]:
    """One batch for every input, as the model takes it."""
    made = []
    for port in job.inputs:
        array = to_model(arrays[f"input:{port.name}"], port.axes)
        made.append(array.astype(job.precision) if array.dtype.kind == "f" else array)
    return made


def arguments(script: ModuleType, job: Job) -> object:
    """The script's own flags, on the processor and with the batches of the comparison."""
    kept = sys.argv
    sys.argv = [job.script, "--device", "cpu", "--batch", str(job.batch), "--epochs", "1",
                "--data", "synthetic", "--validation", "0"]  # fmt: skip
    try:
        parsed: object = script.parse_arguments()
        return parsed
    finally:
        sys.argv = kept


def fingerprint(array: Array) -> Array:
    """The numbers of a tensor but for zeros, by size: alike in every layout and padding."""
    import numpy as np

    flat = np.asarray(array, "float64").ravel()
    return np.sort(flat[flat != 0])
