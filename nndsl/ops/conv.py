"""Convolutions: plain, depthwise, separable. The transposed one is in `conv_transpose`."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Reject, Setting, Settings, Type, Weight
from nndsl.ops.common import (
    ACT,
    BIAS,
    BIAS_INIT,
    INIT,
    L1,
    L2,
    channel_dim,
    floats,
    init_of,
    start,
    vector,
)
from nndsl.ops.initializers import fans_of
from nndsl.ops.kinds import Int
from nndsl.ops.numbers import Dim, product
from nndsl.ops.spatial import (
    DILATION,
    KERNEL,
    PADDING,
    STRIDE,
    Spatial,
    extents,
    pairs_of,
    per_axis,
    positions,
    ranked,
    resolve_padding,
)

FILTERS = Setting("filters", Int(1), "channels of the result", required=True)
GROUPS = Setting("groups", Int(1), "groups of channels that do not mix", default=1, keyword=True)
MULTIPLIER = Setting(
    "multiplier", Int(1), "results for each input channel", default=1, keyword=True
)


class Windowed(Spatial):
    """What convolutions share: kernel, stride, dilation and padding, one an axis."""

    def resolve(self, call: Call) -> Settings:
        rank = self.rank_of(call)
        floats(call)
        names = ("kernel", "stride", "dilation")
        s = call.settings.with_(**{name: per_axis(call, name, rank) for name in names})
        return s.with_(padding=resolve_padding(call, extents(s)))

    def channels(self, call: Call) -> int:
        """The input's channels."""
        return channel_dim(call, call.x.channel_axis)

    def made(self, call: Call) -> int:
        """The channels of the result."""
        return call.settings.int("filters")

    def infer(self, call: Call) -> tuple[Type, ...]:
        s = call.settings
        self.channels(call)
        spatial = positions(call, extents(s), s.ints("stride"), pairs_of(s))
        return (call.x.with_channels(self.made(call), spatial),)


