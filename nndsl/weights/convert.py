"""Weights from a file, into a file: by the program's names in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from nndsl._version import __version__
from nndsl.backends.tensors import Part, Slot
from nndsl.weights import h5, safetensors, state_dict
from nndsl.weights.arrays import from_target, slot_shape, to_target
from nndsl.weights.compare import Stored, differences, not_finite, refuse_all
from nndsl.weights.errors import WeightsError, refuse
from nndsl.weights.keras_layout import keras_layout
from nndsl.weights.maps import Map
from nndsl.weights.names import Named, named
from nndsl.weights.program import Program

if TYPE_CHECKING:
    from nndsl.weights.arrays import Array

Path: TypeAlias = "str | os.PathLike[str]"
Kind: TypeAlias = Literal["keras", "torch", "nndsl"]
SUFFIXES: Mapping[str, tuple[Kind, ...]] = {
    ".weights.h5": ("keras",),
    ".keras": ("keras",),
    ".safetensors": ("torch", "nndsl"),
    ".pt": ("torch",),
    ".pth": ("torch",),
    ".bin": ("torch",),
}
FORMAT, LAYOUT = "nndsl", "1"  # of the program's own files, in their metadata
COUNTER, BESIDE = "num_batches_tracked", "running_mean"  # torch counts batches beside statistics


class Options(NamedTuple):
    """How to convert. map: foreign names in the file that is read; to_map: in the one written.

    round: float64 is rounded to float32; allow_nan: numbers that are not finite are told, not
    refused.
    """

    map: Map | None = None
    to_map: Map | None = None
    round: bool = False
    allow_nan: bool = False


class Report(NamedTuple):
    """What was done. weights, numbers: how many; notes: what a person should know."""

    model: str
    source: Kind
    target: Kind
    weights: int
    numbers: int
    notes: tuple[str, ...]


def convert(
    source: Path,
    target: Path,
    program: Program,
    from_: Kind | None = None,
    to: Kind | None = None,
    options: Options | None = None,
) -> Report:
    """Reads one file and writes the other; nothing is written where anything is wrong.

    Raises WeightsError with every mismatch, ProgramError, OSError. from_, to: guessed by suffix.
    """
    options = options or Options()
    first, second = kind_of_source(source, from_), kind_of_target(target, to)
    arrays, notes = load(source, program, first, options)
    save(target, arrays, program, second, options)
    numbers = sum(array.size for array in arrays.values())
    return Report(program.name, first, second, len(arrays), numbers, tuple(notes))


def load(
    path: Path, program: Program, kind: Kind | None = None, options: Options | None = None
) -> tuple[dict[str, Array], list[str]]:
    """The program's weights by their paths, float32 in the language's layout, and notes.

    Raises WeightsError with every mismatch, ProgramError, OSError.
    """
    import numpy as np

    options = options or Options()
    notes: list[str] = []
    with _named_errors(path), _read(path, program, kind_of_source(path, kind), options) as found:
        _refuse(path, found, notes, options)
        tensors = {slot.key: found.value(slot.key).astype("float32") for slot in found.slots}
        wrong = [
            f"`{path}`: `{name}` and `{key}` should be equal, and are not"
            for name, key in found.equal.items()
            if name in found.stored and not np.array_equal(found.value(name), found.value(key))
        ]
        if wrong:
            raise WeightsError(wrong)
        arrays = from_target(found.slots, tensors, program.shapes)
    arrays = {each: arrays[each] for each in program.weights}
    lost = not_finite(arrays)
    if not options.allow_nan:
        refuse_all(os.fspath(path), [*lost, *(["--allow-nan goes on"] if lost else [])])
    return arrays, [*notes, *lost]


def save(
    path: Path,
    arrays: Mapping[str, Array],
    program: Program,
    kind: Kind | None = None,
    options: Options | None = None,
) -> None:
    """Writes the program's weights, float32 by their paths; the file is whole or not there.

    Raises WeightsError where arrays are not the program's, ProgramError, OSError.
    """
    options = options or Options()
    kind = kind_of_target(path, kind)
    lines = differences(arrays, program.shapes, {}, lambda name: False, options.round)
    refuse_all(f"weights of {program.name}", lines)
    plain = {each: arrays[each].astype("float32") for each in program.weights}
    aside = f"{os.fspath(path)}.{os.getpid()}.part"
    try:
        _write(aside, path, plain, program, kind, options)
        os.replace(aside, path)
    except OSError as error:
        if error.filename == aside:  # whoever reads it knows the other name
            error.filename = os.fspath(path)
        raise
    finally:
        if os.path.exists(aside):
            os.unlink(aside)


def kind_of_source(path: Path, kind: Kind | None = None) -> Kind:
    """What a file holds, if it is not said: by its suffix and, of safetensors, its metadata."""
    kinds = _kinds(path, kind)
    if len(kinds) == 1:
        return kinds[0]
    with _named_errors(path):
        own = safetensors.metadata(path).get("format") == FORMAT
    return "nndsl" if own else "torch"


def kind_of_target(path: Path, kind: Kind | None = None) -> Kind:
    """What to write, if it is not said: by the suffix."""
    kinds = _kinds(path, kind)
    if len(kinds) > 1:
        raise refuse(f"`{path}` may be for {' or '.join(kinds)}: say which (--to)")
    return kinds[0]


def _kinds(path: Path, kind: Kind | None) -> tuple[Kind, ...]:
    suffix = _suffix(path)
    kinds = SUFFIXES.get(suffix)
    if kinds is None:
        raise refuse(f"`{path}` should end in one of {', '.join(SUFFIXES)}")
    if kind is not None and kind not in kinds:
        raise refuse(f"`{path}`: a {suffix} file is no file of {kind}")
    return (kind,) if kind is not None else kinds


def _suffix(path: Path) -> str:
    name = os.fspath(path)
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Says of which file something is wrong."""
    try:
        yield
    except WeightsError as error:
        first, *others = error.problems
        if f"`{path}`" in first:
            raise
        raise WeightsError([f"`{path}`: {first}", *others]) from None


