"""The layer: what it means, and nothing of any framework."""

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type, Weight
from nndsl.ops.base import Word as InitWord
from nndsl.ops.common import channel_dim, floats, vector
from nndsl.ops.kinds import Initializer
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

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product(call.x.shape)
