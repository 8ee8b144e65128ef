"""The words of the formulas in docs/semantics.md that numpy has not; the page shows this file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy import arange, exp, pad, where
from numpy.random import random, standard_normal

Array = np.ndarray
erf = np.vectorize(math.erf, otypes=[float])


def sigmoid(x: Array) -> Array:
    return 1 / (1 + exp(-x))


def softmax(x: Array) -> Array:
    e = exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def dropped(x: Array, rate: float, shape: Sequence[int]) -> Array:
    """Each draw is dropped with probability `rate`; what is kept is scaled up."""
    return where(random(shape) >= rate, x / (1 - rate), 0.0)


def cut_normal(shape: Sequence[int]) -> Array:
    """Standard normal numbers, drawn anew where they are beyond two deviations."""
    drawn = standard_normal(shape)
    while (beyond := abs(drawn) > 2).any():
        drawn[beyond] = standard_normal(beyond.sum())
    return drawn


def normal(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    """Mean 0 and variance 1 over some axes; the variance is biased, divided by n."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def along(values: Array, axes: Sequence[int], x: Array) -> Array:
    """Values for some axes of x, so that they broadcast with it; a number stays one."""
    values = np.asarray(values)
    sizes = iter(values.shape)
    shape = [next(sizes) if i in axes else 1 for i in range(x.ndim)] if values.ndim else []
    return values.reshape(shape)


# ---- windows -------------------------------------------------------------------------------------


def sides(padding: object, n: int, size: int, stride: int, dilation: int) -> tuple[int, int]:
    """Positions that are put before and behind an axis of n."""
    reach = (size - 1) * dilation + 1
    if padding == "same":
        total = max((math.ceil(n / stride) - 1) * stride + reach - n, 0)
        return total // 2, total - total // 2
    if padding == "half":
        return (reach - 1) // 2, (reach - 1) // 2
    if padding == "causal":
        return reach - 1, 0
    return (0, 0) if padding == "valid" else padding  # type: ignore[return-value]


def windows(
    x: Array, size: Sequence[int], stride: Sequence[int], dilation: object, padding: object,
    fill: float = 0.0,
) -> Array:  # fmt: skip
    """What each window sees: [positions…, size…, channels]. One that does not fit is left out."""
    rank = x.ndim - 1
    dilations = [dilation] * rank if isinstance(dilation, int) else dilation
    paddings = [padding] * rank if isinstance(padding, str) else padding
    axes = list(zip(paddings, x.shape[:-1], size, stride, dilations, strict=True))  # type: ignore[call-overload]
    x = pad(x, [*(sides(*axis) for axis in axes), (0, 0)], constant_values=fill)
    for i, (_, _, k, s, d) in enumerate(axes):
        starts = arange(0, x.shape[i] - (k - 1) * d, s)
        taken = np.take(x, starts[:, None] + d * arange(k), axis=i)  # [.., starts, k, ..]
        x = np.moveaxis(taken, i + 1, -1)
    return np.moveaxis(x, rank, -1)


def cropped(
    y: Array, size: Sequence[int], stride: Sequence[int], padding: object, more: Sequence[int]
) -> Array:
    """The full result of a transposed convolution without what `padding` cuts off each side.

    Where there is less than nothing to cut, zeros are put there.
    """
    for i, (k, s) in enumerate(zip(size, stride, strict=True)):
        before, after = _cut(padding if isinstance(padding, str) else padding[i], k, s)  # type: ignore[index]
        after -= more[i]
        y = np.moveaxis(y, i, 0)
        y = y[max(before, 0) : len(y) - max(after, 0)]
        y = pad(y, [(max(-before, 0), max(-after, 0))] + [(0, 0)] * (y.ndim - 1))
        y = np.moveaxis(y, 0, i)
    return y


def _cut(padding: object, k: int, s: int) -> tuple[int, int]:
    if padding == "valid":
        return 0, -max(s - k, 0)
    if padding == "same":
        before = max(k - s, 0) // 2
        return before, k - s - before
    if padding == "half":
        return (k - 1) // 2, (k - 1) // 2
    return padding  # type: ignore[return-value]


# ---- sequences -----------------------------------------------------------------------------------


def read(
    step: Callable[..., tuple[Array, ...]], x: Array, ways: Sequence[Sequence[Array]],
    initial: Sequence[Array], mask: Array, reverse: bool, sequences: bool, merge: str,
) -> tuple[Array, tuple[Array, ...]]:  # fmt: skip
    """A sequence through a cell: the result, and the last state.

    ways: the weights of the way there, and of the way back if there is one; initial: the states
    that they begin with, one after the other; zeros where none is given.
    """
    parts = len(initial) // len(ways)
    outs, finals, states = [], [], []
    for i, weights in enumerate(ways):
        state = tuple(initial[i * parts : (i + 1) * parts])
        out = np.zeros((len(x), len(state[0])))
        times = arange(len(x))
        for t in times[::-1] if reverse or i == 1 else times:
            if mask[t]:  # otherwise the state stays, and the result is 0
                state = step(x[t], *state, *weights)
                out[t] = state[0]
        outs.append(out)
        finals.append(state[0])
        states += state
    found = outs if sequences else finals
    if len(ways) == 1:
        return found[0], tuple(states)
    there, back = found
    merged = {
        "concat": np.concatenate([there, back], axis=-1),
        "sum": there + back,
        "average": (there + back) / 2,
        "multiply": there * back,
    }
    return merged[merge], tuple(states)


def heads_of(x: Array, heads: int) -> Array:
    """[T, heads * size] as [heads, T, size]."""
    return x.reshape(len(x), heads, -1).transpose(1, 0, 2)


def rotated(x: Array, base: float) -> Array:
    """Rotary positions: the halves of each head turn by angles that grow with the position t."""
    half = x.shape[-1] // 2
    angles = np.outer(arange(x.shape[1]), base ** (-arange(half) / half))
    a, b = x[..., :half], x[..., half:]
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def attend(q: Array, k: Array, v: Array, seen: Array, dropout: float) -> Array:
    """Attention of every head, and the heads side by side: [T, heads * size].

    seen: bool[T, S] or bool[S]; a row that sees nothing gives 0. Fewer heads of keys and values
    serve as many queries each. dropout: the rate at which weights are dropped, 0 in evaluation.
    """
    seen = np.broadcast_to(seen, (q.shape[1], k.shape[1]))
    k, v = (np.repeat(y, len(q) // len(y), axis=0) for y in (k, v))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    weights = softmax(where(seen, scores, -1e300)) * seen.any(-1, keepdims=True)
    return (dropped(weights, dropout, weights.shape) @ v).transpose(1, 0, 2).reshape(q.shape[1], -1)
