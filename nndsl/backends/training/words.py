"""The closed vocabulary of the train section, as tables: every word with its settings."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import NamedTuple, TypeAlias

from nndsl.syntax.foreign import TRAINING

Value: TypeAlias = "int | float | bool | str"


class Setting(NamedTuple):
    """A setting of a word; `kind` is one of number, count, fraction, bool, word.

    number: from `low` up; count: a whole number from `low` up; fraction: from 0 up to, not
    including, 1.
    """

    name: str
    default: Value
    kind: str = "number"
    low: float = 0.0
    high: float = inf


class Word(NamedTuple):
    """A word that may be called: `adamw(1e-3, weight_decay=0.01)`; numbers fill by order."""

    settings: tuple[Setting, ...] = ()


WEIGHT = Setting("weight", 1.0)
TARGET = Setting("target", "", "word")
LR = Setting("lr", 0.001)
DECAY = Setting("weight_decay", 0.0)
BETAS = (Setting("beta1", 0.9, "fraction"), Setting("beta2", 0.999, "fraction"))
EPSILON = Setting("eps", 1e-7)
MOMENTUM = Setting("momentum", 0.0, "fraction")
WARMUP = Setting("warmup", 0.0)

LOSSES: Mapping[str, Word] = {
    "cross_entropy": Word((Setting("smoothing", 0.0, "fraction"), WEIGHT, TARGET)),
    "binary_cross_entropy": Word((WEIGHT, TARGET)),
    "mse": Word((WEIGHT, TARGET)),
    "mae": Word((WEIGHT, TARGET)),
    "huber": Word((Setting("delta", 1.0), WEIGHT, TARGET)),
    "smooth_l1": Word((Setting("beta", 1.0), WEIGHT, TARGET)),
}
OPTIMIZERS: Mapping[str, Word] = {
    "sgd": Word((LR._replace(default=0.01), MOMENTUM, Setting("nesterov", False, "bool"), DECAY)),
    "adam": Word((LR, *BETAS, EPSILON, DECAY)),
    "adamw": Word((LR, *BETAS, EPSILON, DECAY._replace(default=0.004))),
    "rmsprop": Word((LR, Setting("rho", 0.9, "fraction"), MOMENTUM, EPSILON, DECAY)),
}
SCHEDULES: Mapping[str, Word] = {
    "constant": Word((WARMUP,)),
    "cosine": Word((Setting("end", 0.0, "number", high=1.0), WARMUP)),
    "step": Word((Setting("every", 30.0), Setting("factor", 0.1), WARMUP)),
    "exponential": Word((Setting("factor", 0.95), WARMUP)),
}
METRICS = ("accuracy", "top5", "mae", "mse")
PRECISIONS = ("float32", "bfloat16", "float16")
ALIASES: Mapping[str, str] = {
    "bce": "binary_cross_entropy",
    "categorical_cross_entropy": "cross_entropy",
    "sparse_categorical_cross_entropy": "cross_entropy",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "l1": "mae",
    "top5_accuracy": "top5",
    "top_5": "top5",
    "mixed_bfloat16": "bfloat16",
    "mixed_float16": "float16",
    "patience": "early_stopping",
    "optimiser": "optimizer",
    "batch_size": "batch",
    "metric": "metrics",
    "clip_norm": "clip",
}
THEIRS = TRAINING  # for fixes only
OPTIMIZER = "the optimizer's line has it: `optimizer {0}`"
# Lines as other tools have them.
LINES: Mapping[str, str] = {
    "learning_rate": OPTIMIZER.format("adam(0.001)"),
    "lr": OPTIMIZER.format("adam(0.001)"),
    "momentum": OPTIMIZER.format("sgd(0.01, 0.9)"),
    "weight_decay": OPTIMIZER.format("adamw(0.001, weight_decay=0.01)"),
    "callbacks": "each has a line of its own: `early_stopping 3`, `checkpoints`",
    "scheduler": "write `schedule cosine`",
    "dataset": "write `data mnist`, or a path in quotes",
    "device": "the emitted script has a flag for it",
}
