"""Activations: functions of every element, of the channels together, and one with weights."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type, Weight, Word
from nndsl.ops.common import channel_dim, floats, vector
from nndsl.ops.kinds import Flag, Float, Initializer, Int
from nndsl.ops.numbers import Dim, OpenDim, show_dim

AXIS = Setting(
    "axis", Int(), "the axis it goes along, the channels where it is left out", keyword=True,
    symbolic=False,
)  # fmt: skip


class Activation(Op):
    """An activation: floats in, floats of the same shape out, no weights, no multiplications."""

    kind = "activation"

    def infer(self, call: Call) -> tuple[Type, ...]:
        floats(call)
        return (call.x,)


def _same(call: str, source: str = "the shape stays, in both frameworks") -> tuple[Example, ...]:
    return (Example(call, "[4, 8]", "[4, 8]", macs=0, source=source),)


class Identity(Activation):
    """The value itself, of whatever kind: y = x. A branch that changes nothing."""

    word = "identity"
    aliases = ("Identity", "linear")
    formula = "x"
    examples = (
        Example("identity", "[56, 56, 256]", "[56, 56, 256]", macs=0, source="a ResNet shortcut"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        return (call.x,)


class ReLU(Activation):
    """The positive part: y = max(x, 0)."""

    word = "relu"
    aliases = ("ReLU",)
    formula = "maximum(x, 0)"
    examples = _same("relu")
    rejects = (Reject("relu", "int[4]", "NN210", "whole numbers are embedded first"),)


class ReLU6(Activation):
    """The positive part, at most 6: y = min(max(x, 0), 6)."""

    word = "relu6"
    aliases = ("ReLU6",)
    formula = "minimum(maximum(x, 0), 6)"
    examples = _same("relu6")


class LeakyReLU(Activation):
    """y = x where x is positive, slope * x elsewhere. Keras' function has the slope 0.2, as here.

    (Keras' layer has 0.3 and PyTorch 0.01: say `leaky_relu(0.01)` for the latter.)
    """

    word = "leaky_relu"
    aliases = ("LeakyReLU",)
    formula = "where(x > 0, x, slope * x)"
    settings = (Setting("slope", Float(0), "slope of the negative part", default=0.2),)
    examples = _same("leaky_relu(0.01)")
    rejects = (Reject("leaky_relu(-1)", "[4]", "NN104", "the slope is not negative"),)


class ELU(Activation):
    """y = x where x is positive, alpha * (exp(x) - 1) elsewhere (Clevert et al. 2015)."""

    word = "elu"
    aliases = ("ELU",)
    formula = "where(x > 0, x, alpha * (exp(x) - 1))"
    settings = (Setting("alpha", Float(0), "minus the limit for small x", default=1.0),)
    examples = _same("elu")


class SELU(Activation):
    """1.0507… * elu(x, 1.6732…), which keeps mean 0 and variance 1 (Klambauer et al. 2017)."""

    word = "selu"
    aliases = ("SELU",)
    formula = "1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * (exp(x) - 1))"
    examples = _same("selu")


class CELU(Activation):
    """y = max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0) (Barron 2017)."""

    word = "celu"
    aliases = ("CELU",)
    formula = "maximum(x, 0) + minimum(alpha * (exp(x / alpha) - 1), 0)"
    settings = (Setting("alpha", Float(1e-6), "minus the limit for small x", default=1.0),)
    examples = _same("celu")


class GELU(Activation):
    """y = x * P(N(0, 1) < x): exact, x * (1 + erf(x / sqrt(2))) / 2; `approximate` with tanh.

    Approximate: y = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))), as GPT-2 was trained.
    """

    word = "gelu"
    aliases = ("GELU",)
    formula = """
        cubic = sqrt(2 / pi) * (x + 0.044715 * x**3)
        x * (1 + (tanh(cubic) if approximate else erf(x / sqrt(2)))) / 2
        """
    settings = (
        Setting("approximate", Flag(), "with tanh instead of erf", default=False, keyword=True),
    )
    examples = _same("gelu(approximate=true)")


class SiLU(Activation):
    """y = x * sigmoid(x), also called swish."""

    word = "silu"
    aliases = ("swish", "SiLU", "Swish")
    formula = "x * sigmoid(x)"
    examples = _same("silu")


class Mish(Activation):
    """y = x * tanh(softplus(x)) (Misra 2019)."""

    word = "mish"
    aliases = ("Mish",)
    formula = "x * tanh(log(1 + exp(x)))"
    examples = _same("mish")


class Softplus(Activation):
    """y = log(1 + exp(x)), exact for every x."""

    word = "softplus"
    aliases = ("Softplus",)
    formula = "log(1 + exp(x))"
    examples = _same("softplus")


class Softsign(Activation):
    """y = x / (1 + |x|)."""

    word = "softsign"
    aliases = ("Softsign",)
    formula = "x / (1 + abs(x))"
    examples = _same("softsign")


class Squareplus(Activation):
    """y = (x + sqrt(x**2 + b)) / 2, a smooth positive part without exponentials (Barron 2021)."""

    word = "squareplus"
    formula = "(x + sqrt(x**2 + b)) / 2"
    settings = (Setting("b", Float(0), "how round the corner is", default=4.0),)
    examples = _same("squareplus")


class Tanh(Activation):
    """The hyperbolic tangent."""

    word = "tanh"
    aliases = ("Tanh",)
    formula = "tanh(x)"
    examples = _same("tanh")


class Sigmoid(Activation):
    """The logistic function: y = 1 / (1 + exp(-x))."""

    word = "sigmoid"
    aliases = ("Sigmoid",)
    formula = "1 / (1 + exp(-x))"
    examples = _same("sigmoid")


class LogSigmoid(Activation):
    """The logarithm of the logistic function: y = -log(1 + exp(-x))."""

    word = "log_sigmoid"
    aliases = ("LogSigmoid",)
    formula = "-log(1 + exp(-x))"
    examples = _same("log_sigmoid")


class HardSigmoid(Activation):
    """A sigmoid of straight pieces: y = min(max(x + 3, 0), 6) / 6."""

    word = "hard_sigmoid"
    aliases = ("HardSigmoid", "Hardsigmoid")
    formula = "minimum(maximum(x + 3, 0), 6) / 6"
    examples = _same("hard_sigmoid")


class HardSiLU(Activation):
    """y = x * hard_sigmoid(x), also called hard swish (Howard et al. 2019)."""

    word = "hard_silu"
    aliases = ("hard_swish", "HardSiLU", "Hardswish", "HardSwish")
    formula = "x * minimum(maximum(x + 3, 0), 6) / 6"
    examples = _same("hard_silu")


class HardTanh(Activation):
    """y = min(max(x, -1), 1)."""

    word = "hard_tanh"
    aliases = ("HardTanh", "Hardtanh")
    formula = "minimum(maximum(x, -1), 1)"
    examples = _same("hard_tanh")


class TanhShrink(Activation):
    """y = x - tanh(x)."""

    word = "tanh_shrink"
    aliases = ("TanhShrink", "Tanhshrink")
    formula = "x - tanh(x)"
    examples = _same("tanh_shrink")


class HardShrink(Activation):
    """y = x where |x| is above the limit, 0 elsewhere."""

    word = "hard_shrink"
    aliases = ("HardShrink", "Hardshrink")
    formula = "where(abs(x) > limit, x, 0)"
    settings = (Setting("limit", Float(0), "largest size that becomes 0", default=0.5),)
    examples = _same("hard_shrink")


class SoftShrink(Activation):
    """y = x moved towards 0 by the limit: sign(x) * max(|x| - limit, 0)."""

    word = "soft_shrink"
    aliases = ("SoftShrink", "Softshrink")
    formula = "sign(x) * maximum(abs(x) - limit, 0)"
    settings = (Setting("limit", Float(0), "largest size that becomes 0", default=0.5),)
    examples = _same("soft_shrink")


class Threshold(Activation):
    """y = x where x is above the limit, `value` elsewhere."""

    word = "threshold"
    aliases = ("Threshold",)
    formula = "where(x > limit, x, value)"
    settings = (
        Setting("limit", Float(), "where x begins to pass", required=True),
        Setting("value", Float(), "what stands elsewhere", required=True),
    )
    examples = _same("threshold(0.1, 0)")


# ---- along an axis -----------------------------------------------------------------------------


class AxisActivation(Activation):
    """What softmax and its kin share: an axis, the channels where none is given."""

    settings = (AXIS,)

    def resolve(self, call: Call) -> Settings:
        floats(call)
        return call.settings.with_(axis=self._axis(call))

    def _axis(self, call: Call) -> int:
        rank = call.x.rank
        if not rank:
            self.refuse(call, f"{self.word} goes along an axis, and a scalar has none")
        if not call.settings.has("axis"):
            return call.x.channel_axis
        axis = int(call.settings.int("axis"))
        if not -rank <= axis < rank:
            raise call.wrong(
                "NN208",
                f"`axis` {axis} of {call.x.show()}, which has axes 0 to {rank - 1}",
                "axes count from 0 without the batch",
            )
        return axis % rank


class Softmax(AxisActivation):
    """Positive numbers with the sum 1: y = exp(x) / sum(exp(x)), along the channels."""

    word = "softmax"
    aliases = ("Softmax",)
    formula = "exp(x) / exp(x).sum(axis, keepdims=True)"
    examples = (
        *_same("softmax"),
        Example("softmax(axis=0)", "[?T, 8]", "[?T, 8]", source="the shape stays"),
    )
    rejects = (
        Reject("softmax(axis=2)", "[4, 8]", "NN208", "axes are 0 and 1"),
        Reject("softmax", "float", "NN201", "a scalar has no axis"),
    )


class LogSoftmax(AxisActivation):
    """The logarithm of softmax, computed safely: y = x - log(sum(exp(x))), along the channels."""

    word = "log_softmax"
    aliases = ("LogSoftmax",)
    formula = "x - log(exp(x).sum(axis, keepdims=True))"
    examples = _same("log_softmax")


class GLU(AxisActivation):
    """A gate: half of the channels times the sigmoid of the other half (Dauphin et al. 2016).

    y = a * sigmoid(b), where a is the first half along the axis and b the second.
    """

    word = "glu"
    aliases = ("GLU",)
    reshapes = True
    formula = """
        first, gate = split(x, 2, axis)
        first * sigmoid(gate)
        """
    examples = (
        Example("glu", "[4, 8]", "[4, 4]", macs=0, source="keras.activations.glu, torch.nn.GLU"),
        Example("glu(axis=0)", "[C=6, H=2, W=3]", "[C=3, H=2, W=3]", source="torch.nn.GLU(1)"),
    )
    rejects = (Reject("glu", "[5]", "NN201", "5 channels have no halves"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        axis = call.settings.int("axis")
        size = call.x.shape[axis]
        if not isinstance(size, OpenDim) and int(size) % 2:
            self.refuse(
                call,
                f"glu halves an axis, and this one has {show_dim(size)}",
                "give the layer before it twice as many channels as come out",
            )
        halved = [d // 2 if i == axis else d for i, d in enumerate(call.x.shape)]
        return (call.x.with_shape(halved),)


class PReLU(Op):
    """A leaky relu whose slope is learned, one for each channel: y = max(x, 0) + alpha * min(x, 0).

    Keras' PReLU with the spatial axes shared, PyTorch's PReLU(channels) (He et al. 2015).
    """

    word = "PReLU"
    formula = "maximum(x, 0) + alpha * minimum(x, 0)"
    takes = "[…, channels]"
    settings = (Setting("init", Initializer(), "initialiser of the slopes", default=Word("zeros")),)
    examples = (
        Example("PReLU(init=0.25)", "[5, 5, 3]", "[5, 5, 3]", params=3, macs=0,
                source="torch.nn.PReLU(3)"),
        Example("PReLU", "[64]", "[64]", params=64, source="Keras, PReLU()"),
    )  # fmt: skip
    rejects = (Reject("PReLU", "[8, ?C]", "NN202", "a slope for each channel"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if not call.x.shape:
            self.refuse(call, f"PReLU takes {self.takes}, not a scalar")
        floats(call)
        channel_dim(call, call.x.channel_axis)
        return (call.x,)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        channels = channel_dim(call, call.x.channel_axis)
        return (vector("alpha", channels, call.settings.get("init")),)

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return 0
