"""Choices between Keras' own layer and a helper that both the spelling and the weight map need."""

from __future__ import annotations

from nndsl.backends.keras import layout
from nndsl.backends.keras.same import equal_numbers, same
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Settings, Word
from nndsl.ops.numbers import same_dim


def native_attention(step: OpStep) -> bool:
    """True where Keras' own layers mean the same: no mask (a row that sees nothing gives 0 here
    and a mean there), no rotation, no window, no projection replaced."""
    s = step.settings.items
    return (
        "mask" not in step.names
        and not s.get("rope")
        and s.get("window") is None
        and not step.parts
        and not (_grouped(step) and _other_channels(step))
    )


def _grouped(step: OpStep) -> bool:
    return not equal_numbers(step.settings.get("heads"), step.settings.get("kv_heads"))


def _other_channels(step: OpStep) -> bool:
    """True for a context with channels of its own, which Keras' grouped layer refuses."""
    channels = step.ins[0].type.shape[-1]
    operands = zip(step.names, step.ins, strict=True)
    contexts = (value for name, value in operands if name == "context")
    return any(not same_dim(value.type.shape[-1], channels) for value in contexts)


def as_groups(step: OpStep) -> bool:
    """True for a depthwise convolution that Keras lacks or TensorFlow refuses: on three axes, and
    with strides that differ. It is a grouped one then, as is the half of a separable one whose
    stride is a slice between the two."""
    strides = step.settings.ints("stride")
    if step.op.word.startswith("SeparableConv") and strided_after(step.settings):
        return True
    return len(strides) == 3 or not all(equal_numbers(strides[0], each) for each in strides)


def strided_after(s: Settings) -> bool:
    """Keras refuses a stride with a dilation: then the stride is a slice of the result.

    Of settings it is what this use has: Keras itself refuses the other values.
    """
    return all(any(int(n) != 1 for n in s.ints(name)) for name in ("stride", "dilation"))


def plain_rms(step: OpStep) -> bool:
    """True for RMSNorm over the last axis with its usual scale: Keras' RMSNormalization."""
    s, x = step.settings, step.ins[0].type
    axes = s.ints("axis")
    last = len(axes) == 1 and layout.index(x, axes[0]) == -1
    return last and same(s.get("scale"), True) and same(s.get("gamma_init"), Word("ones"))
