"""What disturbs training and lets evaluation pass unchanged: dropout and noise."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type
from nndsl.ops.common import floats
from nndsl.ops.kinds import Float
from nndsl.ops.spatial import Spatial, ranked

RATE = Setting("rate", Float(0, 1, open_high=True), "part that is dropped", required=True)


class Dropout(Op):
    """Drops each element with probability `rate` in training; the others are scaled up.

    y = x * kept / (1 - rate), kept drawn anew for every element (Srivastava et al. 2014).
    """

    word = "Dropout"
    formula = "dropped(x, rate, x.shape) if training else x"
    settings = (RATE,)
    examples = (
        Example("Dropout(0.5)", "[4096]", "[4096]", macs=0, source="AlexNet: the shape stays"),
        Example("Dropout(0.1)", "[?T, 768]", "[?T, 768]", source="GPT-2: the shape stays"),
    )
    rejects = (
        Reject("Dropout(1)", "[4]", "NN104", "nothing would be left"),
        Reject("Dropout", "[4]", "NN103", "the rate has no default"),
        Reject("Dropout(0.5)", "int[4]", "NN210", "whole numbers are not scaled"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        return (call.x,)


class SpatialDropout(Spatial):
    """Drops whole channels with probability `rate` in training; the others are scaled up.

    One draw for each channel of each example, the same at all positions (Tompson et al. 2015).
    """

    word = "SpatialDropout"
    formula = "dropped(x, rate, x.shape[-1:]) if training else x"
    settings = (RATE,)
    examples = (
        Example("SpatialDropout(0.2)", "[?T, 64]", "[?T, 64]", macs=0,
                source="Keras, SpatialDropout1D: the shape stays"),
        Example("SpatialDropout(0.2)", "[C=64, H=8, W=8]", "[C=64, H=8, W=8]",
                source="PyTorch, Dropout2d: the shape stays"),
        Example("SpatialDropout(0.2)", "[4, 4, 4, 8]", "[4, 4, 4, 8]",
                source="Keras, SpatialDropout3D: the shape stays"),
    )  # fmt: skip
    rejects = (Reject("SpatialDropout(0.2)", "[64]", "NN206", "there is no spatial axis"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        self.rank_of(call)
        floats(call)
        return (call.x,)


class DropPath(Op):
    """Drops the whole value of an example with probability `rate` in training (stochastic depth).

    y = x * kept / (1 - rate), one draw for each example; put it at the end of a residual branch
    (Huang et al. 2016; torchvision's StochasticDepth in its mode `row`).
    """

    word = "DropPath"
    formula = "dropped(x, rate, ()) if training else x"
    aliases = ("StochasticDepth",)
    settings = (RATE,)
    examples = (
        Example("DropPath(0.2)", "[7, 7, 320]", "[7, 7, 320]", macs=0,
                source="EfficientNet-B0: the shape stays"),
    )  # fmt: skip
    rejects = (Reject("DropPath(-0.1)", "[4]", "NN104", "a probability is not negative"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        if not call.x.batched:
            self.refuse(call, "DropPath drops examples of a batch, and this value has none")
        return (call.x,)


class GaussianNoise(Op):
    """Adds normal noise with mean 0 to each element in training."""

    word = "GaussianNoise"
    formula = "x + deviation * standard_normal(x.shape) if training else x"
    settings = (Setting("deviation", Float(0), "standard deviation of the noise", required=True),)
    examples = (
        Example("GaussianNoise(0.1)", "[28, 28, 1]", "[28, 28, 1]", macs=0,
                source="Keras: the shape stays"),
    )  # fmt: skip
    rejects = (Reject("GaussianNoise(-1)", "[4]", "NN104", "a deviation is not negative"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        return (call.x,)


class GaussianDropout(Op):
    """Multiplies each element by normal noise with mean 1 in training.

    The deviation is sqrt(rate / (1 - rate)), dropout's own (Srivastava et al. 2014, section 10).
    """

    word = "GaussianDropout"
    formula = """
        deviation = sqrt(rate / (1 - rate))
        x * (1 + deviation * standard_normal(x.shape)) if training else x
        """
    settings = (RATE,)
    examples = (
        Example("GaussianDropout(0.5)", "[64]", "[64]", macs=0, source="Keras: the shape stays"),
    )
    rejects = (Reject("GaussianDropout(1)", "[4]", "NN104", "the deviation would be infinite"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        return (call.x,)


SpatialDropout1D, SpatialDropout2D, SpatialDropout3D = ranked(
    SpatialDropout, "Dropout{}d", "Dropout{}D"
)
