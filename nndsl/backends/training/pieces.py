"""What of a training script depends on the program: code trees, and names of constant texts."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import NamedTuple

from nndsl.backends.training import losses
from nndsl.backends.training.facts import InputFacts, ModelFacts
from nndsl.backends.training.losses import LossSpec
from nndsl.backends.training.spec import TrainSpec
from nndsl.emit import build as b
from nndsl.emit.imports import ImportStmt
from nndsl.emit.tree import Comment, Stmt

FOLDERS = (".", "data", "examples/data", "/usr/share/datasets")
LOCALS = frozenset({"model", "batch", "loss", "F", "torch", "keras", "args", "network", "logits"})
IMAGE_RANKS = (2, 3)


class Slot(NamedTuple):
    """Statements for a place of a template, at `indent` columns."""

    name: str
    code: tuple[Stmt, ...]
    indent: int = 0


class Pieces(NamedTuple):
    """A script of one target.

    imports: import statements in any order; slots: code for named places; helpers: paths of the
    constant texts that this program needs; flags: names that are true in the templates; notes:
    lines for the docstring.
    """

    imports: tuple[ImportStmt, ...]
    slots: tuple[Slot, ...]
    helpers: tuple[str, ...]
    flags: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Field(NamedTuple):
    """An array of the data: an input or a target; `moved` as in the facts."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    high: int
    moved: bool


def fields(spec: TrainSpec, facts: ModelFacts) -> tuple[Field, ...]:
    """Inputs in order, then the targets that are no inputs."""
    yes_or_no = {loss.target for loss in spec.losses if loss.kind == "binary_cross_entropy"}
    inputs = [
        Field(
            x.name,
            x.shape,
            x.dtype,
            2 if x.dtype == "bool" or x.name in yes_or_no else x.high,
            x.moved,
        )
        for x in facts.inputs
    ]
    return (*inputs, *(_target(loss, facts) for loss in spec.losses if loss.own))


def _target(loss: LossSpec, facts: ModelFacts) -> Field:
    output = facts.outputs[loss.output]
    if loss.kind == "cross_entropy":
        return Field(loss.target, output.shape[:-1], "int", output.shape[-1], False)
    high = 2 if loss.kind == "binary_cross_entropy" else 0
    return Field(loss.target, output.shape, "float", high, output.moved)


def constants(
    spec: TrainSpec, facts: ModelFacts, whole: str, extra: Iterable[Stmt] = ()
) -> tuple[Stmt, ...]:
    """The constants on top; `whole` is the dtype of integers on the target."""
    dtypes = {"float": "float32", "int": whole, "bool": "bool"}
    table = {
        field.name: b.tup(b.tup(*field.shape), dtypes[field.dtype], field.high)
        for field in fields(spec, facts)
    }
    return (
        b.assign(
            "PARAMETERS",
            b.tup(facts.trainable, facts.non_trainable),
            comment="trainable and not, as counted from the description",
        ),
        b.assign("DATA", spec.data),
        b.assign("FOLDERS", b.tup(*FOLDERS), comment="the last is Debian's"),
        b.assign("OUTPUT", spec.output),
        *extra,
        *_numbers(spec),
        *_image_constants(facts),
        Comment("The arrays of the data: shape of a sample, dtype, bound of integers."),
        b.assign("FIELDS", b.dic(table)),
        b.assign("Arrays", b.index("dict", b.name("str"), b.dotted("np.ndarray"))),
    )


def _numbers(spec: TrainSpec) -> list[Stmt]:
    """Constants that the constant texts of schedules, clipping and stopping read."""
    schedule = dict(spec.schedule.values)
    named = [(name.upper(), float(schedule[name])) for name in schedule if name != "warmup"]
    warmup = spec.schedule.number("warmup")
    if warmup:
        named.append(("WARMUP", warmup))
    result: list[Stmt] = [b.assign(name, plain(value)) for name, value in named]
    if spec.clip:
        result.append(b.assign("CLIP", plain(spec.clip), comment="largest norm of the gradients"))
    if spec.patience:
        result.append(b.assign("PATIENCE", spec.patience, comment="epochs without improvement"))
    return result


def plain(value: float) -> int | float:
    """A whole number without its `.0`."""
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def image(facts: ModelFacts) -> InputFacts | None:
    """The one input, if it can be a picture."""
    only = facts.inputs[0]
    fits = len(facts.inputs) == 1 and only.dtype == "float" and len(only.shape) in IMAGE_RANKS
    return only if fits else None


def _image_constants(facts: ModelFacts) -> list[Stmt]:
    picture = image(facts)
    if picture is None:
        return []
    shape = picture.shape if len(picture.shape) == 3 else (*picture.shape, 1)
    channels, height, width = shape if picture.channels_first else (shape[2], *shape[:2])
    if len(picture.shape) == 2:
        channels, height, width = 1, *picture.shape
    mode = {3: "RGB", 4: "RGBA"}.get(channels, "L")
    return [
        b.assign("MODE", mode, comment="of image files"),
        b.assign("SIZE", b.tup(width, height), comment="their width and height"),
    ]


def single(spec: TrainSpec, facts: ModelFacts) -> bool:
    """One input and at most one target: what CSV, IDX and image folders hold."""
    return len(facts.inputs) == 1 and sum(loss.own for loss in spec.losses) <= 1


def data_helpers(spec: TrainSpec, facts: ModelFacts) -> tuple[str, ...]:
    """The constant texts that read the data, in the order of the script."""
    alone = single(spec, facts)
    pictures = alone and image(facts) is not None
    names = (
        "read_data",
        "synthetic",
        "read_npz",
        *(["read_csv"] if alone else []),
        *(["read_idx", "read_images"] if pictures else []),
        "load_data",
        "fit",
        "size",
        "take",
        "split",
    )
    return tuple(f"training/{name}.py.jinja" for name in names)


def flags(spec: TrainSpec, facts: ModelFacts) -> tuple[str, ...]:
    """The names that the templates of both targets ask for."""
    picture = image(facts)
    alone = single(spec, facts)
    known = (
        ("single", alone),
        ("images", alone and picture is not None),
        ("channels_first", picture is not None and picture.channels_first),
        ("closed", not facts.open),
        ("scheduled", scheduled(spec)),
        ("warmup", spec.schedule.number("warmup") > 0),
        ("clipped", spec.clip > 0),
        ("stopping", spec.patience > 0),
        ("moved", any(field.moved for field in fields(spec, facts))),
    )
    return tuple(name for name, true in known if true)


def scheduled(spec: TrainSpec) -> bool:
    """The learning rate changes during training."""
    return spec.schedule.word != "constant" or spec.schedule.number("warmup") > 0


def variables(facts: ModelFacts) -> tuple[str, ...]:
    """A local name for each of several outputs."""
    taken = LOCALS | {x.name for x in facts.inputs}
    names = [losses.output_name(facts, i) for i in range(len(facts.outputs))]
    return tuple(f"{n}_" if n in taken or keyword.iskeyword(n) else n for n in names)


def from_logits(spec: TrainSpec, facts: ModelFacts) -> bool:
    """Some loss reads logits that the model offers beside its output."""
    return any(loss.from_logits(facts) for loss in spec.losses)
