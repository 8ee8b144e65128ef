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
    """A word that may be called: `adamw(1e-3, weight_decay=0.01)`; numbers fill by order.

    formula: numpy, its last line the result; docs/semantics.md has the names and prints it.
    """

    settings: tuple[Setting, ...] = ()
    formula: str = ""


TINY = 1e-6  # of what is divided by
WEIGHT = Setting("weight", 1.0)
TARGET = Setting("target", "", "word")
LR = Setting("lr", 0.001)
DECAY = Setting("weight_decay", 0.0)
BETAS = (Setting("beta1", 0.9, "fraction"), Setting("beta2", 0.999, "fraction"))
EPSILON = Setting("eps", 1e-7)
MOMENTUM = Setting("momentum", 0.0, "fraction")
WARMUP = Setting("warmup", 0.0)
ADAM = """
        w = w - rate * weight_decay * w
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w - rate * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + eps)
        """

LOSSES: Mapping[str, Word] = {
    "cross_entropy": Word(
        (Setting("smoothing", 0.0, "fraction"), WEIGHT, TARGET),
        """
        n = y.shape[-1]
        wanted = (1 - smoothing) * eye(n)[target] + smoothing / n
        -(wanted * (y - log(exp(y).sum(-1, keepdims=True)))).sum(-1)
        """,
    ),
    "binary_cross_entropy": Word(
        (WEIGHT, TARGET), "-target * log(sigmoid(y)) - (1 - target) * log(sigmoid(-y))"
    ),
    "mse": Word((WEIGHT, TARGET), "(y - target) ** 2"),
    "mae": Word((WEIGHT, TARGET), "abs(y - target)"),
    "huber": Word(
        (Setting("delta", 1.0, low=TINY), WEIGHT, TARGET),
        """
        far = abs(y - target)
        where(far < delta, far**2 / 2, delta * (far - delta / 2))
        """,
    ),
    "smooth_l1": Word(
        (Setting("beta", 1.0, low=TINY), WEIGHT, TARGET),
        """
        far = abs(y - target)
        where(far < beta, far**2 / (2 * beta), far - beta / 2)
        """,
    ),
}
OPTIMIZERS: Mapping[str, Word] = {
    "sgd": Word(
        (LR._replace(default=0.01), MOMENTUM, Setting("nesterov", False, "bool"), DECAY),
        """
        w = w - rate * weight_decay * w
        v = momentum * v - rate * g
        w + momentum * v - rate * g if nesterov else w + v
        """,
    ),
    "adam": Word((LR, *BETAS, EPSILON, DECAY), ADAM),
    "adamw": Word((LR, *BETAS, EPSILON, DECAY._replace(default=0.004)), ADAM),
    "rmsprop": Word(
        (LR, Setting("rho", 0.9, "fraction"), MOMENTUM, EPSILON, DECAY),
        """
        w = w - rate * weight_decay * w
        v = rho * v + (1 - rho) * g**2
        m = momentum * m + rate * g / sqrt(v + eps)
        w - m
        """,
    ),
}
SCHEDULES: Mapping[str, Word] = {
    "constant": Word((WARMUP,), "1"),
    "cosine": Word(
        (Setting("end", 0.0, "number", high=1.0), WARMUP),
        """
        done = minimum(epoch / maximum(epochs - warmup, 1 / steps), 1)
        end + (1 - end) * (1 + cos(pi * done)) / 2
        """,
    ),
    "step": Word(
        (Setting("every", 30.0, low=TINY), Setting("factor", 0.1), WARMUP),
        "factor ** floor(epoch / every)",
    ),
    "exponential": Word((Setting("factor", 0.95), WARMUP), "factor**epoch"),
}
# By the loss of the output that is measured; "" for those that have no other entry.
METRICS: Mapping[str, Mapping[str, str]] = {
    "accuracy": {
        "cross_entropy": "y.argmax(-1) == target",
        "binary_cross_entropy": "(y > 0) == target",
    },
    "top5": {"cross_entropy": "(argsort(-y, axis=-1)[..., :5] == target[..., None]).any(-1)"},
    "mae": {"": "abs(y - target)"},
    "mse": {"": "(y - target) ** 2"},
}
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
