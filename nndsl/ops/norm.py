"""Normalisation: zero mean and unit variance over a batch, over channels, or over groups."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type, Value, Weight, Word
from nndsl.ops.common import channel_dim, floats, init_of, vector
from nndsl.ops.initializers import fans_of
from nndsl.ops.kinds import Flag, Float, Initializer, Int, Ints
from nndsl.ops.numbers import OpenDim, show_dim

SMALLEST, LARGEST = 1e-12, 1.0


def _eps(default: float) -> Setting:
    return Setting(
        "eps", Float(SMALLEST, LARGEST), "added to the variance", default=default, keyword=True
    )


CENTER = Setting("center", Flag(), "adds a learned `beta`", default=True, keyword=True)
SCALE = Setting("scale", Flag(), "multiplies by a learned `gamma`", default=True, keyword=True)
GAMMA_INIT = Setting(
    "gamma_init", Initializer(), "initialiser of `gamma`", default=Word("ones"), keyword=True
)
BETA_INIT = Setting(
    "beta_init", Initializer(), "initialiser of `beta`", default=Word("zeros"), keyword=True
)
AXIS = Setting(
    "axis", Ints(), "the axes that are normalised together; the channels where it is left out",
    keyword=True, symbolic=False,
)  # fmt: skip


class Norm(Op):
    """What norms share: floats in, the same shape out, `gamma` and `beta` by channel."""

    takes = "[…, channels]"

    def check(self, call: Call) -> None:
        """Refuses scalars and whole numbers."""
        if not call.x.shape:
            self.refuse(call, f"{self.word} takes {self.takes}, not a scalar")
        floats(call)

    def infer(self, call: Call) -> tuple[Type, ...]:
        self.check(call)
        self.weights(call)
        return (call.x,)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        return _gamma_beta(call, (channel_dim(call, call.x.channel_axis),))


def _gamma_beta(call: Call, shape: tuple[int, ...]) -> tuple[Weight, ...]:
    s = call.settings
    named = (("gamma", "scale", "gamma_init"), ("beta", "center", "beta_init"))
    return tuple(
        Weight(name, shape, init_of(s.get(init)), True, fans_of(shape))
        for name, wanted, init in named
        if s.flag(wanted)
    )


class BatchNorm(Norm):
    """Normalises every channel over the batch and all positions, then scales and shifts it.

    y = gamma * (x - mean) / sqrt(variance + eps) + beta. In training, mean and variance are the
    batch's (the variance biased: divided by n) and the moving ones follow, moving = momentum *
    moving + (1 - momentum) * batch; in evaluation the moving ones are used (Ioffe and Szegedy 2015,
    with Keras' numbers). `momentum` is what is kept: PyTorch's 0.1 is 0.9 here.
    """

    word = "BatchNorm"
    formula = """
        mean, variance = moving_mean, moving_variance
        if training:
            mean, variance = x.mean(spatial), x.var(spatial)
            moving_mean = momentum * moving_mean + (1 - momentum) * mean
            moving_variance = momentum * moving_variance + (1 - momentum) * variance
        gamma * (x - mean) / sqrt(variance + eps) + beta
        """
    aliases = (
        "BatchNormalization",
        *(f"BatchNorm{n}{d}" for n in (1, 2, 3) for d in "dD"),
    )
    settings = (
        _eps(1e-3),
        Setting("momentum", Float(0, 1), "part of the moving statistics that is kept", 0.99,
                keyword=True),
        CENTER,
        SCALE,
        GAMMA_INIT,
        BETA_INIT,
    )  # fmt: skip
    examples = (
        Example("BatchNorm", "[784]", "[784]", params=3_136, non_trainable=1_568, macs=0,
                source="Keras' summary of the Fashion-MNIST network"),
        Example("BatchNorm(scale=false)", "[149, 149, 32]", "[149, 149, 32]", params=96,
                non_trainable=64, source="Keras' summary of Inception v3"),
        Example("BatchNorm(eps=1e-5, momentum=0.9)", "[C=64, H=56, W=56]", "[C=64, H=56, W=56]",
                params=256, non_trainable=128, source="PyTorch, BatchNorm2d(64) and its buffers"),
    )  # fmt: skip
    rejects = (
        Reject("BatchNorm", "[8, ?C]", "NN202", "the statistics are kept by channel"),
        Reject("BatchNorm(momentum=2)", "[8]", "NN104", "momentum is a part"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        if not call.x.batched:
            self.refuse(call, "BatchNorm wants a batch, and this value has none", "use LayerNorm")
        return super().infer(call)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        channels = channel_dim(call, call.x.channel_axis)
        return (
            *_gamma_beta(call, (channels,)),
            vector("moving_mean", channels, Word("zeros"), trainable=False),
            vector("moving_variance", channels, Word("ones"), trainable=False),
        )


class AxisNorm(Norm):
    """What LayerNorm and RMSNorm share: the axes to normalise over."""

    def resolve(self, call: Call) -> Settings:
        self.check(call)
        return call.settings.with_(axis=axes_of(call, call.settings.get("axis")))

    def normalised(self, call: Call) -> tuple[int, ...]:
        """The sizes of the axes that are normalised together, in the order of the file."""
        axes = call.settings.ints("axis")
        return tuple(channel_dim(call, axis) for axis in axes)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        return _gamma_beta(call, self.normalised(call))


def axes_of(call: Call, value: Value) -> tuple[int, ...]:
    """Axes as sorted indices from 0; the channels' where none are given; NN208 for others."""
    if value is None:
        return (call.x.channel_axis,)
    assert isinstance(value, tuple), value
    given = [int(axis) for axis in value if isinstance(axis, int)]
    rank = call.x.rank
    found = {axis % rank for axis in given if -rank <= axis < rank}
    if len(found) != len(given) or not given:
        raise call.wrong(
            "NN208",
            f"`axis` names {given} of {call.x.show()}, which has axes 0 to {rank - 1}",
            "axes count from 0 without the batch; each may be named once",
        )
    return tuple(sorted(found))


class LayerNorm(AxisNorm):
    """Normalises over the channels (or the axes given) of every position by itself.

    y = gamma * (x - mean) / sqrt(variance + eps) + beta, mean and biased variance over `axis`;
    `gamma` and `beta` have the sizes of these axes (Ba et al. 2016, with Keras' eps).
    """

    word = "LayerNorm"
    formula = "along(gamma, axis, x) * normal(x, axis, eps) + along(beta, axis, x)"
    aliases = ("LayerNormalization",)
    settings = (_eps(1e-3), AXIS, CENTER, SCALE, GAMMA_INIT, BETA_INIT)
    examples = (
        Example("LayerNorm", "[?T, 768]", "[?T, 768]", params=1_536, macs=0,
                source="GPT-2: 2 * 768; Keras and PyTorch"),
        Example("LayerNorm(eps=1e-6)", "[C=96, H=56, W=56]", "[C=96, H=56, W=56]", params=192,
                source="torchvision's ConvNeXt-T, LayerNorm2d(96)"),
        Example("LayerNorm(axis=[0, 1])", "[6, 4]", "[6, 4]", params=48,
                source="PyTorch, LayerNorm((6, 4))"),
    )  # fmt: skip
    rejects = (
        Reject("LayerNorm(axis=2)", "[6, 4]", "NN208", "axes count from 0"),
        Reject("LayerNorm(axis=0)", "[?T, 4]", "NN202", "gamma would need the length"),
        Reject("LayerNorm", "int[8]", "NN210", "whole numbers have no unit variance"),
    )


class RMSNorm(AxisNorm):
    """Divides by the root mean square over the channels (or the axes given): no mean, no shift.

    y = gamma * x / sqrt(mean(x ** 2) + eps) (Zhang and Sennrich 2019, with Keras' eps).
    """

    word = "RMSNorm"
    formula = "along(gamma, axis, x) * x / sqrt((x**2).mean(axis, keepdims=True) + eps)"
    aliases = ("RMSNormalization",)
    settings = (_eps(1e-6), AXIS, SCALE, GAMMA_INIT)
    examples = (
        Example("RMSNorm", "[?T, 4096]", "[?T, 4096]", params=4_096, macs=0,
                source="Llama 7B: one scale a channel"),
        Example("RMSNorm(eps=1e-5)", "[8, 8, 16]", "[8, 8, 16]", params=16,
                source="Keras, RMSNormalization; PyTorch, RMSNorm(16)"),
    )  # fmt: skip
    rejects = (Reject("RMSNorm(axis=[0, 0])", "[6, 4]", "NN208", "an axis is named twice"),)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        s = call.settings.with_(center=False, beta_init=Word("zeros"))
        return _gamma_beta(call._replace(settings=s), self.normalised(call))


class GroupNorm(Norm):
    """Normalises each group of channels over its channels and all positions of one example.

    y = gamma * (x - mean) / sqrt(variance + eps) + beta, with `gamma` and `beta` by channel; the
    groups are of neighbouring channels (Wu and He 2018, with Keras' eps).
    """

    word = "GroupNorm"
    formula = """
        grouped = x.reshape(-1, groups, x.shape[-1] // groups)
        gamma * normal(grouped, (0, 2), eps).reshape(x.shape) + beta
        """
    aliases = ("GroupNormalization",)
    settings = (
        Setting("groups", Int(1), "groups of channels", default=32),
        _eps(1e-3),
        CENTER,
        SCALE,
        GAMMA_INIT,
        BETA_INIT,
    )
    examples = (
        Example("GroupNorm(32)", "[64, 64, 320]", "[64, 64, 320]", params=640, macs=0,
                source="the U-Net of Stable Diffusion: GroupNorm(32, 320)"),
        Example("GroupNorm(4)", "[10, 8]", "[10, 8]", params=16,
                source="Keras, GroupNormalization(4); PyTorch, GroupNorm(4, 8)"),
    )  # fmt: skip
    rejects = (Reject("GroupNorm(3)", "[8, 8, 16]", "NN204", "3 does not divide 16 channels"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        self.check(call)
        channels = channel_dim(call, call.x.channel_axis)
        groups = int(call.settings.int("groups"))
        if int(channels) % groups:
            raise call.wrong(
                "NN204",
                f"{groups} groups do not divide {int(channels)} channels",
                f"choose a number of groups that divides {int(channels)}",
            )
        return super().infer(call)


class InstanceNorm(Norm):
    """Normalises every channel over all positions, one example at a time.

    A GroupNorm with as many groups as channels; `gamma` and `beta` by channel (Ulyanov et al.
    2016; Keras' GroupNormalization(groups=-1), PyTorch's InstanceNorm with affine=True).
    """

    word = "InstanceNorm"
    formula = "gamma * normal(x, spatial, eps) + beta"
    aliases = (
        "InstanceNormalization",
        *(f"InstanceNorm{n}{d}" for n in (1, 2, 3) for d in "dD"),
    )
    settings = (_eps(1e-3), CENTER, SCALE, GAMMA_INIT, BETA_INIT)
    examples = (
        Example("InstanceNorm", "[128, 128, 64]", "[128, 128, 64]", params=128, macs=0,
                source="PyTorch, InstanceNorm2d(64, affine=True)"),
    )  # fmt: skip
    rejects = (
        Reject("InstanceNorm", "[64]", "NN201", "one position has no variance"),
        Reject("InstanceNorm", "[1, 64]", "NN201", "one position has no variance"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        self.check(call)
        places = [d for d in call.x.spatial if isinstance(d, OpenDim) or int(d) > 1]
        if not places:
            shown = ", ".join(show_dim(d) for d in call.x.shape)
            self.refuse(
                call,
                f"InstanceNorm normalises over positions, and [{shown}] has only one",
                "use LayerNorm to normalise over the channels",
            )
        return super().infer(call)
