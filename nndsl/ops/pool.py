"""Pooling: the largest or the mean value of windows, or of all positions."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Reject, Setting, Settings, Type
from nndsl.ops.common import floats
from nndsl.ops.kinds import Flag, Sizes
from nndsl.ops.spatial import PADDING, Spatial, pairs_of, per_axis, positions, ranked
from nndsl.ops.spatial import resolve_padding as padding_of

SIZE = Setting("size", Sizes(1), "positions in a window along the spatial axes", default=2)
POOL_STRIDE = Setting(
    "stride", Sizes(1), "step from one window to the next; the size where it is left out"
)
KEEPDIMS = Setting(
    "keepdims", Flag(), "keeps the spatial axes, with one position each", default=False,
    keyword=True, symbolic=False,
)  # fmt: skip


class Pool(Spatial):
    """What pools share: a window that moves by its own size unless a stride is given."""

    settings = (SIZE, POOL_STRIDE, PADDING._replace(doc="positions around the input, as in Conv"))

    def resolve(self, call: Call) -> Settings:
        rank = self.rank_of(call)
        floats(call)
        s = call.settings
        size = per_axis(call, "size", rank)
        stride = per_axis(call, "stride", rank) if s.has("stride") else size
        s = s.with_(size=size, stride=stride, padding=padding_of(call, size))
        self._check_sides(call, s)
        return s

    def _check_sides(self, call: Call, s: Settings) -> None:
        sides = pairs_of(s)
        if sides is None:
            return
        for window, pair in zip(s.ints("size"), sides, strict=True):
            if max(int(pair[0]), int(pair[1])) >= int(window):
                raise call.wrong(
                    "NN203",
                    f"a window of {int(window)} would see nothing but padding",
                    "pad less than the window at each side; `padding=half` pads at most half of it",
                )

    def infer(self, call: Call) -> tuple[Type, ...]:
        s = call.settings
        spatial = positions(call, s.ints("size"), s.ints("stride"), pairs_of(s))
        return (call.x.with_channels(call.x.channels, spatial),)


class MaxPool(Pool):
    """The largest value of each window, channel by channel. What is padded never wins.

    Windows and padding are counted as in `Conv`; a window that does not fit is left out.
    """

    word = "MaxPool"
    formula = "windows(x, size, stride, 1, padding, fill=-inf).max(inside)"
    aliases = ("MaxPooling",)
    examples = (
        Example("MaxPool(2)", "[28, 28, 32]", "[14, 14, 32]", macs=0,
                source="Keras' summary of its MNIST example"),
        Example("MaxPool(3, stride=2, padding=half)", "[112, 112, 64]", "[56, 56, 64]", macs=0,
                source="ResNet, table 1"),
        Example("MaxPool(3, stride=2, padding=same)", "[C=5, H=8, W=7]", "[C=5, H=4, W=4]",
                source="Keras"),
        Example("MaxPool(2)", "[?T, 8]", "[?T // 2, 8]", source="floor, as in both frameworks"),
        Example("MaxPool([1, 2, 2])", "[16, 112, 112, 64]", "[16, 56, 56, 64]",
                source="C3D, pool1"),
    )  # fmt: skip
    rejects = (
        Reject("MaxPool(2)", "[10]", "NN206", "there is no spatial axis"),
        Reject("MaxPool(4)", "[3, 3, 1]", "NN203", "the window is larger than the input"),
        Reject("MaxPool(2, padding=2)", "[8, 8, 1]", "NN203", "a window would see padding only"),
    )


class AvgPool(Pool):
    """The mean of each window, channel by channel, over the positions that are not padding."""

    word = "AvgPool"
    formula = "nanmean(windows(x, size, stride, 1, padding, fill=nan), axis=inside)"
    aliases = ("AveragePool", "AveragePooling", "AvgPooling")
    examples = (
        Example("AvgPool(2)", "[10, 10, 16]", "[5, 5, 16]", macs=0,
                source="LeNet-5's second subsampling, with the mean"),
        Example("AvgPool(3, stride=1, padding=same)", "[35, 35, 192]", "[35, 35, 192]",
                source="Inception v3, the pool branch"),
        Example("AvgPool(3, stride=2, padding=1)", "[9, 4]", "[5, 4]",
                source="PyTorch, AvgPool1d(3, 2, 1)"),
        Example("AvgPool(2)", "[4, 6, 8, 3]", "[2, 3, 4, 3]", source="Keras, AveragePooling3D(2)"),
    )  # fmt: skip
    rejects = (Reject("AvgPool(8)", "[7, 7, 64]", "NN203", "the window is larger than the input"),)


class GlobalPool(Spatial):
    """What global pools share: one value for each channel."""

    settings = (KEEPDIMS,)

    def infer(self, call: Call) -> tuple[Type, ...]:
        rank = self.rank_of(call)
        floats(call)
        if call.settings.flag("keepdims"):
            return (call.x.with_channels(call.x.channels, (1,) * rank),)
        return (call.x.with_shape((call.x.channels,)),)


class GlobalAvgPool(GlobalPool):
    """The mean of all positions of each channel."""

    word = "GlobalAvgPool"
    formula = "x.mean(spatial, keepdims=keepdims)"
    aliases = ("GlobalAveragePool", "GlobalAveragePooling")
    examples = (
        Example("GlobalAvgPool", "[7, 7, 2048]", "[2048]", macs=0, source="ResNet-50's head"),
        Example("GlobalAvgPool(keepdims=true)", "[C=32, H=112, W=112]", "[C=32, H=1, W=1]",
                source="EfficientNet's squeeze; Keras with keepdims=True"),
        Example("GlobalAvgPool", "[?T, 64]", "[64]", source="Keras, GlobalAveragePooling1D"),
        Example("GlobalAvgPool", "[4, 4, 4, 8]", "[8]", source="Keras, GlobalAveragePooling3D"),
    )  # fmt: skip
    rejects = (Reject("GlobalAvgPool", "[2048]", "NN206", "there is no spatial axis"),)


class GlobalMaxPool(GlobalPool):
    """The largest value of each channel; where several are equal they share the gradient."""

    word = "GlobalMaxPool"
    formula = "x.max(spatial, keepdims=keepdims)"
    aliases = ("GlobalMaxPooling",)
    examples = (
        Example("GlobalMaxPool", "[6, 6, 64]", "[64]", macs=0,
                source="Keras, GlobalMaxPooling2D"),
        Example("GlobalMaxPool(keepdims=true)", "[?T, 64]", "[1, 64]",
                source="Keras, GlobalMaxPooling1D(keepdims=True)"),
        Example("GlobalMaxPool", "[4, 4, 4, 8]", "[8]", source="Keras, GlobalMaxPooling3D"),
    )  # fmt: skip
    rejects = (Reject("GlobalMaxPool", "[64]", "NN206", "there is no spatial axis"),)


MaxPool1D, MaxPool2D, MaxPool3D = ranked(MaxPool, "MaxPool{}d", "MaxPooling{}D")
AvgPool1D, AvgPool2D, AvgPool3D = ranked(
    AvgPool, "AvgPool{}d", "AveragePooling{}D", "AveragePool{}D"
)
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = ranked(
    GlobalAvgPool, "GlobalAvgPool{}d", "GlobalAveragePooling{}D"
)
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = ranked(
    GlobalMaxPool, "GlobalMaxPool{}d", "GlobalMaxPooling{}D"
)