# ---- reading -------------------------------------------------------------------------------------


class _Found(NamedTuple):
    """A file that is open. slots: where the program's weights should be; shapes: of those tensors;
    spare: names that may be there beside them; equal: other names of tensors; unread: what is
    ignored of it."""

    stored: Mapping[str, Stored]
    slots: Sequence[Slot]
    shapes: Mapping[str, tuple[int, ...]]
    spare: Callable[[str], bool]
    equal: Mapping[str, str] = {}
    ignored: Sequence[str] = ()

    def value(self, key: str) -> Array:
        found = self.stored[key]
        if hasattr(found, "attrs"):
            return h5.value(found)
        return cast("Array", found)


def _refuse(path: Path, found: _Found, notes: list[str], options: Options) -> None:
    weights = {slot.key: ", ".join(part.weight for part in slot.parts) for slot in found.slots}
    equal = {name: found.shapes[key] for name, key in found.equal.items() if name in found.stored}
    refuse_all(
        os.fspath(path),
        differences(found.stored, {**found.shapes, **equal}, weights, found.spare, options.round),
    )
    if found.ignored:
        names = ", ".join(f"`{name}`" for name in found.ignored[:3])
        more = ", ..." if len(found.ignored) > 3 else ""
        notes.append(f"not read, as the map says: {len(found.ignored)} ({names}{more})")


