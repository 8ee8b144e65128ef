"""Dense: a matrix on the last axis. Also the example to follow for a family of layers."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type, Weight
from nndsl.ops.common import ACT, BIAS, BIAS_INIT, INIT, L1, L2, channel_dim, floats, start
from nndsl.ops.kinds import Int
from nndsl.ops.numbers import Dim, product


class Dense(Op):
    """A fully connected layer on the last axis: `y = act(x @ kernel + bias)`.

    Other axes, if there are any, are treated alike (as in both frameworks). The kernel and the bias
    can be values given by keyword: `kernel=transpose(wte.table)`, `bias=b`; the layer then
    owns what is left.
    """

    word = "Dense"
    formula = "act(x @ kernel + bias)"
    aliases = ("Linear", "FullyConnected")
    takes = "[..., channels]"
    given = ("kernel", "bias")
    settings = (
        Setting("units", Int(1), "size of the last axis of the result", required=True),
        ACT,
        BIAS,
        INIT,
        BIAS_INIT,
        L1,
        L2,
    )
    examples = (
        Example("Dense(300)", "[784]", "[300]", params=235_500, macs=235_200,
                source="Keras' summary of the Fashion-MNIST network"),
        Example("Dense(10, bias=false)", "[5, 64]", "[5, 10]", params=640, macs=3_200,
                source="arithmetic: 64 * 10; 5 positions"),
    )  # fmt: skip
    rejects = (Reject("Dense(0)", "[4]", "NN104", "a layer has at least one unit"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if not call.x.shape:
            self.refuse(call, "Dense takes [..., channels], not a scalar")
        floats(call)
        channel_dim(call, call.x.rank - 1)
        units = call.settings.int("units")
        return (Type((*call.x.shape[:-1], units), "float", call.x.axes, call.x.batched),)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        units, channels = call.settings.int("units"), channel_dim(call, call.x.rank - 1)
        return start(call, (channels, units), (channels, units), units)

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*call.x.shape, call.settings.int("units")))
