"""Where Keras keeps an emitted model's weights in its files, as a saved model shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from nndsl.backends.tensors import Slot
from nndsl.weights import h5
from nndsl.weights.errors import refuse
from nndsl.weights.keras_job import MOST, Job, pattern, save_job
from nndsl.weights.process import keras_backend, run_module
from nndsl.weights.program import Program

if TYPE_CHECKING:
    import h5py


class Layout(NamedTuple):
    """slots: by paths in the file; shapes: of the arrays there; others: what Keras saves beside
    weights (counters of random draws); template: the bytes of a file with all of them."""

    slots: tuple[Slot, ...]
    shapes: Mapping[str, tuple[int, ...]]
    others: frozenset[str]
    template: bytes


def keras_layout(program: Program, zipped: bool) -> Layout:
    """The layout of a program's files, made once; raises WeightsError."""
    if zipped not in program.layouts:
        program.layouts[zipped] = _layout(program, zipped)
    return program.layouts[zipped]


def _layout(program: Program, zipped: bool) -> Layout:
    for needed in ("keras", "h5py"):
        if find_spec(needed) is None:
            raise refuse(f"files of Keras need it: {needed} is not installed")
    if not keras_backend():
        raise refuse("files of Keras need a backend: tensorflow, torch or jax is not installed")
    made = program.compiled("keras")
    keys = tuple(slot.key for slot in made.slots)
    assert len(keys) < MOST
    with TemporaryDirectory(prefix="nndsl-weights-") as name:
        folder = Path(name)
        output = "template.keras" if zipped else "template.weights.h5"
        save_job(folder, Job(made.code.model, made.code.entry, keys, output), made.code.files)
        failure = run_module("nndsl.weights.keras_side", folder)
        if failure:
            raise refuse("Keras does not build or save the model:", failure)
        with h5.opened(folder / output, zipped) as file:
            items = h5.datasets(file)
            places = _places(items, keys)
            shapes = {path: tuple(items[path].shape) for path in places.values()}
        return Layout(
            tuple(slot._replace(key=places[slot.key]) for slot in made.slots), shapes,
            frozenset(items) - shapes.keys(),
            (folder / output).read_bytes(),
        )  # fmt: skip


def _places(items: Mapping[str, h5py.Dataset], keys: Sequence[str]) -> dict[str, str]:
    """The path of every key's array: the array that is full of the key's number."""
    import numpy as np

    found: dict[str, str] = {}
    for path, item in items.items():
        array = h5.value(item)
        if array.dtype.kind != "f" or not array.size:
            continue
        number = int(array.flat[0])
        if not 0 < number <= len(keys) or not np.array_equal(array, pattern(array.shape, number)):
            continue
        found[keys[number - 1]] = path
    lost = [key for key in keys if key not in found]
    if lost:
        raise refuse("Keras saves no array for:", *lost)
    return found
