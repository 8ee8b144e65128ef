"""Activations and windows of torch.nn and torch.nn.functional, from PyTorch's documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from nndsl.ops.numbers import Dim
from nndsl.validate.objects import Instance, Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_values import State, axis_of, module, per_axis, real
from nndsl.validate.views import Misfit

Function = Callable[..., object]


def _each(word: str, **fixed: float) -> Function:
    def run(state: State, x: object, inplace: object = False) -> Tensor:
        return state.meaning.each(word, state.tensor(x), dtype="float", **fixed)

    return run


def _numbered(word: str, **names: float | None) -> Function:
    """An activation with numbers: torch's parameter names with defaults (None: no default).

    The setting's name of the language is in `_SETTINGS`.
    """
    order = list(names)

    def run(state: State, x: object, *args: object, **kwargs: object) -> Tensor:
        kwargs.pop("inplace", None)
        given = dict(zip(order, args, strict=False)) | kwargs
        if len(args) > len(order) or given.keys() - names.keys():
            raise Unreadable(f"{word} takes {order}, not {[*args, *kwargs]}")
        values = {name: given.get(name, default) for name, default in names.items()}
        numbers = {_SETTINGS[word][name]: real(value) for name, value in values.items()}
        return state.meaning.each(word, state.tensor(x), dtype="float", **numbers)

    return run


_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "leaky_relu": {"negative_slope": "slope"},
    "elu": {"alpha": "alpha"},
    "celu": {"alpha": "alpha"},
    "hard_shrink": {"lambd": "limit"},
    "soft_shrink": {"lambd": "limit"},
    "threshold": {"threshold": "limit", "value": "value"},
    "squareplus": {"b": "b"},
}


def gelu(state: State, x: object, approximate: object = "none") -> Tensor:
    """Exact, or with tanh."""
    if approximate not in ("none", "tanh"):
        raise Unreadable(f"gelu(approximate={approximate!r})")
    tensor = state.tensor(x)
    return state.meaning.each("gelu", tensor, dtype="float", approximate=approximate == "tanh")


def _along(word: str) -> Function:
    def run(state: State, x: object, dim: object = None) -> Tensor:
        tensor = state.tensor(x)
        if dim is None:
            raise Unreadable(f"{word} without dim is deprecated and ambiguous")
        return state.meaning.along(word, tensor, axis_of(dim, tensor.rank))

    return run


def glu(state: State, x: object, dim: object = -1) -> Tensor:
    """The first half times the sigmoid of the second."""
    tensor, m = state.tensor(x), state.meaning
    axis = axis_of(dim, tensor.rank)
    half = tensor.shape[axis]
    if not isinstance(half, int) or half % 2:
        raise Misfit(f"glu halves an axis of {half}")
    left = m.slice(tensor, [(axis, 0, half // 2, 1)])
    right = m.slice(tensor, [(axis, half // 2, None, 1)])
    return m.each("multiply", left, m.each("sigmoid", right))


# name of the function in F or torch: what it computes, and the class of torch.nn
ACTIVATIONS: Mapping[str, tuple[Function, str]] = {
    "relu": (_each("relu"), "ReLU"),
    "relu6": (_each("relu6"), "ReLU6"),
    "leaky_relu": (_numbered("leaky_relu", negative_slope=0.01), "LeakyReLU"),
    "elu": (_numbered("elu", alpha=1.0), "ELU"),
    "selu": (_each("selu"), "SELU"),
    "celu": (_numbered("celu", alpha=1.0), "CELU"),
    "silu": (_each("silu"), "SiLU"),
    "mish": (_each("mish"), "Mish"),
    "softsign": (_each("softsign"), "Softsign"),
    "tanh": (_each("tanh"), "Tanh"),
    "sigmoid": (_each("sigmoid"), "Sigmoid"),
    "logsigmoid": (_each("log_sigmoid"), "LogSigmoid"),
    "hardsigmoid": (_each("hard_sigmoid"), "Hardsigmoid"),
    "hardswish": (_each("hard_silu"), "Hardswish"),
    "tanhshrink": (_each("tanh_shrink"), "Tanhshrink"),
    "hardshrink": (_numbered("hard_shrink", lambd=0.5), "Hardshrink"),
    "softshrink": (_numbered("soft_shrink", lambd=0.5), "Softshrink"),
    "threshold": (_numbered("threshold", threshold=None, value=None), "Threshold"),
    "hardtanh": (_each("hard_tanh"), "Hardtanh"),
    "gelu": (gelu, "GELU"),
    "softmax": (_along("softmax"), "Softmax"),
    "log_softmax": (_along("log_softmax"), "LogSoftmax"),
    "glu": (glu, "GLU"),
}
EACH, NUMBERED = _each, _numbered


def as_module(kind: str, function: Function) -> Callable[..., Instance]:
    """A class that calls the function with what its constructor was given."""

    def make(state: State, *args: object, **kwargs: object) -> Instance:
        return module(kind, lambda x: function(state, x, *args, **kwargs))

    return make


# ---- windows -------------------------------------------------------------------------------------


def _ends(
    x: Tensor, size: Sequence[int], stride: Sequence[int], sides: Sequence[int], ceil: bool
) -> tuple[tuple[int, int], ...]:
    """Padding before and after; with ceil_mode the last window may begin in the padding before."""
    found = []
    for n, k, s, side in zip(x.shape[2:], size, stride, sides, strict=True):
        if 2 * side > k:
            raise Unreadable(f"a pool's padding {side} is more than half of its kernel {k}")
        extra = 0
        if ceil:
            if not isinstance(n, int):
                raise Unreadable("ceil_mode with a size known only at run time")
            count = -(-(n + 2 * side - k) // s) + 1
            if (count - 1) * s >= n + side:
                count -= 1
            extra = max((count - 1) * s + k - n - 2 * side, 0)
        found.append((side, side + extra))
    return tuple(found)


def max_pool(n: int) -> Function:
    def run(
        state: State, x: object, kernel_size: object, stride: object = None, padding: object = 0,
        dilation: object = 1, ceil_mode: object = False, return_indices: object = False,
    ) -> Tensor:  # fmt: skip
        """Padding is minus infinity."""
        if set(per_axis(dilation, n)) != {1} or return_indices:
            raise Unreadable("a pool with dilation or indices")
        return _pool(state, "MaxPool", n, x, kernel_size, stride, padding, ceil_mode)

    return run


def avg_pool(n: int) -> Function:
    def run(
        state: State, x: object, kernel_size: object, stride: object = None, padding: object = 0,
        ceil_mode: object = False, count_include_pad: object = True,
        divisor_override: object = None,
    ) -> Tensor:  # fmt: skip
        """Counts the padding unless it is told not to."""
        padded = any(per_axis(padding, n))
        if (padded and count_include_pad is not False) or divisor_override is not None:
            raise Unreadable("an average pool that counts its padding")
        return _pool(state, "AvgPool", n, x, kernel_size, stride, padding, ceil_mode)

    return run


def _pool(
    state: State, op: str, n: int, x: object, kernel_size: object, stride: object,
    padding: object, ceil_mode: object,
) -> Tensor:  # fmt: skip
    tensor = state.tensor(x)
    if tensor.rank != n + 2:
        raise Misfit(f"{op}{n}d on {tensor.shape}")
    size = per_axis(kernel_size, n)
    steps = size if stride is None else per_axis(stride, n)
    sides = _ends(tensor, size, steps, per_axis(padding, n), bool(ceil_mode))
    return state.meaning.pool(op, tensor, range(2, n + 2), size, steps, sides)


def adaptive(n: int, op: str) -> Function:
    def run(state: State, x: object, output_size: object) -> Tensor:
        """Only for one position: the reduction of all."""
        tensor = state.tensor(x)
        if set(per_axis(output_size, n)) != {1} or tensor.rank != n + 2:
            raise Unreadable(f"an adaptive pool to {output_size!r}")
        return state.meaning.reduce(op, tensor, range(2, n + 2), keep=True)

    return run


# ---- borders and sizes ---------------------------------------------------------------------------


def pad(
    state: State, x: object, pad: object, mode: object = "constant", value: object = None
) -> Tensor:
    """Pairs for the last axis first; negative numbers cut off."""
    tensor, m = state.tensor(x), state.meaning
    if not isinstance(pad, list | tuple) or len(pad) % 2:
        raise Unreadable(f"F.pad of {pad!r}")
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    sides: list[tuple[int, Dim, Dim]] = []
    cuts: list[tuple[int, int | None, int | None, int]] = []
    for back, (low, high) in enumerate(pairs, 1):
        axis = tensor.rank - back
        before, after = _side(low), _side(high)
        if min(before, after) < 0:
            cuts.append((axis, max(-before, 0), -max(-after, 0) or None, 1))
        if max(before, after) > 0:
            sides.append((axis, max(before, 0), max(after, 0)))
    number = 0.0 if value is None else real(value)
    return m.pad(m.slice(tensor, cuts), sides, number, str(mode))


def _side(value: object) -> int:
    if not isinstance(value, int):
        raise Unreadable(f"a padding of {value!r}")
    return value


def _pad_module(n: int, mode: str) -> Function:
    def run(state: State, x: object, padding: object, value: object = None) -> Tensor:
        amounts = padding if isinstance(padding, list | tuple) else (padding,) * (2 * n)
        if len(amounts) != 2 * n:
            raise Unreadable(f"a {n}-D padding of {padding!r}")
        return pad(state, x, amounts, mode, value)

    return run


def interpolate(
    state: State, x: object, size: object = None, scale_factor: object = None,
    mode: object = "nearest", align_corners: object = None,
) -> Tensor:  # fmt: skip
    """Whole factors only, for which `nearest` and `nearest-exact` agree."""
    tensor = state.tensor(x)
    n = tensor.rank - 2
    if size is not None or align_corners not in (None, False):
        raise Unreadable("interpolate to a size, or with aligned corners")
    names = {"nearest": "nearest", "nearest-exact": "nearest", "bilinear": "bilinear"}
    if mode not in names or (mode == "bilinear" and n != 2):
        raise Unreadable(f"interpolate(mode={mode!r})")
    factors = per_axis(scale_factor, n)
    return state.meaning.upsample(tensor, range(2, tensor.rank), factors, names[str(mode)])


def pixel_shuffle(state: State, x: object, upscale_factor: object) -> Tensor:
    """[B, C r r, H, W] -> [B, C, H r, W r]; channel c r r + i r + j."""
    tensor, m = state.tensor(x), state.meaning
    r = _side(upscale_factor)
    channels = tensor.shape[1]
    y = m.unmerge(tensor, 1, (channels // (r * r), r, r))
    y = m.permute(y, (0, 1, 4, 2, 5, 3))
    return m.merge(m.merge(y, 4, 5), 2, 3)


def pixel_unshuffle(state: State, x: object, downscale_factor: object) -> Tensor:
    """[B, C, H r, W r] -> [B, C r r, H, W]."""
    tensor, m = state.tensor(x), state.meaning
    r = _side(downscale_factor)
    _, _, height, width = tensor.shape
    y = m.unmerge(m.unmerge(tensor, 3, (width // r, r)), 2, (height // r, r))
    y = m.permute(y, (0, 1, 3, 5, 2, 4))
    return m.merge(y, 1, 3)


WINDOWS: Mapping[str, tuple[Function, str]] = {
    **{f"max_pool{n}d": (max_pool(n), f"MaxPool{n}d") for n in (1, 2, 3)},
    **{f"avg_pool{n}d": (avg_pool(n), f"AvgPool{n}d") for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": (adaptive(n, "mean"), f"AdaptiveAvgPool{n}d") for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": (adaptive(n, "max"), f"AdaptiveMaxPool{n}d") for n in (1, 2, 3)},
    "interpolate": (interpolate, ""),
    "pixel_shuffle": (pixel_shuffle, "PixelShuffle"),
    "pixel_unshuffle": (pixel_unshuffle, "PixelUnshuffle"),
    "pad": (pad, ""),
}
PADS: Mapping[str, Function] = {
    **{f"ZeroPad{n}d": _pad_module(n, "constant") for n in (1, 2, 3)},
    **{f"ConstantPad{n}d": _pad_module(n, "constant") for n in (1, 2, 3)},
    **{f"ReflectionPad{n}d": _pad_module(n, "reflect") for n in (1, 2, 3)},
}


def upsample(
    state: State, x: object, size: object = None, scale_factor: object = None,
    mode: object = "nearest", align_corners: object = None,
) -> Tensor:  # fmt: skip
    return interpolate(state, x, size, scale_factor, mode, align_corners)


MODULES: Mapping[str, Callable[..., Instance]] = {
    **{kind: as_module(kind, run) for run, kind in ACTIVATIONS.values()},
    **{kind: as_module(kind, run) for run, kind in WINDOWS.values() if kind},
    **{kind: as_module(kind, run) for kind, run in PADS.items()},
    "Upsample": as_module("Upsample", upsample),
}
FUNCTIONS: Mapping[str, Function] = {
    name: run for table in (ACTIVATIONS, WINDOWS) for name, (run, _) in table.items()
}

__all__ = ["FUNCTIONS", "MODULES", "partial"]
