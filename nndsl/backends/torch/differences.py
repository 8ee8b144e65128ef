"""What torch's own layers and optimizers do otherwise in training than Keras', the exact form."""

from __future__ import annotations

from nndsl.backends.differences import (
    DOUBLE,
    Differences,
    LayerDifference,
    ScriptDifference,
)
from nndsl.backends.training.pieces import scheduled
from nndsl.backends.training.spec import TrainSpec

BATCH_NORM = LayerDifference(
    ("BatchNorm",),
    "BatchNorm keeps torch's unbiased running variance",
    "n / (n - 1) times Keras' where a batch has n numbers; outputs in training are the same, in "
    "evaluation they differ by that factor",
    "BatchNorm",
    applies=lambda step: not step.frozen,
)
HARD_SIGMOID = LayerDifference(
    ("hard_sigmoid",),
    "the slope of hard_sigmoid's gradient, 1 / 6, is a float32",
    "3e-8 of it, in float64",
    "HardSigmoid",
    DOUBLE,
)


def _adaptive(spec: TrainSpec) -> bool:
    return spec.optimizer.word in ("adam", "adamw")


def _moving(spec: TrainSpec) -> bool:
    momentum = spec.optimizer.word == "sgd" and spec.optimizer.number("momentum") > 0
    return momentum and scheduled(spec)


DIFFERENCES = Differences(
    (BATCH_NORM, HARD_SIGMOID),
    (
        ScriptDifference(
            "optimizer",
            "torch's Adam adds epsilon to the root of the corrected mean square, Keras' to that of "
            "the plain one",
            "as if epsilon were sqrt(1 - beta2**t) times as large in step t, which gradients near "
            "it feel",
            ("torch/train_adam.py.jinja",),
            _adaptive,
        ),
        ScriptDifference(
            "optimizer",
            "momentum takes the learning rate of the step, Keras' keeps that of each gradient",
            "a gradient of step s moves weights in step t by lr(t), not lr(s)",
            ("torch/train_sgd.py.jinja",),
            _moving,
        ),
        ScriptDifference(
            "clip",
            "torch clips to CLIP / (norm + 1e-6), Keras to CLIP / norm",
            "1e-6 / norm of a gradient that is clipped",
            ("torch/train_clip.py.jinja",),
            lambda spec: spec.clip > 0,
        ),
    ),
)
