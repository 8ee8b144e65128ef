"""What one process has to do for one target, and what it hands back: a folder of plain files.

`job.json` and `arrays.npz` go in, `result.json` and `result.npz` come out; arrays are named
`KIND:NAME`, in the language's layout and the file's order of axes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nndsl.backends.tensors import Move, Part, Slot
from nndsl.weights.arrays import Array


class Port(NamedTuple):
    """An input or output. shape: of an example; axes: for each axis of the emitted model's tensor
    the file's, without the batch."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    batched: bool = True


class Job(NamedTuple):
    """One target's emitted model, and what to do with it.

    module, script: file names in the folder (script empty: the steps are plain gradient descent);
    entry: the class or function; trained: paths of the weights that train; shapes: of all weights,
    by path; adaptive: the script's optimizer divides by gradients, where targets place epsilon
    differently; apart: what the idiomatic emission is known to train otherwise, so that losses are
    told and not judged; layers: a tensor's key for every layer that has weights; tier: `exact` or
    `practical`; exact: the code is that of the exact emission; precision: `float32` or `float64`.
    """

    target: str
    module: str
    script: str
    entry: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    slots: tuple[Slot, ...]
    shapes: Mapping[str, tuple[int, ...]]
    trained: tuple[str, ...]
    layers: Mapping[str, str]
    adaptive: bool
    apart: str
    tier: str
    exact: bool
    precision: str
    batch: int
    steps: int


class Result(NamedTuple):
    """What a target made of it: `arrays` as in the module's docstring.

    trainable, non_trainable: as the framework counts; losses: one for each step; version: of the
    framework; error: why there is nothing else.
    """

    version: str
    trainable: int
    non_trainable: int
    losses: tuple[float, ...]
    arrays: Mapping[str, Array]
    error: str = ""


def save_job(folder: Path, job: Job, files: Mapping[str, str], arrays: Mapping[str, Array]) -> None:
    import numpy as np

    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "job.json").write_text(json.dumps(job._asdict()), encoding="utf-8")
    np.savez(folder / "arrays.npz", **arrays)  # type: ignore[arg-type]


def load_job(folder: Path) -> tuple[Job, dict[str, Array]]:
    data = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    for name in ("inputs", "outputs"):
        data[name] = tuple(_port(row) for row in data[name])
    data["slots"] = tuple(_slot(row) for row in data["slots"])
    data["shapes"] = {path: tuple(shape) for path, shape in data["shapes"].items()}
    return Job(**data), _arrays(folder / "arrays.npz")


def save_result(folder: Path, result: Result) -> None:
    import numpy as np

    plain = result._asdict()
    arrays = plain.pop("arrays")
    np.savez(folder / "result.npz", **arrays)
    (folder / "result.json").write_text(json.dumps(plain), encoding="utf-8")


def load_result(folder: Path) -> Result:
    plain = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    plain["losses"] = tuple(plain["losses"])
    return Result(**plain, arrays=_arrays(folder / "result.npz"))


def _arrays(path: Path) -> dict[str, Array]:
    import numpy as np

    with np.load(path, allow_pickle=False) as found:
        return dict(found)


def _port(row: list[object]) -> Port:
    name, dtype, shape, axes, batched = row
    assert isinstance(shape, list)
    assert isinstance(axes, list)
    return Port(str(name), str(dtype), tuple(shape), tuple(axes), bool(batched))


def _slot(row: list[object]) -> Slot:
    key, parts, axis = row
    assert isinstance(parts, list)
    assert isinstance(axis, int)
    return Slot(
        str(key),
        tuple(Part(w, tuple(Move(kind, tuple(n)) for kind, n in moves)) for w, moves in parts),
        axis,
    )
