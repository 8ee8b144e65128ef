"""The last step of a training script: pieces into the target's template, as one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import indent
from typing import NamedTuple

from nndsl.backends.training import keras, pieces, torch
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.pieces import Pieces, Slot
from nndsl.backends.training.spec import TrainSpec
from nndsl.emit.imports import import_block
from nndsl.emit.printer import WIDTH, render, render_expression
from nndsl.emit.template import fill
from nndsl.emit.tree import Const, Stmt

SCRIPTS: Mapping[str, Callable[[TrainSpec, ModelFacts], Pieces]] = {
    "keras": keras.script,
    "torch": torch.script,
}
# Every name that a template may ask for; which are true is up to the program.
FLAGS = (
    "channels_first",
    "clipped",
    "closed",
    "decayed",
    "images",
    "moved",
    "scheduled",
    "single",
    "stopping",
    "warmup",
)


class ModelText(NamedTuple):
    """A model file taken apart for a script that holds it: docstring, imports, and the rest."""

    doc: str
    imports: tuple[Stmt, ...]
    body: str


def render_training(
    target: str, spec: TrainSpec, facts: ModelFacts, model: str | None = None
) -> str:
    """The training script of a model.

    target: keras or torch. model: the text of the model file, for the single-file form; without it
    the script imports the module `facts.module`, which stands beside it. Raises NameTakenError
    where a name of the model is one of the script's own, in the single-file form.
    """
    script = SCRIPTS[target](spec, facts)
    code = _take_apart(model, target) if model is not None else None
    places = {
        "model": facts.name,
        "script": script_name(facts, model),
        "entry": facts.entry,
        "doc": code.doc if code else "",
        "notes": script.notes,
        "imports": _imports(script, facts, code),
        "model_code": code.body if code else "",
        "helpers": script.helpers,
        "data_helpers": pieces.data_helpers(spec, facts),
        **{name: name in script.flags for name in FLAGS},
        **{slot.name: _slot(slot) for slot in script.slots},
        **_defaults(spec),
    }
    return fill(f"{target}/train.py.jinja", places)


def script_name(facts: ModelFacts, model: str | None = None) -> str:
    """The file's name: `train_<module>.py` beside the model, `<module>.py` for a single file."""
    return f"train_{facts.module}.py" if model is None else f"{facts.module}.py"


def _slot(slot: Slot) -> str:
    text = render(slot.code, WIDTH - slot.indent).rstrip("\n")
    return indent(text, " " * slot.indent)


def _imports(script: Pieces, facts: ModelFacts, code: ModelText | None) -> str:
    if code is None:
        return render(import_block(script.imports, facts.module)).rstrip("\n")
    own = [each for each in script.imports if getattr(each, "module", "") != facts.module]
    return render(import_block([*own, *code.imports])).rstrip("\n")


def _defaults(spec: TrainSpec) -> dict[str, str]:
    """The defaults of the flags as Python text."""
    values = {
        "epochs": spec.epochs,
        "batch": spec.batch,
        "lr": pieces.plain(spec.optimizer.number("lr")),
        "precision": spec.precision,
        "seed": spec.seed,
        "validation": pieces.plain(spec.validation),
    }
    return {name: render_expression(Const(value)) for name, value in values.items()}


def _take_apart(model: str, target: str) -> ModelText:
    from nndsl.backends.training.single import take_apart

    return take_apart(model, RESERVED[target])


# The names at the top level of the scripts; a block of the model cannot have one in a single file.
SHARED_NAMES = frozenset(
    {"Arrays", "CLIP", "DATA", "DECAY", "END", "EVERY", "FACTOR", "FIELDS", "FOLDERS", "MODE"}
    | {"OUTPUT", "PARAMETERS", "PATIENCE", "Path", "SIZE", "WARMUP"}
    | {"argparse", "check_parameters", "csv", "fit", "gzip", "load_data", "main", "math", "np"}
    | {"parse_arguments", "read_csv", "read_data", "read_idx", "read_images", "read_npz", "record"}
    | {"describe", "size", "split", "synthetic", "sys", "take", "time"}
)
RESERVED: Mapping[str, frozenset[str]] = {
    "torch": SHARED_NAMES
    | {"CHANNELS_LAST", "DataLoader", "F", "STATE", "Tensor", "Trainer", "decay_weights", "gather"}
    | {"RMSprop", "measure", "nn", "partial", "rate_factor", "show_progress", "torch"},
    "keras": SHARED_NAMES
    | {"Batches", "COLUMNS", "Recorder", "Warmup", "arguments", "compile_model", "contextlib"}
    | {"json", "keras", "place"},
}