class Conv(Windowed):
    """A convolution over one, two or three spatial axes (cross-correlation, as in all frameworks).

    Every result is the sum of a window of the input times the kernel, plus the bias. Along an axis
    of n positions (n + before + after - (kernel - 1) * dilation - 1) // stride + 1 windows fit.
    `padding=same` pads max((ceil(n / stride) - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
    in all, the smaller half before (Keras' rule); `half` is what PyTorch models write as
    `padding=kernel // 2`. Kernel: [kernel…, channels / groups, filters].
    """

    word = "Conv"
    formula = """
        seen = windows(x, kernel.shape[:-2], stride, dilation, padding)
        pairs = zip(split(seen, groups, axis=-1), split(kernel, groups, axis=-1))
        act(concatenate([tensordot(s, k, rank + 1) for s, k in pairs], axis=-1) + bias)
        """
    aliases = ("Convolution",)
    settings = (
        FILTERS, KERNEL, STRIDE, PADDING, ACT, DILATION, GROUPS, BIAS, INIT, BIAS_INIT, L1, L2,
    )  # fmt: skip
    examples = (
        Example("Conv(64, 7, stride=2, padding=half, bias=false)", "[224, 224, 3]",
                "[112, 112, 64]", params=9_408, macs=118_013_952,
                source="ResNet-50's first layer: 7 * 7 * 3 * 64; fvcore counts 118.01 M"),
        Example("Conv(32, 3, relu)", "[28, 28, 1]", "[26, 26, 32]", params=320, macs=194_688,
                source="Keras' summary of its MNIST example; 26 * 26 * 9 * 32"),
        Example("Conv(8, 3, stride=2, padding=same)", "[7, 8, 4]", "[4, 4, 8]", params=296,
                macs=4_608, source="Keras; 4 * 4 * 9 * 4 * 8"),
        Example("Conv(8, 3, half, groups=2)", "[C=4, H=5, W=5]", "[C=8, H=5, W=5]", params=152,
                macs=3_600, source="PyTorch, Conv2d(4, 8, 3, padding=1, groups=2)"),
        Example("Conv(32, 2, causal, dilation=4)", "[?T, 16]", "[?T, 32]", params=1_056,
                source="WaveNet's dilated causal convolution: 2 * 16 * 32 + 32"),
        Example("Conv(16, 3, stride=2)", "[9, 10, 11, 2]", "[4, 4, 5, 16]", params=880,
                macs=69_120, source="PyTorch, Conv3d(2, 16, 3, stride=2); 80 * 27 * 2 * 16"),
    )  # fmt: skip
    rejects = (
        Reject("Conv(8, 3)", "[784]", "NN206", "there is no spatial axis"),
        Reject("Conv(8, 5)", "[4, 4, 1]", "NN203", "the kernel is larger than the input"),
        Reject("Conv(8, 3, groups=2)", "[8, 8, 3]", "NN204", "2 does not divide 3 channels"),
        Reject("Conv(8, [3, 3, 3])", "[8, 8, 3]", "NN207", "two spatial axes"),
        Reject("Conv(8, 3, causal)", "[8, 8, 3]", "NN209", "causal is for sequences"),
        Reject("Conv(8, 3)", "[8, ?C]", "NN202", "the kernel needs the number of channels"),
        Reject("Conv(8, 3)", "int[8, 8]", "NN210", "whole numbers are embedded first"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        groups = int(call.settings.int("groups"))
        for what, count in (("channels", self.channels(call)), ("filters", self.made(call))):
            if int(count) % groups:
                raise call.wrong(
                    "NN204",
                    f"{groups} groups do not divide {int(count)} {what}",
                    f"choose `groups` so that it divides {int(count)}",
                )
        return super().infer(call)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        kernel = self._kernel(call)
        return start(call, kernel, fans_of(kernel), self.made(call))

    def _kernel(self, call: Call) -> tuple[int, ...]:
        s = call.settings
        return (*s.ints("kernel"), self.channels(call) // s.int("groups"), s.int("filters"))

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*outs[0].spatial, *self._kernel(call)))


class DepthwiseConv(Windowed):
    """A convolution of every channel by itself; `multiplier` results from each.

    The results of channel c are c * multiplier … (c + 1) * multiplier - 1. Kernel: [kernel…,
    channels, multiplier]; by Keras' rule its fan_in counts all channels.
    """

    word = "DepthwiseConv"
    formula = """
        seen = windows(x, kernel.shape[:-2], stride, dilation, padding)
        y = (seen[..., None] * kernel).sum(inside)
        act(y.reshape(*y.shape[:-2], -1) + bias)
        """
    aliases = ("DepthwiseConvolution",)
    settings = (
        KERNEL, STRIDE, PADDING, ACT, DILATION, MULTIPLIER, BIAS, INIT, BIAS_INIT, L1, L2,
    )  # fmt: skip
    examples = (
        Example("DepthwiseConv(3, half, bias=false)", "[112, 112, 32]", "[112, 112, 32]",
                params=288, macs=3_612_672,
                source="MobileNet v1, table 1: 3 * 3 * 32 on 112 * 112"),
        Example("DepthwiseConv(3, stride=2, multiplier=2)", "[9, 9, 4]", "[4, 4, 8]", params=80,
                macs=1_152, source="Keras, DepthwiseConv2D(3, 2, depth_multiplier=2)"),
        Example("DepthwiseConv(5, same)", "[20, 6]", "[20, 6]", params=36, macs=600,
                source="Keras, DepthwiseConv1D(5, padding='same')"),
        Example("DepthwiseConv(3)", "[4, 5, 6, 2]", "[2, 3, 4, 2]", params=56, macs=1_296,
                source="PyTorch, Conv3d(2, 2, 3, groups=2)"),
    )  # fmt: skip
    rejects = (
        Reject("DepthwiseConv(3)", "[2, 8, 4]", "NN203", "the kernel is larger than the input"),
    )

    def made(self, call: Call) -> int:
        return self.channels(call) * call.settings.int("multiplier")

    def weights(self, call: Call) -> tuple[Weight, ...]:
        s = call.settings
        kernel = (*s.ints("kernel"), self.channels(call), s.int("multiplier"))
        return start(call, kernel, fans_of(kernel), self.made(call))

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*outs[0].shape, *call.settings.ints("kernel")))


