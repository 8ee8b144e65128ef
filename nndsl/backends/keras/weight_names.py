"""Where Keras keeps each weight of the language: the weight map of this target.

The language's layouts are Keras' own, so that values travel as they are: what has other axes there
(heads of attention, a depthwise kernel as a grouped one) is the same numbers reshaped to the
variable's shape, in row-major order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nndsl.backends.keras.choices import as_groups, native_attention, plain_rms
from nndsl.ir.steps import OpStep
from nndsl.ops.attention import PROJECTIONS


class Stored(NamedTuple):
    """A variable: of the layer named after the site plus `suffix`, reached by these attributes."""

    suffix: str
    attribute: str


# Weights whose attribute has another name in Keras, by the op's word.
RENAMED: Mapping[tuple[str, str], str] = {
    ("Embedding", "table"): "embeddings",
    ("RMSNorm", "gamma"): "scale",
}
ATTRIBUTES: Mapping[str, str] = {"table": "embeddings"}

RECURRENT = ("LSTM", "GRU", "SimpleRNN")
ATTENTIONS = ("SelfAttention", "Attention")


def stored(step: OpStep) -> dict[str, Stored]:
    """For each weight of a step, the variable of the emitted layer."""
    return {weight.name: _stored(step, weight.name) for weight in step.weights}


def _stored(step: OpStep, weight: str) -> Stored:
    word = step.op.word
    if word in RECURRENT:
        return Stored("", _recurrent(step, weight))
    if word in ATTENTIONS:
        return _attention(step, weight)
    if word.startswith("SeparableConv") and as_groups(step):
        name, _, _ = weight.partition("_kernel")
        return Stored(f"_{name}", "kernel") if name != weight else Stored("_pointwise", weight)
    if word == "RMSNorm" and not plain_rms(step):
        return Stored("", weight)
    return Stored("", RENAMED.get((word, weight), weight))


def _recurrent(step: OpStep, weight: str) -> str:
    if not step.settings.flag("bidirectional"):
        return f"cell.{weight}"
    way = "backward" if weight.startswith("backward_") else "forward"
    return f"{way}_layer.cell.{weight.removeprefix('backward_')}"


def _attention(step: OpStep, weight: str) -> Stored:
    projection, _, tensor = weight.rpartition("_")
    assert projection in PROJECTIONS, weight
    if step.parts:
        return Stored(f"_{projection}", tensor)
    if native_attention(step):
        return Stored("", f"_{projection}_dense.{tensor}")
    layer = "output_layer" if projection == "output" else projection
    return Stored("", f"{layer}.{tensor}")
