"""What acts in training only: noise and dropout, which frozen parts go without.

`training=False` in the call of a layer says nothing: where the model around it is called, Keras
replaces it by what that call is given (3.15, `operation_fn` in keras/src/models/functional.py).
"""

from __future__ import annotations

from collections.abc import Callable

from nndsl.backends.keras.same import same
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import Instance, OpStep, OwnStep, Plan, Step, UseStep
from nndsl.ops.base import Op

NOISES = frozenset(("Dropout", "SpatialDropout", "DropPath", "GaussianNoise", "GaussianDropout"))


def is_noise(op: Op) -> bool:
    """True for a layer that evaluation passes unchanged."""
    return str(getattr(op, "like", "") or op.word) in NOISES


def acts_in_training(instance: Instance, plan: Callable[[Instance], Plan]) -> bool:
    """True for a block with noise or dropout in it, or in the blocks that it uses."""
    steps = [_used(step) for step in all_steps(plan(instance).body.steps)]
    return any(isinstance(step, OpStep) and _disturbs(step) for step in steps) or any(
        acts_in_training(step.instance, plan) for step in steps if isinstance(step, UseStep)
    )


def _used(step: Step) -> Step | None:
    """What a step runs, or owns."""
    return step.use if isinstance(step, OwnStep) else step


def _disturbs(step: OpStep) -> bool:
    rate = step.settings.items.get("dropout")
    return is_noise(step.op) or not (rate is None or same(rate, 0.0))