class SeparableConv(Windowed):
    """A depthwise convolution, then a pointwise one that mixes the channels; one bias, at the end.

    Weights: `depthwise_kernel` [kernel…, channels, multiplier], `pointwise_kernel` [1…, channels *
    multiplier, filters], `bias`. `init`, `l1` and `l2` go for both kernels.
    """

    word = "SeparableConv"
    formula = """
        seen = windows(x, depthwise_kernel.shape[:-2], stride, dilation, padding)
        y = (seen[..., None] * depthwise_kernel).sum(inside)
        y = y.reshape(*y.shape[:-2], -1)
        act(tensordot(y, pointwise_kernel, ([-1], [-2])).reshape(*y.shape[:-1], -1) + bias)
        """
    aliases = ("SeparableConvolution",)
    settings = (
        FILTERS, KERNEL, STRIDE, PADDING, ACT, DILATION, MULTIPLIER, BIAS, INIT, BIAS_INIT, L1, L2,
    )  # fmt: skip
    examples = (
        Example("SeparableConv(128, 3, same, bias=false)", "[147, 147, 64]", "[147, 147, 128]",
                params=8_768, macs=189_467_712,
                source="Keras' summary of Xception, block2_sepconv1: 576 + 8192"),
        Example("SeparableConv(8, 3, multiplier=2)", "[10, 4]", "[8, 8]", params=96, macs=704,
                source="Keras, SeparableConv1D(8, 3, depth_multiplier=2): 24 + 64 + 8"),
        Example("SeparableConv(4, 2)", "[3, 3, 3, 2]", "[2, 2, 2, 4]", params=28, macs=192,
                source="PyTorch, Conv3d(2, 2, 2, groups=2, bias=False), Conv3d(2, 4, 1)"),
    )  # fmt: skip
    rejects = (
        Reject("SeparableConv(8, 9)", "[8, 8, 4]", "NN203", "the kernel is larger than the input"),
    )

    def weights(self, call: Call) -> tuple[Weight, ...]:
        s, init = call.settings, init_of(call.settings.get("init"))
        penalties = s.float("l1"), s.float("l2")
        kernels = tuple(
            Weight(name, shape, init, True, fans_of(shape), *penalties)
            for name, shape in zip(
                ("depthwise_kernel", "pointwise_kernel"), self._kernels(call), strict=True
            )
        )
        if not s.flag("bias"):
            return kernels
        return (*kernels, vector("bias", s.int("filters"), s.get("bias_init")))

    def _kernels(self, call: Call) -> tuple[tuple[int, ...], tuple[int, ...]]:
        s, channels = call.settings, self.channels(call)
        kernel, multiplier = s.ints("kernel"), s.int("multiplier")
        ones = (1,) * len(kernel)
        between = channels * multiplier
        return (*kernel, channels, multiplier), (*ones, between, s.int("filters"))

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        places = product(outs[0].spatial)
        depthwise, pointwise = self._kernels(call)
        return places * product(depthwise) + places * product(pointwise)


Conv1D, Conv2D, Conv3D = ranked(Conv, "Conv{}d", "Convolution{}D")
DepthwiseConv1D, DepthwiseConv2D, DepthwiseConv3D = ranked(DepthwiseConv, "DepthwiseConv{}d")
SeparableConv1D, SeparableConv2D, SeparableConv3D = ranked(SeparableConv, "SeparableConv{}d")