@contextmanager
def _read(path: Path, program: Program, kind: Kind, options: Options) -> Iterator[_Found]:
    if options.map is not None:
        with _stored(path, kind) as stored:
            yield _foreign(stored, named(options.map, program, stored), program)
    elif kind == "keras":
        zipped = _suffix(path) == ".keras"
        _need("h5py", path)
        with h5.opened(path, zipped) as file:
            stored = h5.datasets(file)
            layout = keras_layout(program, zipped)
            yield _Found(stored, layout.slots, layout.shapes, layout.others.__contains__)
    else:
        with _stored(path, kind) as stored:
            slots = _slots(program, kind)
            shapes = {slot.key: slot_shape(slot, program.shapes) for slot in slots}
            yield _Found(stored, slots, shapes, _counters(shapes).__contains__)


@contextmanager
def _stored(path: Path, kind: Kind) -> Iterator[Mapping[str, Stored]]:
    """The tensors of a file by its own names, those of Keras by layers' names."""
    with ExitStack() as stack:
        if kind == "keras":
            _need("h5py", path)
            yield h5.by_layer(stack.enter_context(h5.opened(path, _suffix(path) == ".keras")))
        elif _suffix(path) == ".safetensors":
            _need("numpy", path)
            yield safetensors.read(path).arrays
        else:
            _need("torch", path)
            yield state_dict.read_pickled(path)


def _foreign(stored: Mapping[str, Stored], found: Named, program: Program) -> _Found:
    shapes = {slot.key: slot_shape(slot, program.shapes) for slot in found.slots}
    counters = _counters(shapes)
    ignored = [name for name in stored if name not in shapes and found.ignored(name)]
    return _Found(
        stored, found.slots, shapes,
        lambda name: name in counters or name in found.equal or found.ignored(name),
        found.equal, ignored,
    )  # fmt: skip


def _slots(program: Program, kind: Kind) -> tuple[Slot, ...]:
    if kind == "nndsl":
        return tuple(Slot(path, (Part(path),)) for path in program.weights)
    return program.compiled(kind).slots


def _counters(shapes: Mapping[str, object]) -> dict[str, None]:
    """torch's counters of batches: none of the language's norms reads one."""
    stems = (name.removesuffix(BESIDE) for name in shapes if name.endswith(f".{BESIDE}"))
    return {stem + COUNTER: None for stem in stems}


def _need(package: str, path: Path) -> None:
    if find_spec(package) is None:
        raise refuse(f"`{path}` needs {package}, which is not installed")


# ---- writing -------------------------------------------------------------------------------------


def _write(
    aside: str,
    path: Path,
    arrays: Mapping[str, Array],
    program: Program,
    kind: Kind,
    options: Options,
) -> None:
    if kind == "nndsl":
        metadata = {
            "format": FORMAT, "layout": LAYOUT, "model": program.name, "version": __version__,
        }  # fmt: skip
        safetensors.write(aside, arrays, metadata)
    elif kind == "keras":
        if options.to_map is not None:
            raise refuse("foreign files of Keras are read, not written: their model has to do that")
        _write_keras(aside, path, arrays, program)
    else:
        _write_torch(aside, path, arrays, program, options.to_map)


def _write_keras(aside: str, path: Path, arrays: Mapping[str, Array], program: Program) -> None:
    zipped = _suffix(path) == ".keras"
    layout = keras_layout(program, zipped)
    made = {
        slot.key: to_target(slot, arrays).reshape(layout.shapes[slot.key]) for slot in layout.slots
    }
    h5.write(aside, layout.template, zipped, made)


def _write_torch(
    aside: str, path: Path, arrays: Mapping[str, Array], program: Program, names: Map | None
) -> None:
    import numpy as np

    pickled = _suffix(path) != ".safetensors"
    if pickled:
        _need("torch", path)
    found = named(names, program) if names is not None else None
    slots = found.slots if found else _slots(program, "torch")
    tensors = {slot.key: to_target(slot, arrays) for slot in slots}
    if found:
        tensors |= {name: tensors[key] for name, key in found.equal.items()}
    tensors |= {name: np.zeros((), "int64") for name in _counters(tensors)}
    state_dict.write(aside, tensors, pickled)
