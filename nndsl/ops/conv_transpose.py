"""The transposed convolution: each position of the input spreads a kernel over the result."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Reject, Setting, Settings, Type, Weight, Word
from nndsl.ops.common import ACT, BIAS, BIAS_INIT, INIT, L1, L2, channel_dim, floats, start
from nndsl.ops.conv import FILTERS
from nndsl.ops.initializers import fans_of
from nndsl.ops.kinds import Padding, Sizes
from nndsl.ops.numbers import Dim, product, show_dim, surely_less
from nndsl.ops.spatial import (
    KERNEL,
    STRIDE,
    Sides,
    Spatial,
    at_least_zero,
    explicit,
    pairs_of,
    per_axis,
    ranked,
)

CROP = Setting(
    "padding",
    Padding("valid", "same", "half"),
    "what is cut off around the result: `valid` nothing; `same` leaves n * stride positions; "
    "`half` cuts (kernel - 1) // 2 at both sides; or numbers, as PyTorch's `padding`",
    default=Word("valid"),
)
OUTPUT_PADDING = Setting(
    "output_padding", Sizes(0), "positions added at the end", default=0, keyword=True
)


class ConvTranspose(Spatial):
    """A transposed convolution: the gradient of `Conv` with respect to its input, as a layer.

    The full result has (n - 1) * stride + kernel positions along an axis; `padding` cuts it.
    `valid` leaves n * stride + max(kernel - stride, 0), `same` n * stride (both Keras' rule; where
    the kernel is smaller than the stride, the positions that no input reaches hold the bias), a
    number p leaves (n - 1) * stride + kernel - 2 p + output_padding (PyTorch's). There is no
    dilation: TensorFlow has no such kernel on the CPU. Kernel: [kernel…, filters, channels].
    """

    word = "ConvTranspose"
    formula = """
        size = kernel.shape[:-2]
        full = [(n - 1) * s + k for n, s, k in zip(x.shape, stride, size)]
        y = zeros((*full, kernel.shape[-2]))
        for at in ndindex(x.shape[:-1]):
            y[tuple(slice(i * s, i * s + k) for i, s, k in zip(at, stride, size))] += kernel @ x[at]
        act(cropped(y, size, stride, padding, output_padding) + bias)
        """
    aliases = ("Deconv", "TransposedConv", "ConvolutionTranspose")
    settings = (
        FILTERS, KERNEL, STRIDE, CROP, ACT, OUTPUT_PADDING, BIAS, INIT, BIAS_INIT, L1, L2,
    )  # fmt: skip
    examples = (
        Example("ConvTranspose(512, 2, stride=2)", "[16, 16, 1024]", "[32, 32, 512]",
                params=2_097_664, macs=536_870_912,
                source="U-Net's first up-convolution: 2 * 2 * 512 * 1024 + 512, 16 * 16 places"),
        Example("ConvTranspose(64, 3, 2, same, relu)", "[7, 7, 64]", "[14, 14, 64]",
                params=36_928, macs=1_806_336, source="Keras' summary of its VAE example"),
        Example("ConvTranspose(64, 4, stride=2, padding=1, bias=false)", "[C=128, H=8, W=8]",
                "[C=64, H=16, W=16]", params=131_072, macs=8_388_608,
                source="DCGAN, PyTorch's example: ConvTranspose2d(128, 64, 4, 2, 1, bias=False)"),
        Example("ConvTranspose(8, 3, stride=2, padding=1, output_padding=1)", "[5, 4]", "[10, 8]",
                params=104, macs=480,
                source="PyTorch, ConvTranspose1d(4, 8, 3, 2, padding=1, output_padding=1)"),
        Example("ConvTranspose(4, 2, stride=3)", "[3, 2]", "[9, 4]", params=20, macs=48,
                source="Keras, Conv1DTranspose(4, 2, strides=3)"),
        Example("ConvTranspose(4, 2, stride=2)", "[3, 4, 5, 2]", "[6, 8, 10, 4]", params=68,
                macs=3_840, source="Keras, Conv3DTranspose(4, 2, strides=2)"),
    )  # fmt: skip
    rejects = (
        Reject("ConvTranspose(8, 3, padding=4)", "[2, 2, 1]", "NN203", "nothing would be left"),
        Reject("ConvTranspose(8, 3, stride=2, output_padding=2)", "[4, 4, 1]", "NN201",
               "output_padding is less than the stride"),
        Reject("ConvTranspose(8, 3, 2, same, output_padding=1)", "[4, 4, 1]", "NN201",
               "`same` leaves nothing to choose"),
    )  # fmt: skip

    def resolve(self, call: Call) -> Settings:
        rank = self.rank_of(call)
        floats(call)
        names = ("kernel", "stride", "output_padding")
        s = call.settings.with_(**{name: per_axis(call, name, rank) for name in names})
        self._check_output_padding(call, s)
        return s.with_(padding=_crop(call, s), output_padding=(0,) * rank)

    def _check_output_padding(self, call: Call, s: Settings) -> None:
        if s.word("padding") == "same" and any(map(int, s.ints("output_padding"))):
            self.refuse(
                call,
                "`padding=same` leaves n * stride positions, whatever `output_padding` says",
                "leave `output_padding` out, or give `padding` as a number",
            )
        for extra, stride in zip(s.ints("output_padding"), s.ints("stride"), strict=True):
            if int(extra) and int(extra) >= int(stride):
                self.refuse(
                    call,
                    f"`output_padding` {int(extra)} is not less than the stride {int(stride)}",
                    "it chooses between the sizes that a strided convolution maps to one",
                )

    def infer(self, call: Call) -> tuple[Type, ...]:
        channel_dim(call, call.x.channel_axis)
        s = call.settings
        axes = zip(call.x.spatial, s.ints("kernel"), s.ints("stride"), crops(s), strict=True)
        spatial = tuple(_spread(call, *axis) for axis in axes)
        return (call.x.with_channels(s.int("filters"), spatial),)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        kernel = self._kernel(call)
        return start(call, kernel, fans_of(kernel), call.settings.int("filters"))

    def _kernel(self, call: Call) -> tuple[int, ...]:
        s = call.settings
        return (*s.ints("kernel"), s.int("filters"), channel_dim(call, call.x.channel_axis))

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*call.x.spatial, *self._kernel(call)))


def _crop(call: Call, s: Settings) -> Sides | Word:
    """What the result loses at each side; `same` stays a word (see `crops`).

    A negative number adds positions that hold the bias: `output_padding`, and what a kernel
    smaller than its stride leaves out.
    """
    axes = tuple(zip(s.ints("kernel"), s.ints("stride"), strict=True))
    extra = s.ints("output_padding")
    match s.word("padding"):
        case "same":
            return Word("same")
        case "valid":
            pairs: Sides = tuple((0, -at_least_zero(step - k)) for k, step in axes)
        case "half":
            pairs = tuple(((k - 1) // 2, (k - 1) // 2) for k, _ in axes)
        case _:
            pairs = explicit(call, "padding", len(axes))
    return tuple((low, high - more) for (low, high), more in zip(pairs, extra, strict=True))


def crops(settings: Settings) -> Sides:
    """(before, after) that the full result loses at each axis, from resolved settings.

    `same`: in all kernel - stride, max(kernel - stride, 0) // 2 of it before (Keras' rule).
    Negative: positions that hold the bias only.
    """
    pairs = pairs_of(settings)
    if pairs is not None:
        return pairs
    axes = zip(settings.ints("kernel"), settings.ints("stride"), strict=True)
    return tuple(_same_crop(k - step) for k, step in axes)


def _same_crop(total: int) -> tuple[int, int]:
    before = at_least_zero(total) // 2
    return before, total - before


def _spread(call: Call, n: Dim, kernel: int, stride: int, crop: tuple[int, int]) -> Dim:
    out = n * stride + (kernel - stride - crop[0] - crop[1])
    if surely_less(out, 1):
        raise call.wrong(
            "NN203",
            f"{show_dim(n)} positions spread to {show_dim(out + crop[0] + crop[1])}, "
            f"and `padding` cuts {crop[0] + crop[1]} of them",
            "use less padding",
        )
    return out


ConvTranspose1D, ConvTranspose2D, ConvTranspose3D = ranked(
    ConvTranspose, "ConvTranspose{}d", "Conv{}DTranspose"
)
