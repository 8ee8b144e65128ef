"""The helper texts of the torch target: constant code that an emitted file includes where used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Helper(NamedTuple):
    """A helper text.

    parameters: of its constructor (or of the function), in order; `**` others go to the first
    helper that it needs. needs: helpers that it builds on. resets: it has `reset_parameters`.
    """

    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    resets: bool = False


_RECURRENT = (
    "sequences", "state", "reverse", "merge", "kernel_init", "recurrent_init", "bias_init",
)  # fmt: skip

HELPERS: Mapping[str, Helper] = {
    "round_to": Helper(("value", "divisor")),
    "variance_scaling_": Helper(("weight", "fan", "scale", "uniform")),
    "glorot_normal_": Helper(("weight",)),
    "he_normal_": Helper(("weight",)),
    "lecun_normal_": Helper(("weight",)),
    "truncated_normal_": Helper(("weight", "mean", "std")),
    "identity_": Helper(("weight", "gain")),
    "start": Helper(("module", "**fillers")),
    "regularize": Helper(("module", "name", "l1", "l2")),
    "without": Helper(("module", "name")),
    "sinusoids": Helper(("x", "base")),
    "gather_each": Helper(("x", "indices", "dim")),
    "Permute": Helper(("*dims",)),
    "SamePad": Helper(("kernel", "stride", "value")),
    "PaddedAvgPool": Helper(("size", "stride", "sides"), ("SamePad",)),
    "BatchNorm": Helper(("num_features", "eps", "momentum", "affine")),
    "DropPath": Helper(("rate",)),
    "GaussianNoise": Helper(("deviation",)),
    "GaussianDropout": Helper(("rate",)),
    "exact_hard_sigmoid": Helper(("x",)),
    "HardSigmoid": Helper(),
    "Softplus": Helper(),
    "Squareplus": Helper(("b",)),
    "SelfAttention": Helper(("dim", "heads", "dropout", "causal", "bias"), (), True),
    "MultiHeadAttention": Helper(
        ("dim", "heads", "head_dim", "context_dim", "kv_heads", "dropout", "causal", "bias", "rope",
         "window", "query", "key", "value", "output", "kernel_init", "bias_init"), (), True,
    ),
    "Recurrent": Helper(("rnn", *_RECURRENT), (), True),
    "LSTM": Helper(
        ("channels", "units", "bias", "bidirectional", "bias_init", *_RECURRENT[:-1]),
        ("Recurrent",), True,
    ),
    "GRU": Helper(
        ("channels", "units", "bias", "bidirectional", "reset_after", *_RECURRENT),
        ("Recurrent",), True,
    ),
    "SimpleRNN": Helper(
        ("channels", "units", "bias", "bidirectional", *_RECURRENT), ("Recurrent",), True
    ),
}  # fmt: skip

SEEN_THROUGH = ("start", "regularize", "without")
"""Functions that give back their first argument, a module."""
# Functions of numbers: a formula calls them by name.
FORMULAS = frozenset({"round_to"})


def included(names: Iterable[str]) -> tuple[str, ...]:
    """The helpers to include, in the table's order, with what they need."""
    wanted = set(names)
    for name in tuple(wanted):
        wanted.update(HELPERS[name].needs)
    return tuple(name for name in HELPERS if name in wanted)


def template_of(name: str) -> str:
    """The template that holds a helper's text."""
    stem = name if name.islower() else "".join(_words(name))
    return f"torch/helpers/{stem}.py.jinja"


def _words(name: str) -> Iterable[str]:
    """`SamePad` -> same_pad, `LSTM` -> lstm, `SimpleRNN` -> simple_rnn."""
    for i, letter in enumerate(name):
        starts = letter.isupper() and i > 0
        if starts and (name[i - 1].islower() or name[i + 1 : i + 2].islower()):
            yield "_"
        yield letter.lower()
