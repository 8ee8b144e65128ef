"""Edge values: where formulas have kinks, overflow, tie or divide by nothing.

Chance never draws them: of softplus' threshold at 20 a random program knows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

import numpy as np

from nndsl.ops.registry import find, words
from nndsl.source import Source
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, plan
from nndsl.verify.worker import Workers
from prove.calls import SPECIAL, valid
from prove.judge import LIMIT_S, TARGETS
from prove.mutations import Mutation
from prove.values import proposal

MOST = 24  # calls in a program
RELATIVE = 2e-7  # of each number: Keras on TensorFlow holds slopes and limits in float32
SMALLEST = 1e-12
POINTS = (0.0, 1e-30, 1e-8, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 6.0, 10.0, 19.9, 20.0,
          20.1, 30.0, 40.0, 88.0, 1000.0)  # fmt: skip
GRID = np.array([*(-x for x in reversed(POINTS)), *POINTS])  # with -0.0
# Where a gradient is a choice, and the frameworks choose differently (docs/semantics.md).
KINKS: dict[str, tuple[float, ...]] = {
    "selu": (0.0,), "celu": (0.0,), "hard_tanh": (-1.0, 1.0), "PReLU": (0.0,),
}  # fmt: skip
NEAR = 1e-20  # of a kink
# Relative differences that are left: TensorFlow has a constant of gelu's derivative, and Keras the
# scale of attention, in float32.
ROUGH = {"gelu": 1e-6, "SelfAttention": 1e-6}


class Edge(NamedTuple):
    """A call on `x`, which is given these numbers (a row for each of two examples)."""

    name: str
    takes: str
    numbers: np.ndarray


def elementwise() -> Iterator[Edge]:
    """Every function of one number, with and without its settings, on the grid."""
    for word in words():
        op = find(word)
        assert op is not None
        if (
            op.kind == "layer"
            or op.operands != ("",)
            or op.unbatched
            or word in (*SPECIAL, "split")
        ):
            continue
        for turn in range(3):
            r = Random(f"{word} {turn}")
            given = [
                f"{each.name}={proposal(each, r, 1)}"
                for each in op.settings
                if each.name not in ("axis", "keepdims") and (each.required or turn)
            ]
            call = f"{word}({', '.join(given)})" if given else word
            if valid(_model([f"x -> {call}"], [f"x: [{len(GRID)}]"], "x")):
                yield Edge(call, f"[{len(GRID)}]", np.stack([GRID, GRID[::-1]]))
            if not op.settings:
                break


def _array(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Two examples: `ties`, `negative`, `equal`, `zero`, `large`, `steps`."""
    random = np.random.default_rng(len(shape))
    whole = (2, *shape)
    made: dict[str, np.ndarray] = {
        "ties": random.integers(-2, 3, whole).astype("float64"),
        "negative": -1.0 - random.random(whole),
        "equal": np.full(whole, -0.7),
        "zero": np.zeros(whole),
        "large": 1000.0 * random.normal(0, 1, whole),
        "halves": random.integers(-6, 7, whole) / 2,
    }
    return made[kind]


WINDOWS = tuple(
    f"{word}({size}, {stride}, padding={padding})"
    for word in ("MaxPool", "AvgPool")
    for size, stride in ((2, 2), (3, 2), (3, 1))
    for padding in ("valid", "same", "half", "causal", "1", "[[1, 0]]")
)
ROWS = (
    "softmax", "log_softmax", "logsumexp(axis=-1)", "max(axis=0)", "min(axis=-1)", "max", "min",
    "sum(axis=0)", "mean", "prod(axis=-1)", "cumsum", "std(axis=-1)", "var(axis=0)",
    "norm(axis=-1)", "norm(axis=-1, order=1)", "GlobalMaxPool", "GlobalAvgPool", "LayerNorm",
    "RMSNorm", "GroupNorm(2)", "InstanceNorm", "BatchNorm", "LayerNorm(eps=1e-12)", "PReLU",
    "Upsample(2)", "Pad(1, mode=reflect)", "Pad(1, value=0.5)", "SelfAttention(2)",
    "SelfAttention(2, causal=true)", "SelfAttention(2, window=1)",
    "SelfAttention(2, mask=x[:, 0] > 2000)", "SelfAttention(2, mask=x[:, 0] > 0)",
    "LSTM(4, mask=x[:, 0] > 2000)", "LSTM(4, sequences=true, mask=x[:, 0] > 0)",
    "GRU(4, mask=x[:, 0] > 0)", "SimpleRNN(4, reverse=true, mask=x[:, 0] > 0)",
    "GRU(4, sequences=true, mask=x[:, 0] > 2000)", "LSTM(4)", "GRU(4, reset_after=false)",
    "top_k(2) -> identity", "argmax(axis=-1)", "argmin(axis=0)", "clip(-1, 1)", "maximum(0.5)",
    "minimum(_, 0)", "mod(_, 1.5)", "floor_divide(_, 2)", "power(_, 2)", "_ % 2", "_ // -1.5",
    "where(_ > 0, _, 2 * _)", "maximum(_, -_)", "_ / (abs(_) + 1)", "relu(_) * relu(-_)",
)  # fmt: skip


