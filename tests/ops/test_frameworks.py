"""Shapes, weights and windows of the layers against the real Keras and PyTorch layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndsl.ops.base import Call, Example, Op, Settings, Type, Word
from nndsl.ops.conv_transpose import crops
from nndsl.ops.initializers import describe
from nndsl.ops.numbers import OpenDim
from nndsl.ops.registry import find, words
from nndsl.ops.spatial import extents, sides
from support.calls import read_call

keras = pytest.importorskip("keras", reason="compares with Keras")
torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

LENGTH = 24  # stands for every open dimension
BATCH = 2


def _closed(call: Call) -> Call:
    """The call with a number for each open dimension, channels last."""
    x = call.x
    shape = tuple(LENGTH if isinstance(d, OpenDim) else d for d in x.shape)
    order = [i for i in range(x.rank) if i != x.channel_axis] + [x.channel_axis]
    settings = call.settings
    if "axis" in settings.items:
        settings = settings.with_(axis=tuple(order.index(i) for i in settings.ints("axis")))
    return Call(settings, (Type(tuple(shape[i] for i in order)),))


# ---- Keras ---------------------------------------------------------------------------------------


def _rank(call: Call) -> int:
    return call.x.rank - 1


def _keras(name: str, call: Call) -> type:
    """keras.layers.Conv2D for Conv of an image, and so on."""
    return getattr(keras.layers, name.format(_rank(call)))


def _same_or_valid(call: Call) -> str:
    return "same" if call.settings.word("padding") == "same" else "valid"


def _padded(call: Call, layer: object) -> list[object]:
    """The layer behind a ZeroPadding with the explicit sides, if there are any."""
    value = call.settings.get("padding")
    if isinstance(value, Word) or not any(map(any, value)):
        return [layer]
    pad = _keras("ZeroPadding{}D", call)
    return [pad(value[0] if _rank(call) == 1 else value), layer]


def _conv(call: Call) -> list[object]:
    s = call.settings
    layer = _keras("Conv{}D", call)(
        s.int("filters"), s.ints("kernel"), s.ints("stride"), _same_or_valid(call),
        dilation_rate=s.ints("dilation"), groups=s.int("groups"), use_bias=s.flag("bias"),
    )  # fmt: skip
    return _padded(call, layer)


def _depthwise(call: Call) -> list[object]:
    s = call.settings
    layer = _keras("DepthwiseConv{}D", call)(
        s.ints("kernel"), s.ints("stride"), _same_or_valid(call), s.int("multiplier"),
        dilation_rate=s.ints("dilation"), use_bias=s.flag("bias"),
    )  # fmt: skip
    return _padded(call, layer)


def _separable(call: Call) -> list[object]:
    s = call.settings
    layer = _keras("SeparableConv{}D", call)(
        s.int("filters"), s.ints("kernel"), s.ints("stride"), _same_or_valid(call),
        dilation_rate=s.ints("dilation"), depth_multiplier=s.int("multiplier"),
        use_bias=s.flag("bias"),
    )  # fmt: skip
    return _padded(call, layer)


def _transpose(call: Call) -> list[object]:
    s = call.settings
    layer = _keras("Conv{}DTranspose", call)(
        s.int("filters"), s.ints("kernel"), s.ints("stride"), _same_or_valid(call),
        use_bias=s.flag("bias"),
    )  # fmt: skip
    valid = tuple((0, min(k - t, 0)) for k, t in _kernel_stride(s))
    if _same_or_valid(call) == "same" or crops(s) == valid:
        return [layer]
    both = zip(crops(s), valid, strict=True)
    left = tuple((low, high - extra) for (low, high), (_, extra) in both)
    grow = tuple((0, max(-high, 0)) for _, high in left)
    cut = tuple((low, max(high, 0)) for low, high in left)
    single = _rank(call) == 1
    return [
        layer,
        _keras("ZeroPadding{}D", call)(grow[0] if single else grow),
        _keras("Cropping{}D", call)(cut[0] if single else cut),
    ]


def _kernel_stride(s: Settings) -> list[tuple[int, int]]:
    return list(zip(s.ints("kernel"), s.ints("stride"), strict=True))


def _pool(name: str) -> Callable[[Call], list[object]]:
    def build(call: Call) -> list[object]:
        s = call.settings
        layer = _keras(name, call)(s.ints("size"), s.ints("stride"), _same_or_valid(call))
        return _padded(call, layer)

    return build


def _global(name: str) -> Callable[[Call], list[object]]:
    return lambda call: [_keras(name, call)(keepdims=call.settings.flag("keepdims"))]


def _norm(call: Call) -> dict[str, object]:
    s = call.settings
    names = {"eps": "epsilon", "momentum": "momentum", "center": "center", "scale": "scale"}
    return {keras_name: s.get(name) for name, keras_name in names.items() if name in s.items}


def _margin(name: str) -> Callable[[Call], list[object]]:
    def build(call: Call) -> list[object]:
        amount = call.settings.get("amount")
        return [_keras(name, call)(amount[0] if _rank(call) == 1 else amount)]

    return build


def _upsample(call: Call) -> list[object]:
    s, cls = call.settings, _keras("UpSampling{}D", call)
    if _rank(call) == 2:
        return [cls(s.ints("size"), interpolation=s.word("mode"))]
    return [cls(s.ints("size")[0] if _rank(call) == 1 else s.ints("size"))]


def _axis_norm(name: str) -> Callable[[Call], list[object]]:
    def build(call: Call) -> list[object]:
        axis = [a + 1 for a in call.settings.ints("axis")]
        facts = _norm(call) | {"axis": axis if axis != [call.x.rank] else -1}
        if name == "RMSNormalization":
            del facts["scale"]
        return [getattr(keras.layers, name)(**facts)]

    return build


def _dense(call: Call) -> list[object]:
    return [keras.layers.Dense(call.settings.int("units"), use_bias=call.settings.flag("bias"))]


KERAS: dict[str, Callable[[Call], list[object]]] = {
    "Dense": _dense,
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "ConvTranspose": _transpose,
    "MaxPool": _pool("MaxPooling{}D"),
    "AvgPool": _pool("AveragePooling{}D"),
    "GlobalAvgPool": _global("GlobalAveragePooling{}D"),
    "GlobalMaxPool": _global("GlobalMaxPooling{}D"),
    "BatchNorm": lambda c: [keras.layers.BatchNormalization(**_norm(c))],
    "GroupNorm": lambda c: [keras.layers.GroupNormalization(c.settings.int("groups"), **_norm(c))],
    "LayerNorm": _axis_norm("LayerNormalization"),
    "RMSNorm": _axis_norm("RMSNormalization"),
    "InstanceNorm": lambda c: [keras.layers.GroupNormalization(-1, **_norm(c))],
    "Pad": _margin("ZeroPadding{}D"),
    "Crop": _margin("Cropping{}D"),
    "Upsample": _upsample,
    "Flatten": lambda c: [keras.layers.Flatten()],
    "Reshape": lambda c: [keras.layers.Reshape(c.settings.ints("shape"))],
    "PReLU": lambda c: [keras.layers.PReLU(shared_axes=list(range(1, c.x.rank)) or None)],
}
NO_KERAS = {"DepthwiseConv": (3,), "SeparableConv": (3,)}  # ranks that Keras has no layer for


def _cases() -> list[tuple[Op, Example]]:
    ops = [op for op in map(find, words()) if op is not None and not op.like]
    return [(op, e) for op in ops if op.word in KERAS for e in op.examples]


@pytest.mark.parametrize(("op", "example"), _cases(), ids=lambda v: getattr(v, "call", ""))
def test_keras_builds_the_same(op: Op, example: Example) -> None:
    call = _closed(read_call(example.call, example.takes)[1])
    if _rank(call) in NO_KERAS.get(op.word, ()):
        assert not hasattr(keras.layers, f"{op.word}{_rank(call)}D")
        return
    inputs = keras.Input(tuple(call.x.shape))
    layers = KERAS[op.word](call)
    out = inputs
    for layer in layers:
        out = layer(out)
    assert tuple(out.shape[1:]) == op.infer(call)[0].shape
    weights = [w for layer in layers for w in layer.weights]
    ours = op.weights(call)
    shapes = [tuple(d for d in w.shape if d != 1) for w in ours]
    assert [tuple(d for d in w.shape if d != 1) for w in weights] == shapes
    assert sum(w.trainable for w in weights) == sum(w.trainable for w in ours)


# ---- PyTorch: the windows themselves -----------------------------------------------------------


def _first(call: Call, *shape: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.standard_normal(shape).astype("float32")


WINDOWS = [
    ("Conv(3, 3, stride=2, padding=same)", "[8, 7, 2]"),
    ("Conv(3, 4, padding=same)", "[8, 7, 2]"),
    ("Conv(3, [5, 2], stride=[3, 2], padding=same)", "[10, 9, 2]"),
    ("Conv(3, 3, same, dilation=2)", "[8, 7, 2]"),
    ("Conv(3, 3, causal, dilation=2)", "[9, 2]"),
]


@pytest.mark.parametrize(("text", "takes"), WINDOWS)
def test_the_sides_of_a_convolution_are_those_of_keras(text: str, takes: str) -> None:
    op, call = read_call(text, takes)
    s, (kernel, bias) = call.settings, op.weights(call)
    x, w = _first(call, BATCH, *call.x.shape), _first(call, *kernel.shape)
    padding = "causal" if "causal" in text else "same"
    name = f"Conv{_rank(call)}D"
    layer = getattr(keras.layers, name)(
        s.int("filters"), s.ints("kernel"), s.ints("stride"), padding,
        dilation_rate=s.ints("dilation"),
    )  # fmt: skip
    layer.build((None, *call.x.shape))
    layer.set_weights([w, np.zeros(bias.shape)])
    pairs = sides(call, extents(s))
    assert pairs is not None
    flat = [side for pair in reversed(pairs) for side in pair]
    padded = torch.nn.functional.pad(torch.from_numpy(np.moveaxis(x, -1, 1)), flat)
    ours = getattr(torch.nn.functional, f"conv{_rank(call)}d")(
        padded, torch.from_numpy(np.moveaxis(w, (-1, -2), (0, 1)).copy()),
        stride=s.ints("stride"), dilation=s.ints("dilation"),
    )  # fmt: skip
    keras_out = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(np.moveaxis(ours.numpy(), 1, -1), keras_out, atol=1e-5)


TRANSPOSED = [
    (f"ConvTranspose(3, {k}, stride={s}, padding={p})", p)
    for k, s in ((2, 2), (3, 2), (4, 2), (5, 2), (3, 1), (2, 3), (5, 3))
    for p in ("valid", "same")
]


@pytest.mark.parametrize(("text", "padding"), TRANSPOSED)
def test_the_crops_of_a_transposed_convolution_are_those_of_keras(text: str, padding: str) -> None:
    op, call = read_call(text, "[6, 2]")
    s, (kernel, bias) = call.settings, op.weights(call)
    x, w = _first(call, BATCH, 6, 2), _first(call, *kernel.shape)
    layer = keras.layers.Conv1DTranspose(3, s.ints("kernel")[0], s.ints("stride")[0], padding)
    layer.build((None, 6, 2))
    layer.set_weights([w, np.zeros(bias.shape)])
    full = torch.nn.functional.conv_transpose1d(
        torch.from_numpy(np.moveaxis(x, -1, 1)), torch.from_numpy(w.transpose(2, 1, 0).copy()),
        stride=s.ints("stride"),
    )  # fmt: skip
    ((before, after),) = crops(s)
    ours = np.moveaxis(torch.nn.functional.pad(full, (-before, -after)).numpy(), 1, -1)
    keras_out = keras.ops.convert_to_numpy(layer(x))
    assert keras_out.shape[1:] == op.infer(call)[0].shape
    np.testing.assert_allclose(ours, keras_out, atol=1e-5)


TORCH = [
    ("Conv(8, 3, half, groups=2)", "[5, 5, 4]",
     lambda: torch.nn.Conv2d(4, 8, 3, padding=1, groups=2)),
    ("Conv(16, 3, stride=2)", "[9, 10, 11, 2]", lambda: torch.nn.Conv3d(2, 16, 3, stride=2)),
    ("ConvTranspose(64, 4, 2, padding=1)", "[8, 8, 128]",
     lambda: torch.nn.ConvTranspose2d(128, 64, 4, 2, 1)),
    ("ConvTranspose(8, 3, 2, padding=1, output_padding=1)", "[5, 4]",
     lambda: torch.nn.ConvTranspose1d(4, 8, 3, 2, 1, output_padding=1)),
    ("MaxPool(3, stride=2, padding=half)", "[112, 112, 64]", lambda: torch.nn.MaxPool2d(3, 2, 1)),
    ("AvgPool(3, stride=2, padding=1)", "[9, 4]", lambda: torch.nn.AvgPool1d(3, 2, 1)),
    ("BatchNorm", "[7, 7, 16]", lambda: torch.nn.BatchNorm2d(16)),
    ("GroupNorm(4)", "[10, 8]", lambda: torch.nn.GroupNorm(4, 8)),
    ("InstanceNorm", "[8, 8, 4]", lambda: torch.nn.InstanceNorm2d(4, affine=True)),
    ("PReLU(init=0.25)", "[5, 5, 3]", lambda: torch.nn.PReLU(3)),
    ("glu", "[6]", lambda: torch.nn.GLU()),
    ("Pad(2, reflect)", "[9, 8]", lambda: torch.nn.ReflectionPad1d(2)),
    ("Upsample([2, 3], bilinear)", "[4, 5, 3]",
     lambda: torch.nn.Upsample(scale_factor=(2, 3), mode="bilinear")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "takes", "make"), TORCH, ids=[case[0] for case in TORCH])
def test_torch_builds_the_same(text: str, takes: str, make: Callable[[], torch.nn.Module]) -> None:
    op, call = read_call(text, takes)
    layer = make()
    x = torch.zeros(BATCH, call.x.shape[-1], *call.x.shape[:-1])
    (out,) = op.infer(call)
    assert tuple(layer(x).shape[1:]) == (out.shape[-1], *out.shape[:-1])
    state = [t for name, t in layer.state_dict().items() if not name.endswith("tracked")]
    assert sum(t.numel() for t in state) == sum(w.count for w in op.weights(call))
    trainable = sum(p.numel() for p in layer.parameters())
    assert trainable == sum(w.count for w in op.weights(call) if w.trainable)


# ---- initialisers --------------------------------------------------------------------------------


FANS = [
    ("Dense(300)", "[784]"),
    ("Conv(32, 3, groups=2)", "[8, 8, 16]"),
    ("DepthwiseConv(3, multiplier=2)", "[8, 8, 16]"),
    ("ConvTranspose(32, 3)", "[8, 8, 16]"),
]
NAMES = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("text", "takes"), FANS)
def test_deviations_are_those_of_keras(text: str, takes: str, name: str) -> None:
    """Keras draws 250,000 numbers or more by its own fans; the extremes and spread are ours."""
    op, call = read_call(text.replace(")", f", init={name})"), takes)
    kernel = op.weights(call)[0]
    start = describe(kernel.init, kernel.fans)
    initializer = keras.initializers.get(name)
    draws = [initializer.clone()(kernel.shape) for _ in range(-(-250_000 // kernel.count))]
    drawn = np.concatenate([np.ravel(keras.ops.convert_to_numpy(draw)) for draw in draws])
    if start.distribution == "uniform":
        assert np.abs(drawn).max() == pytest.approx(start.numbers[1], rel=1e-3)
        assert drawn.std() == pytest.approx(start.numbers[1] / 3**0.5, rel=0.01)
    else:
        assert np.abs(drawn).max() == pytest.approx(2 * start.numbers[1], rel=1e-3)
        assert drawn.std() == pytest.approx(start.numbers[1] * 0.8796256610342398, rel=0.01)
