"""What the idiomatic code of a target does otherwise than the exact one: records, and who reads.

Each target has one table of them, `DIFFERENCES`. The rows of its spellings take the exact form
from there; the header of an idiomatic file, `nndsl check --targets` and the documentation tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from nndsl._record import NamedTuple
from nndsl.ops.base import Recipe

if TYPE_CHECKING:
    from nndsl.backends.training.facts import ModelFacts
    from nndsl.backends.training.spec import TrainSpec
    from nndsl.ir.steps import Instance, OpStep
    from nndsl.source import Span
    from nndsl.syntax import ast

TRAINING, DOUBLE = "training", "float64"
EXACT = "Exact emission: from equal weights every target trains alike, chance aside."
MORE = "The exact emission (--exact) has no such difference."


class LayerDifference(NamedTuple):
    """words: the layers. what: in words, a sentence's middle; amount: by how much, as a formula or
    a measured bound. exact: the helper that the exact emission takes instead. when: `training`, or
    `float64` where float32 numbers are the same. applies: whether a layer's settings lead to it."""

    words: tuple[str, ...]
    what: str
    amount: str
    exact: str
    when: str = TRAINING
    applies: Callable[[OpStep], bool] = lambda step: True


class ScriptDifference(NamedTuple):
    """The same of a training script. name: of the place in the script that is spelled otherwise.

    exact: names of the constant texts that the exact script has.
    """

    name: str
    what: str
    amount: str
    exact: tuple[str, ...]
    applies: Callable[[TrainSpec], bool]
    when: str = TRAINING


class Differences(NamedTuple):
    """One target's table."""

    layers: tuple[LayerDifference, ...] = ()
    scripts: tuple[ScriptDifference, ...] = ()

    def of_layer(self, step: OpStep) -> Iterator[LayerDifference]:
        """Those of a layer with its settings."""
        word = step.op.like or step.op.word
        for each in self.layers:
            if (word in each.words or step.op.word in each.words) and each.applies(step):
                yield each

    def of_activations(self, step: OpStep) -> Iterator[LayerDifference]:
        """Those of activations among a layer's settings."""
        acts = {v.act for v in step.settings.items.values() if isinstance(v, Recipe)}
        yield from (each for each in self.layers if acts & {*each.words})

    def of_script(self, spec: TrainSpec) -> tuple[ScriptDifference, ...]:
        """Those of a script with its train section."""
        return tuple(each for each in self.scripts if each.applies(spec))


NONE = Differences()


def differences(target: object) -> Differences:
    """The table of a target; an empty one where it has none."""
    found = getattr(target, "differences", NONE)
    return found if isinstance(found, Differences) else NONE


def sentence(what: str, amount: str) -> str:
    """A difference as the head of a file tells it."""
    return f"{what[0].upper()}{what[1:]}: {amount}."


def notes(table: Differences, instances: Sequence[Instance]) -> tuple[str, ...]:
    """Lines for the head of an idiomatic file: what training with it does otherwise."""
    from nndsl.ir.nested import all_steps
    from nndsl.ir.steps import OpStep

    found: dict[str, None] = {}
    for instance in instances:
        for step in all_steps(instance.steps):
            if isinstance(step, OpStep):
                found |= {
                    sentence(each.what, each.amount): None
                    for each in table.of_layer(step)
                    if each.when == TRAINING
                }
    return (*sorted(found), MORE) if found else ()


def listed(
    table: Differences, root: Instance, section: ast.Train | None, facts: ModelFacts
) -> Iterator[tuple[str, Span, LayerDifference | ScriptDifference]]:
    """Each difference of a model: a layer's path, or `train`; where it is said; and what it is."""
    from nndsl.backends.training.spec import read_train
    from nndsl.diagnostics import Diagnostics
    from nndsl.ir.flatten import FlatOp, flatten, show_path
    from nndsl.ir.steps import OpStep

    for flat in flatten(root):
        if isinstance(flat, FlatOp) and isinstance(flat.step, OpStep):
            for each in (*table.of_layer(flat.step), *table.of_activations(flat.step)):
                if not (flat.frozen and each.when == TRAINING):
                    yield show_path(flat.path), flat.step.site.span, each
    spec = None if section is None else read_train(section, facts, Diagnostics())
    if spec is not None and section is not None:
        word = section.span._replace(end=section.span.start + len("train"))
        for differing in table.of_script(spec):
            yield "train", word, differing


def script_notes(table: Differences, spec: TrainSpec) -> tuple[str, ...]:
    """The same for a training script."""
    found = [d for d in table.of_script(spec) if d.when == TRAINING]
    return (*(sentence(d.what, d.amount) for d in found), MORE) if found else ()
