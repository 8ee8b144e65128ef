"""Which tensors of a layer's module are made of which weights of the language, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from nndsl.backends.tensors import Move, Part, Slot
from nndsl.backends.torch.naming import ATTRIBUTES
from nndsl.emit import build as b
from nndsl.emit.names import safe
from nndsl.emit.tree import Expr
from nndsl.ops.base import Settings, Weight

if TYPE_CHECKING:
    from nndsl.backends.torch.lower import Lowering
    from nndsl.ir.steps import OpStep, WeightReadStep


Slots: TypeAlias = "Callable[[Settings, Mapping[str, Weight]], tuple[Slot, ...]]"


def _move(kind: str, *numbers: int) -> Move:
    return Move(kind, tuple(numbers))


def _plain(**keys: str) -> Slots:
    """Weights that go over as they are: `gamma="weight"`."""

    def slots(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
        return tuple(Slot(key, (Part(name),)) for name, key in keys.items() if name in weights)

    return slots


def _as_named(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    """Weights of a layer of another package: they go over as they are, under their own names."""
    return tuple(Slot(safe(name, ATTRIBUTES), (Part(name),)) for name in weights)


TURN = _move("transpose", 1, 0)


def _linear(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    return _filled(weights, ("kernel", "weight", (TURN,)), ("bias", "bias", ()))


def _filled(
    weights: Mapping[str, Weight], *rows: tuple[str, str, tuple[Move, ...]]
) -> tuple[Slot, ...]:
    return tuple(Slot(key, (Part(name, moves),)) for name, key, moves in rows if name in weights)


def _conv_moves(rank: int) -> tuple[Move, ...]:
    """[k…, in, out] -> [out, in, k…]."""
    return (_move("transpose", rank + 1, rank, *range(rank)),)


def _depth_moves(shape: tuple[object, ...]) -> tuple[Move, ...]:
    """[k…, channels, multiplier] -> [channels * multiplier, 1, k…]."""
    rank = len(shape) - 2
    sizes = [int(size) for size in shape]  # type: ignore[call-overload]
    return (
        _move("transpose", rank, rank + 1, *range(rank)),
        _move("reshape", sizes[-2] * sizes[-1], 1, *sizes[:-2]),
    )


def _conv(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    rank = len(weights["kernel"].shape) - 2
    return _filled(weights, ("kernel", "weight", _conv_moves(rank)), ("bias", "bias", ()))


def _depthwise(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    moves = _depth_moves(weights["kernel"].shape)
    return _filled(weights, ("kernel", "weight", moves), ("bias", "bias", ()))


def _separable(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    depth, point = weights["depthwise_kernel"], weights["pointwise_kernel"]
    return _filled(
        weights,
        ("depthwise_kernel", "0.weight", _depth_moves(depth.shape)),
        ("pointwise_kernel", "1.weight", _conv_moves(len(point.shape) - 2)),
        ("bias", "1.bias", ()),
    )


def _attention(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    """Four matrices of MultiHeadAttention."""
    names = ("query", "key", "value", "output")
    kernels = [(f"{name}_kernel", f"{name}.weight", (TURN,)) for name in names]
    biases = [(f"{name}_bias", f"{name}.bias", ()) for name in names]
    return _filled(weights, *kernels, *biases)


def _packed(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
    """The fused matrix of SelfAttention: queries, keys, values one below the other."""
    three = ("query", "key", "value")
    slots = [Slot("qkv.weight", tuple(Part(f"{name}_kernel", (TURN,)) for name in three))]
    if "query_bias" in weights:
        slots.append(Slot("qkv.bias", tuple(Part(f"{name}_bias") for name in three)))
    return (
        *slots,
        *_filled(
            weights, ("output_kernel", "out.weight", (TURN,)), ("output_bias", "out.bias", ())
        ),
    )


def _recurrent(gates: tuple[int, ...]) -> Slots:
    """Both matrices turned round, gates in torch's order."""
    order = (_move("gates", *gates),) if gates != tuple(range(len(gates))) else ()

    def slots(settings: Settings, weights: Mapping[str, Weight]) -> tuple[Slot, ...]:
        found: list[Slot] = []
        for way, prefix in (("", ""), ("_reverse", "backward_")):
            if f"{prefix}kernel" not in weights:
                continue
            found.append(Slot(f"rnn.weight_ih_l0{way}", (Part(f"{prefix}kernel", (TURN, *order)),)))
            recurrent = Part(f"{prefix}recurrent_kernel", (TURN, *order))
            found.append(Slot(f"rnn.weight_hh_l0{way}", (recurrent,)))
            found += _biases(weights, f"{prefix}bias", way, order)
        return tuple(found)

    return slots


