"""How many numbers the weights of one step hold, and how many of them training changes."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.ir.steps import OpStep, WeightStep
from nndsl.ops.base import Weight

BYTES = 4  # of a number in float32


def weights_of(step: OpStep | WeightStep) -> tuple[Weight, ...]:
    """The weights that a step owns: none where it uses those of a shared instance."""
    if isinstance(step, WeightStep):
        return (step.weight,)
    return () if step.owner else step.weights


def count(weights: Iterable[Weight], frozen: bool) -> tuple[int, int]:
    """(parameters, trainable ones); nothing that is frozen is trainable."""
    total = trainable = 0
    for weight in weights:
        total += weight.count
        if weight.trainable and not frozen:
            trainable += weight.count
    return total, trainable
