"""From a train section to the text of a training script."""

from __future__ import annotations

from nndsl.backends.training.derive import model_facts
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.pieces import Emission
from nndsl.backends.training.render import IDIOMATIC, SCRIPTS, render_training, script_name
from nndsl.backends.training.single import NameTakenError
from nndsl.backends.training.spec import TrainSpec, read_train
from nndsl.diagnostics import Diagnostics
from nndsl.ir.steps import Instance
from nndsl.source import NOWHERE
from nndsl.syntax import ast


class Place:
    """Where a script belongs: the target, the model's entry and module, and what it is called.

    logits: the outputs whose logits the model offers; text: the model's own text where the script
    is to hold it, else None; emission: exact or idiomatic.
    """

    __slots__ = ("emission", "entry", "logits", "model", "module", "target", "text")

    def __init__(
        self,
        target: str,
        model: str,
        entry: str,
        module: str,
        logits: frozenset[int],
        text: str | None = None,
        emission: Emission = IDIOMATIC,
    ) -> None:
        self.target = target
        self.model = model
        self.entry = entry
        self.module = module
        self.logits = logits
        self.text = text
        self.emission = emission


def training_script(
    section: ast.Train | None, root: Instance, place: Place, diagnostics: Diagnostics
) -> tuple[str, str] | None:
    """(file name, text) of the script that a section means; None after an error.

    NN802: the target has no script; NN803: a name of the model's is the script's own.
    """
    facts = model_facts(place.model, root, place.target, place.entry, place.module)
    outputs = (out._replace(offered=i in place.logits) for i, out in enumerate(facts.outputs))
    facts = facts._replace(outputs=tuple(outputs))
    spec = read_train(section, facts, diagnostics)
    if spec is None:
        return None
    if place.target not in SCRIPTS:
        message = f"`{place.target}` has no training script"
        diagnostics.error("NN802", NOWHERE, message, "compile without a train section")
        return None
    return _rendered(spec, facts, place, diagnostics)


def _rendered(
    spec: TrainSpec, facts: ModelFacts, place: Place, diagnostics: Diagnostics
) -> tuple[str, str] | None:
    try:
        text = render_training(place.target, spec, facts, place.text, place.emission)
    except NameTakenError as error:
        message = f"{error}, and so does the model"
        fix = f"rename `{error.name}` in the model, or compile without --single-file"
        diagnostics.error("NN803", NOWHERE, message, fix)
        return None
    return script_name(facts, place.text), text