def _biases(
    weights: Mapping[str, Weight], name: str, way: str, order: tuple[Move, ...]
) -> list[Slot]:
    if name not in weights:
        return []
    if len(weights[name].shape) == 2:
        both = (("ih", 0), ("hh", 1))
        return [
            Slot(f"rnn.bias_{kind}_l0{way}", (Part(name, (_move("take", at), *order)),))
            for kind, at in both
        ]
    return [Slot(f"rnn.bias_ih_l0{way}", (Part(name, order),))]


_NORM = _plain(gamma="weight", beta="bias")

SLOTS: Mapping[str, Slots] = {
    "Dense": _linear,
    "Embedding": _plain(table="weight"),
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "ConvTranspose": _conv,
    "BatchNorm": _plain(
        gamma="weight", beta="bias", moving_mean="running_mean", moving_variance="running_var"
    ),
    "LayerNorm": _NORM,
    "RMSNorm": _NORM,
    "GroupNorm": _NORM,
    "InstanceNorm": _NORM,
    "PReLU": _plain(alpha="weight"),
    "SelfAttention": _packed,
    "Attention": _attention,
    "MultiHeadAttention": _attention,
    "LSTM": _recurrent((0, 1, 2, 3)),
    "GRU": _recurrent((1, 0, 2)),
    "SimpleRNN": _recurrent((0,)),
}


def slots(word: str, settings: Settings, weights: tuple[Weight, ...]) -> tuple[Slot, ...]:
    """The tensors of a layer's module. word: the layer's; for attention the emitted helper's."""
    found = SLOTS.get(word, _as_named)
    return found(settings, {w.name: w for w in weights}) if weights else ()


# ---- a weight as a value -----------------------------------------------------------------------


def read_code(low: Lowering, step: WeightReadStep) -> Expr:
    """A shared layer's weight in the language's layout: `self.dense.weight.T`."""
    owner = low.reach(step.path)
    target, op = owner
    slot = _slot_of(op, step.weight.name)
    if slot is None or len(slot.parts) > 1 or slot.key.startswith("rnn."):
        low.unsayable(step.site, f"the weight `{step.weight.name}` of this layer as a value")
        return target
    code = target
    for part in slot.key.split("."):
        code = b.index(code, int(part)) if part.isdigit() else b.attr(code, part)
    for move in reversed(slot.parts[0].moves):
        code = _back(code, move, step.weight)
    return code


def _slot_of(op: OpStep | None, name: str) -> Slot | None:
    if op is None:
        return None
    word = op.op.like or op.op.word
    for slot in slots(word, op.settings, op.weights):
        if any(part.weight == name for part in slot.parts):
            return slot
    return None


def _back(code: Expr, move: Move, weight: Weight) -> Expr:
    """The inverse of a move, as code."""
    if move.kind == "transpose":
        if move.numbers == (1, 0):
            return b.attr(code, "T")
        inverse = sorted(range(len(move.numbers)), key=lambda i: move.numbers[i])
        return b.call(b.attr(code, "permute"), *inverse)
    if move.kind == "reshape":
        before = weight.shape
        sizes = [before[-2], before[-1], *before[:-2]]
        return b.call(
            b.attr(code, "reshape"), *(int(size) for size in sizes if isinstance(size, int))
        )
    raise ValueError(f"no way back for {move}")
