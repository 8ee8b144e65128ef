"""The last step of a training script: pieces into the target's template, as one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import indent

from nndsl.backends.training import keras, pieces, torch
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.pieces import Emission, Pieces, Slot
from nndsl.backends.training.spec import TrainSpec
from nndsl.emit.imports import ImportStmt, import_block
from nndsl.emit.printer import WIDTH, render, render_expression
from nndsl.emit.template import fill
from nndsl.emit.tree import Const

SCRIPTS: Mapping[str, Callable[[TrainSpec, ModelFacts, Emission], Pieces]] = {
    "keras": keras.script,
    "torch": torch.script,
}
IDIOMATIC = Emission()
# Every name that a template may ask for; which are true is up to the program.
FLAGS = (
    "channels_first",
    "clipped",
    "clipped_exactly",
    "closed",
    "csv",
    "decayed",
    "images",
    "labelled",
    "moved",
    "scheduled",
    "single",
    "stopping",
    "warmup",
)


def render_training(
    target: str,
    spec: TrainSpec,
    facts: ModelFacts,
    model: str | None = None,
    emission: Emission = IDIOMATIC,
) -> str:
    """The training script of a model.

    target: keras or torch. model: the text of the model file, for the single-file form; without it
    the script imports the module `facts.module`, which stands beside it. Raises NameTakenError
    where a name of the model is one of the script's own, in the single-file form.
    """
    script = SCRIPTS[target](spec, facts, emission)
    template = f"{target}/train.py.jinja"
    places: dict[str, object] = {
        "model": facts.name,
        "script": script_name(facts, model),
        "entry": facts.entry,
        "doc": "",
        "notes": script.notes,
        "imports": _imports(script, facts),
        "model_code": "",
        "helpers": script.helpers,
        "data_helpers": pieces.data_helpers(spec, facts),
        **{name: name in script.flags for name in FLAGS},
        **{slot.name: _slot(slot) for slot in script.slots},
        **_defaults(spec),
    }
    if model is not None:
        places |= _model_places(model, fill(template, places), script, facts)
    return fill(template, places)


def _model_places(model: str, alone: str, script: Pieces, facts: ModelFacts) -> dict[str, object]:
    """What the single-file form has more; `alone` is the script without the model."""
    from nndsl.backends.training.single import take_apart

    code = take_apart(model, alone, facts.module)
    imports = _imports(script, facts, code.imports)
    return {"doc": code.doc, "imports": imports, "model_code": code.body}


def script_name(facts: ModelFacts, model: str | None = None) -> str:
    """The file's name: `train_<module>.py` beside the model, `<module>.py` for a single file."""
    return f"train_{facts.module}.py" if model is None else f"{facts.module}.py"


def _slot(slot: Slot) -> str:
    text = render(slot.code, WIDTH - slot.indent).rstrip("\n")
    return indent(text, " " * slot.indent)


def _imports(script: Pieces, facts: ModelFacts, model: tuple[ImportStmt, ...] | None = None) -> str:
    """The import block; the imports of the model stand for that of its module."""
    own = [each for each in script.imports if model is None or each.module != facts.module]
    return render(import_block([*own, *(model or ())], facts.module)).rstrip("\n")


def _defaults(spec: TrainSpec) -> dict[str, str]:
    """The defaults of the flags as Python text."""
    values: dict[str, int | float | str] = {
        "epochs": spec.epochs,
        "batch": spec.batch,
        "lr": float(spec.optimizer.number("lr")),  # Keras takes no whole number
        "precision": spec.precision,
        "seed": spec.seed,
        "validation": pieces.plain(spec.validation),
    }
    return {name: render_expression(Const(value)) for name, value in values.items()}
