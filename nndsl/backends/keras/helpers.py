"""The helper classes of the templates: constant texts that emitted files include where used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Helper(NamedTuple):
    """A helper text.

    template: its file below templates/. parameters: of its constructor, in order, without `name`
    and other keywords of keras.layers.Layer. needs: helpers that it builds on.
    """

    template: str
    parameters: tuple[str, ...]
    needs: tuple[str, ...] = ()


_STARTS = ("use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer")
_CORE = ("kv_heads", "causal", "window", "rope_base", "dropout")

HELPERS: Mapping[str, Helper] = {
    "round_to": Helper("keras/helpers/round_to.py.jinja", ("value", "divisor")),
    "euclidean_norm": Helper("keras/helpers/euclidean_norm.py.jinja", ("x", "axis", "keepdims")),
    "gelu": Helper("keras/helpers/gelu.py.jinja", ("x",)),
    "gelu_tanh": Helper("keras/helpers/gelu_tanh.py.jinja", ("x",)),
    "Frozen": Helper("keras/helpers/frozen.py.jinja", ("inputs", "outputs")),
    "Weight": Helper("keras/helpers/weight.py.jinja", ("shape", "initializer")),
    "ReadWeight": Helper("keras/helpers/read_weight.py.jinja", ("layer", "weight")),
    "Constant": Helper("keras/helpers/constant.py.jinja", ("value", "kind")),
    "WithBatch": Helper("keras/helpers/with_batch.py.jinja", ()),
    "Positions": Helper("keras/helpers/positions.py.jinja", ()),
    "Sinusoids": Helper("keras/helpers/sinusoids.py.jinja", ("base",)),
    "Noise": Helper("keras/helpers/noise.py.jinja", ()),
    "LossTerm": Helper("keras/helpers/loss_term.py.jinja", ()),
    "LossTerms": Helper("keras/helpers/loss_terms.py.jinja", ()),
    "Kept": Helper("keras/helpers/kept.py.jinja", ()),
    "SummedEmbedding": Helper(
        "keras/helpers/summed_embedding.py.jinja", ("input_dim", "output_dim")
    ),
    "TiedEmbedding": Helper("keras/helpers/tied_embedding.py.jinja", ("input_dim", "output_dim")),
    "TiedDense": Helper("keras/helpers/tied_dense.py.jinja", ("units",)),
    "MaskedAttention": Helper(
        "keras/helpers/masked_attention.py.jinja", ("heads", "head_dim", "dropout")
    ),
    "FrozenAttention": Helper("keras/helpers/frozen_attention.py.jinja", ()),
    "FrozenGroupAttention": Helper("keras/helpers/frozen_group_attention.py.jinja", ()),
    "HeadsAttention": Helper("keras/helpers/heads_attention.py.jinja", ("heads", *_CORE)),
    "Attention": Helper(
        "keras/helpers/attention.py.jinja",
        ("heads", "head_dim", *_STARTS, *_CORE),
        ("HeadsAttention",),
    ),
    "PaddedAveragePool": Helper(
        "keras/helpers/padded_average_pool.py.jinja", ("size", "stride", "padding")
    ),
    "PixelShuffle": Helper("keras/helpers/pixel_shuffle.py.jinja", ("factor",)),
    "PixelUnshuffle": Helper("keras/helpers/pixel_unshuffle.py.jinja", ("factor",)),
    "RMSNorm": Helper(
        "keras/helpers/rms_norm.py.jinja", ("axis", "epsilon", "scale", "gamma_initializer")
    ),
    "Gather": Helper("keras/helpers/gather.py.jinja", ("axis",)),
    "FirstOf": Helper("keras/helpers/first_of.py.jinja", ("axis", "other_axis", "start")),
    "SameSize": Helper(
        "keras/helpers/same_size.py.jinja", ("axis", "other_axis", "times", "plus", "over")
    ),
    "MultipleOf": Helper("keras/helpers/multiple_of.py.jinja", ("axis", "number", "past")),
    "FlipFirst": Helper("keras/helpers/flip_first.py.jinja", ()),
}
# Functions of numbers: a formula calls them by name.
FORMULAS = frozenset({"round_to"})


def included(names: Iterable[str]) -> tuple[str, ...]:
    """The helpers to include, in the table's order, with what they need."""
    wanted = set(names)
    for name in tuple(wanted):
        wanted.update(HELPERS[name].needs)
    return tuple(name for name in HELPERS if name in wanted)
