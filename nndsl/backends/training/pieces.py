"""What of a training script depends on the program: code trees, and names of constant texts."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from nndsl.backends.differences import (
    EXACT,
    NONE,
    Differences,
    ScriptDifference,
    script_notes,
)
from nndsl.backends.training import losses
from nndsl.backends.training.facts import InputFacts, ModelFacts
from nndsl.backends.training.losses import LossSpec
from nndsl.backends.training.spec import TrainSpec
from nndsl.emit import build as b
from nndsl.emit.imports import ImportStmt
from nndsl.emit.tree import Comment, Expr, Stmt

SYSTEM = "/usr/share/datasets"
WHOLE = {"keras": "int32", "torch": "int64"}
"""The dtype of whole numbers in a batch, by target."""
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's names of the pictures with so many channels."""
LOCALS = frozenset({"model", "batch", "loss", "F", "torch", "keras", "args", "network", "logits"})
IMAGE_RANKS = (2, 3)


class Emission(NamedTuple):
    """Which code is wanted, and what of it differs on the target."""

    differences: Differences = NONE
    exact: bool = False

    def spelled(self, spec: TrainSpec) -> dict[str, ScriptDifference]:
        """By its name, each place of the script that has an exact form of its own."""
        found = self.differences.of_script(spec) if self.exact else ()
        return {each.name: each for each in found}

    def notes(self, spec: TrainSpec) -> tuple[str, ...]:
        """Lines for the head of the script."""
        return (EXACT,) if self.exact else script_notes(self.differences, spec)


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
    spec: TrainSpec, facts: ModelFacts, target: str, extra: Iterable[Stmt] = ()
) -> tuple[Stmt, ...]:
    """The constants on top. Results go to a folder of the target's own: neither resumes the
    other's."""
    dtypes = {"float": "float32", "int": WHOLE[target], "bool": "bool"}
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
        Comment("Where data is sought; the last is Debian's."),
        b.assign("FOLDERS", _folders()),
        b.assign("OUTPUT", spec.output or f"runs/{facts.module}-{target}"),
        *extra,
        *_numbers(spec),
        *_image_constants(spec, facts),
        Comment("The arrays of the data: shape of a sample, dtype, bound of integers."),
        b.assign("FIELDS", b.dic(table)),
        b.assign("Arrays", b.index("dict", b.name("str"), b.dotted("np.ndarray"))),
    )


def _folders() -> Expr:
    """The user's folder, data in it, the script's own folder, the system's."""
    beside = b.attr(b.call("Path", b.name("__file__")), "parent")
    return b.tup(b.call("Path"), b.call("Path", "data"), beside, b.call("Path", SYSTEM))


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


def image(spec: TrainSpec, facts: ModelFacts) -> InputFacts | None:
    """The one input, where it can be a picture and the target, if any, is one number for it."""
    only = facts.inputs[0]
    if facts.open or not single(spec, facts) or not _numbers_for_targets(spec, facts):
        return None
    if only.dtype != "float" or len(only.shape) not in IMAGE_RANKS or only.sequence:
        return None
    return only if _picture(only)[0] in MODES else None


def _numbers_for_targets(spec: TrainSpec, facts: ModelFacts) -> bool:
    """Each target, if there is one, is one number for a sample."""
    return all(prod(field.shape) == 1 for field in fields(spec, facts)[len(facts.inputs) :])


def _picture(only: InputFacts) -> tuple[int, int, int]:
    """Channels, height and width."""
    if len(only.shape) == 2:
        return (1, *only.shape)
    first, second, third = only.shape
    return (first, second, third) if only.channels_first else (third, first, second)


def _image_constants(spec: TrainSpec, facts: ModelFacts) -> list[Stmt]:
    picture = image(spec, facts)
    if picture is None:
        return []
    channels, height, width = _picture(picture)
    return [
        b.assign("MODE", MODES[channels], comment="of image files"),
        b.assign("SIZE", b.tup(width, height), comment="their width and height"),
    ]


def single(spec: TrainSpec, facts: ModelFacts) -> bool:
    """One input and at most one target, for which `x` and `y` are names."""
    return len(facts.inputs) == 1 and sum(loss.own for loss in spec.losses) <= 1


def in_columns(spec: TrainSpec, facts: ModelFacts) -> bool:
    """A row of numbers is a sample: every size is known, or the input's columns are the rest."""
    return not facts.open or (single(spec, facts) and _numbers_for_targets(spec, facts))


def data_helpers(spec: TrainSpec, facts: ModelFacts) -> tuple[str, ...]:
    """The constant texts that read the data, in the order of the script."""
    pictures = image(spec, facts) is not None
    names = (
        "read_data",
        "synthetic",
        "read_npz",
        *(["read_csv"] if in_columns(spec, facts) else []),
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
    picture = image(spec, facts)
    known = (
        ("single", single(spec, facts)),
        ("csv", in_columns(spec, facts)),
        ("labelled", any(loss.own for loss in spec.losses)),
        ("images", picture is not None),
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