def shaped() -> Iterator[Edge]:
    """Windows with ties and with nothing positive, rows of equal numbers, masks that hide all."""
    for call in WINDOWS:
        for kind in ("ties", "negative", "equal"):
            yield Edge(call, "[7, 4]", _array((7, 4), kind))
    for call in ROWS:
        for kind in ("ties", "negative", "equal", "zero", "large", "halves"):
            yield Edge(call, "[6, 4]", _array((6, 4), kind))


@cache
def edges() -> tuple[Edge, ...]:
    found = [*elementwise(), *shaped()]
    return tuple(edge for edge in found if valid(_model([_use(edge, 0)], [_port(edge, 0)], "x0")))


def _use(edge: Edge, n: int) -> str:
    return f"x{n} -> {edge.name.replace('x[', f'x{n}[')}"


def _port(edge: Edge, n: int) -> str:
    return f"x{n}: {edge.takes}"


def _model(uses: list[str], ports: list[str], name: str) -> str:
    del name
    inputs = "".join(f"  input {each}\n" for each in ports)
    outputs = "".join(f"  output o{n} = {use}\n" for n, use in enumerate(uses))
    return f"model M {{\n{inputs}{outputs}}}\n"


def chunks() -> tuple[tuple[Edge, ...], ...]:
    found = edges()
    return tuple(found[at : at + MOST] for at in range(0, len(found), MOST))


def unlike(
    chunk: tuple[Edge, ...], workers: Workers, change: Mutation | None = None
) -> list[str] | None:
    """The calls of a program that give other numbers or gradients on one target, and where.

    change: of the emitted files; None where it finds no place there.
    """
    text = _model([_use(e, n) for n, e in enumerate(chunk)],
                  [_port(e, n) for n, e in enumerate(chunk)], "")  # fmt: skip
    planned = plan(Source("model.nn", text), TARGETS, options=Options("exact", 0, 2))
    if not planned.jobs:
        return [f"{each.code}: {each.message}" for each in planned.diagnostics]
    if change is not None:
        changed = change.applied(planned)
        if changed is None:
            return None
        planned = changed
    arrays = dict(planned.arrays)
    for n, edge in enumerate(chunk):
        arrays[f"input:x{n}"] = edge.numbers
    found = workers.run(planned.jobs, planned.files, arrays, LIMIT_S)
    results = []
    for target, each in found.items():
        if not isinstance(each, Result):
            return [f"{target}: {each}"]
        results.append(each.arrays)
    told = []
    for n, edge in enumerate(chunk):
        for kind, key in (("value", f"output:{n}"), ("gradient", f"input gradient:x{n}")):
            mine, other = results[0].get(key), results[1].get(key)
            where = _where(edge, kind, mine, other)
            if where:
                told.append(f"{kind} of {edge.name} {where}")
    return told


def _where(edge: Edge, kind: str, mine: np.ndarray | None, other: np.ndarray | None) -> str:
    """The first place where two arrays are not the same, and how many there are."""
    if mine is None and other is None:
        return ""
    shape = (mine if mine is not None else other).shape  # type: ignore[union-attr]
    left = np.zeros(shape) if mine is None else mine.astype("float64")
    right = np.zeros(shape) if other is None else other.astype("float64")
    word = edge.name.partition("(")[0]
    if left.shape != right.shape:
        return f"has shapes {left.shape}, {right.shape}"
    with np.errstate(invalid="ignore", over="ignore"):
        scale = np.maximum(np.abs(left), np.abs(right))
        rough = ROUGH.get(word, RELATIVE)
        least = SMALLEST + rough * (float(scale.max(initial=0)) if word in ROUGH else 0.0)
        bad = np.abs(left - right) > least + rough * scale
    finite = np.isfinite(left) & np.isfinite(right)
    bad = np.where(finite, bad, ~((left == right) | (np.isnan(left) & np.isnan(right))))
    if kind == "gradient":
        for kink in KINKS.get(word, ()):
            bad &= np.abs(edge.numbers - kink) > NEAR
    if not bad.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(bad)[0])
    given = edge.numbers[at] if edge.numbers.shape == shape else "a row"
    return f"at {given}: {left[at]!r}, {right[at]!r} ({int(bad.sum())} places)"
