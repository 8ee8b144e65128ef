"""The layers: what they mean, and how each target computes them."""

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type, Weight
from nndsl.ops.base import Word as InitWord
from nndsl.ops.common import channel_dim, floats, vector
from nndsl.ops.kinds import Float, Initializer
from nndsl.ops.numbers import Dim, product


class LayerScale(Op):
    """A learned factor for each channel: y = scale * x (Touvron et al. 2021, CaiT)."""

    word = "LayerScale"
    takes = "[…, channels]"
    settings = (
        Setting(
            "init", Initializer(), "how the factors start", default=InitWord("constant", (0.1,))
        ),
    )
    examples = (
        Example("LayerScale", "[14, 14, 8]", "[14, 14, 8]", params=8, macs=1568,
                source="arithmetic: one factor a channel; 14 * 14 * 8 products"),
    )  # fmt: skip
    rejects = (Reject("LayerScale", "float", "NN201", "a scalar has no channels"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if not call.x.shape:
            self.refuse(call, "LayerScale takes […, channels], not a scalar")
        floats(call)
        channel_dim(call, call.x.channel_axis)
        return (call.x,)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        channels = channel_dim(call, call.x.channel_axis)
        return (vector("scale", channels, call.settings.get("init")),)

    def spell(self, target: str, settings: Settings) -> str | None:
        return "scale * x" if target in ("torch", "keras") else None

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product(call.x.shape)


SNAKE = {
    "torch": "x + torch.sin(frequency * x).square() / frequency",
    "keras": "x + ops.square(ops.sin(frequency * x)) / frequency",
}


class Snake(Op):
    """A periodic activation: y = x + sin(a * x)**2 / a, with a fixed (Ziyin et al. 2020)."""

    word = "Snake"
    takes = "any shape"
    elementwise = True
    settings = (Setting("frequency", Float(0.1), "the factor a", default=1.0),)
    examples = (
        Example("Snake(2)", "[14, 14, 8]", "[14, 14, 8]", source="one number makes one number"),
    )
    rejects = (
        Reject("Snake(0)", "[8]", "NN104", "it divides by the frequency"),
        Reject("Snake", "int[8]", "NN210", "whole numbers are embedded first"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        return (call.x,)

    def spell(self, target: str, settings: Settings) -> str | None:
        return SNAKE.get(target)
