"""What Keras' own layers and schedules do otherwise than the exact emission, and its form there.

Keras computes in float32 as the file says; in float64 its layers hold some numbers in float32.
"""

from __future__ import annotations

from nndsl.backends.differences import DOUBLE, Differences, LayerDifference, ScriptDifference
from nndsl.backends.keras.choices import native_attention
from nndsl.backends.training.pieces import scheduled
from nndsl.backends.training.spec import TrainSpec
from nndsl.backends.training.words import SCHEDULES


def _rate(word: str) -> ScriptDifference:
    def applies(spec: TrainSpec) -> bool:
        return scheduled(spec) and spec.schedule.word == word

    return ScriptDifference(
        "rate",
        "Keras' schedules compute the learning rate in float32",
        "1e-7 of the largest rate",
        (f"keras/train_rate_{word}.py.jinja",),
        applies,
        DOUBLE,
    )


ATTENTION = LayerDifference(
    ("SelfAttention", "Attention"),
    "the scale of attention, 1 / sqrt(head_dim), is a float32",
    "6e-8 of the scores, in float64",
    "Attention",
    DOUBLE,
    native_attention,
)

ACTIVATIONS = (
    LayerDifference(
        ("gelu",),
        "the constants of gelu are float32",
        "5e-9 of the output, in float64",
        "gelu",
        DOUBLE,
    ),
)
DIFFERENCES = Differences((ATTENTION, *ACTIVATIONS), tuple(map(_rate, SCHEDULES)))
