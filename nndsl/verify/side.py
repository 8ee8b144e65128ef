"""What both sides share: the emitted files as modules, and the numbers that replace chance."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

from nndsl.verify.job import Job, Result, save_result
from nndsl.verify.worker import SERVE
from nndsl.weights.arrays import Array

NOISE = 0.3  # standard deviations: what every normal draw gives
RATE = 1e-2  # of gradient descent, where the file has no train section


def serve(run: Callable[[Path], None]) -> None:
    """Runs the job of the folder that the command line names, or those that lines of input name.

    Each is answered with its name when it is done; whatever else is printed goes to the errors.
    """
    if sys.argv[1:] != [SERVE]:
        run(Path(sys.argv[1]))
        return
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    gc.collect()
    gc.freeze()  # the frameworks themselves: each job collects what is left of the one before
    for line in sys.stdin:
        folder = Path(line.strip())
        try:
            run(folder)
        except (Exception, SystemExit):  # noqa: BLE001  # whatever it is, it is told
            save_result(folder, Result("", 0, 0, (), {}, traceback.format_exc()))
        answers.write(f"{folder}\n")
        answers.flush()


def emitted(folder: Path, job: Job) -> tuple[ModuleType, ModuleType | None]:
    """The files of the folder as new modules: the model, and the script that imports it."""
    names = [name.removesuffix(".py") for name in (job.module, job.script) if name]
    for name in names:
        sys.modules.pop(name, None)
    invalidate_caches()
    sys.path.insert(0, str(folder))
    try:
        found = [import_module(name) for name in names]
    finally:
        sys.path.remove(str(folder))
    return found[0], found[1] if len(found) > 1 else None


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
