"""Settings and small rules that several families of layers share."""

from __future__ import annotations

from nndsl.ops.base import Call, Init, Setting, Value, Weight, Word
from nndsl.ops.initializers import fans_of
from nndsl.ops.kinds import Act, Flag, Float, Initializer
from nndsl.ops.numbers import Dim, OpenDim

ACT = Setting("act", Act(), "activation of the result")
BIAS = Setting("bias", Flag(), "adds a bias", default=True, keyword=True)
INIT = Setting("init", Initializer(), "initialiser of the kernel", default=Word("glorot_uniform"))
BIAS_INIT = Setting(
    "bias_init", Initializer(), "initialiser of the bias", default=Word("zeros"), keyword=True
)
L1 = Setting("l1", Float(0), "L1 penalty on the kernel", default=0.0, keyword=True)
L2 = Setting("l2", Float(0), "L2 penalty on the kernel", default=0.0, keyword=True)


def init_of(value: Value) -> Init:
    """The record of an initialiser word."""
    assert isinstance(value, Word), value
    return Init(value.name, value.args)


def channel_dim(call: Call, axis: int) -> int:
    """The dimension of an axis that weights depend on; NN202 where it is open."""
    dim: Dim = call.x.shape[axis]
    if isinstance(dim, OpenDim):
        raise call.wrong(
            "NN202",
            f"a weight would depend on the open dimension {dim!r}",
            "give this dimension a number in the input's type",
        )
    return dim


def start(
    call: Call, kernel: tuple[int, ...], fans: tuple[int, int], outs: int
) -> tuple[Weight, ...]:
    """`kernel`, and `bias` of `outs` where the layer has one, with the layer's initialisers."""
    s = call.settings
    kernel_weight = Weight(
        "kernel", kernel, init_of(s.get("init")), True, fans, s.float("l1"), s.float("l2")
    )
    if not s.flag("bias"):
        return (kernel_weight,)
    return kernel_weight, vector("bias", outs, s.get("bias_init"))


def vector(name: str, size: int, init: Value, trainable: bool = True) -> Weight:
    """A weight with one number for each channel; its fans are its length (Keras' rule)."""
    return Weight(name, (size,), init_of(init), trainable, fans_of((size,)))


def floats(call: Call) -> None:
    """NN210 where the first operand does not hold real numbers."""
    if call.x.dtype != "float":
        raise call.wrong(
            "NN210",
            f"the layer computes with real numbers, not {call.x.show()}",
            "embed whole numbers that name things (`-> Embedding(…)`), or declare floats",
        )
