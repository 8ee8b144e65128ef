"""Attention: of a sequence to itself, or to another one."""

from __future__ import annotations

from typing import ClassVar

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type, Weight
from nndsl.ops.broadcast import batched, wants
from nndsl.ops.common import BIAS, BIAS_INIT, INIT, L1, L2, channel_dim, init_of, vector
from nndsl.ops.kinds import Any, Flag, Float, Int, Layer
from nndsl.ops.numbers import Dim, product, same_dim

PROJECTIONS = ("query", "key", "value", "output")

HEADS = Setting("heads", Int(1), "how many attentions side by side", required=True)
HEAD_DIM = Setting("head_dim", Int(1), "size of a head; channels // heads")
KV_HEADS = Setting("kv_heads", Int(1), "heads of keys and values, shared by groups of queries",
                   keyword=True)  # fmt: skip
DROPOUT = Setting(
    "dropout", Float(0, 1, open_high=True), "rate at which attention weights are dropped in "
    "training", default=0.0, keyword=True,
)  # fmt: skip
CAUSAL = Setting("causal", Flag(), "no position sees a later one", default=False, keyword=True)
MASK = Setting("mask", Any(), "bool[S] marks keys, bool[T, S] pairs; true attends", keyword=True)
ROPE = Setting("rope", Flag(), "rotates queries and keys by their position", default=False,
               keyword=True, symbolic=False)  # fmt: skip
ROPE_BASE = Setting("rope_base", Float(1.0), "the longest wavelength is 2 pi times this",
                    default=10_000.0, keyword=True)  # fmt: skip
WINDOW = Setting("window", Int(1), "how far back (and, unless causal, forth) a position sees, "
                 "itself counted", keyword=True)  # fmt: skip
CONTEXT = Setting("context", Any(), "the sequence [S, D] that is attended to", keyword=True)
REPLACED = tuple(
    Setting(name, Layer(), f"a layer or block in place of the {name} projection", keyword=True,
            symbolic=False)
    for name in PROJECTIONS
)  # fmt: skip


class _Attention(Op):
    """What both attentions share: projections, heads, masks and the count of the work."""

    takes = "[T, channels]"

    def resolve(self, call: Call) -> Settings:
        _sequence(self, call, call.x)
        s, channels = call.settings, channel_dim(call, 1)
        heads = s.int("heads")
        if not s.has("head_dim"):
            if int(channels) % int(heads):
                raise call.wrong(
                    "NN215",
                    f"{int(heads)} heads do not divide {int(channels)} channels",
                    "take another number of heads, or say head_dim",
                )
            s = s.with_(head_dim=channels // heads)
        kv_heads = s.int("kv_heads") if s.has("kv_heads") else heads
        if int(heads) % int(kv_heads):
            raise call.wrong(
                "NN215", f"{int(kv_heads)} kv_heads do not divide {int(heads)} heads",
                "every head of keys and values serves the same number of queries",
            )  # fmt: skip
        return s.with_(kv_heads=kv_heads)

    def infer(self, call: Call) -> tuple[Type, ...]:
        memory = self.memory(call)
        _sequence(self, call, memory)
        _mask(call, call.x.shape[0], memory.shape[0])
        return (Type(call.x.shape, "float", call.x.axes, batched(call)),)

    def memory(self, call: Call) -> Type:
        """The sequence that keys and values come from."""
        raise NotImplementedError

    def weights(self, call: Call) -> tuple[Weight, ...]:
        found: list[Weight] = []
        for name, (rows, columns) in self._sizes(call).items():
            if not call.settings.has(name):
                found += _projection(call, name, rows, columns)
        return tuple(found)

    def _sizes(self, call: Call) -> dict[str, tuple[int, int]]:
        """Rows and columns of the four matrices."""
        s, channels = call.settings, channel_dim(call, 1)
        width, kv_width = s.int("heads") * s.int("head_dim"), s.int("kv_heads") * s.int("head_dim")
        given = _channels(call, self.memory(call))
        return {
            "query": (channels, width),
            "key": (given, kv_width),
            "value": (given, kv_width),
            "output": (width, channels),
        }

    def part_channels(self, call: Call, setting: str) -> Dim | None:
        return self._sizes(call)[setting][1] if setting in PROJECTIONS else None

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        """Projections, scores and weighted values; a mask saves nothing. (Replaced projections
        count themselves.)"""
        s, steps, keys = call.settings, call.x.shape[0], self.memory(call).shape[0]
        work: Dim = 0
        for name, (rows, columns) in self._sizes(call).items():
            if not s.has(name):
                length = steps if name in ("query", "output") else keys
                work = product((length, rows, columns)) + work
        return work + product((2, s.int("heads"), steps, keys, s.int("head_dim")))


def _channels(call: Call, type_: Type) -> int:
    return channel_dim(Call(call.settings, (type_,), ("",), call.span), 1)


def _projection(call: Call, name: str, rows: int, columns: int) -> list[Weight]:
    """`query_kernel` and `query_bias`: by Keras' rule the fans are those of a matrix."""
    s = call.settings
    kernel = Weight(
        f"{name}_kernel", (rows, columns), init_of(s.get("init")), True, (rows, columns),
        s.float("l1"), s.float("l2"),
    )  # fmt: skip
    bias = [vector(f"{name}_bias", columns, s.get("bias_init"))] if s.flag("bias") else []
    return [kernel, *bias]


def _sequence(op: Op, call: Call, type_: Type) -> None:
    """NN201 where the value is no sequence of vectors, NN210 where it holds no real numbers."""
    wants(op, call, type_, "float")
    if type_.rank != 2 or "C" in type_.axes[:1]:
        op.refuse(
            call,
            f"`{op.word}` takes a sequence [T, channels], not {type_.show()}",
            "for an image, `Reshape(-1, channels)` makes one step of every pixel",
        )


def _mask(call: Call, steps: Dim, keys: Dim) -> None:
    """NN216 where the mask is not bool[S] or bool[T, S]."""
    mask = call.named("mask")
    if mask is None:
        return
    wanted = (keys,) if mask.rank == 1 else (steps, keys)
    fits = mask.rank == len(wanted) and all(map(same_dim, mask.shape, wanted))
    if mask.dtype != "bool" or not fits:
        shown = f"{Type((keys,), 'bool').show()} or {Type((steps, keys), 'bool').show()}"
        raise call.wrong(
            "NN216",
            f"a mask here is {shown}, not {mask.show()}",
            "true attends; make it by a comparison, as in `tokens != 0`",
        )


class SelfAttention(_Attention):
    """Multi-head attention of a sequence to itself (arXiv:1706.03762), with its projections.

    `softmax(q k' / sqrt(head_dim)) v` in every head, with q, k and v matrices of the input and the
    heads side by side through the output matrix. A mask is a bool value: rank 1 marks the keys,
    rank 2 is [T, S]; true attends, and a row that may attend to nothing gives 0. `kv_heads` fewer
    than `heads` is grouped-query attention (arXiv:2305.13245). `rope` rotates halves of queries and
    keys (arXiv:2104.09864) by the angles `t * rope_base**(-2i / head_dim)`. `window` limits the
    view to that many positions, counting the own one. `query`, `key`, `value` and `output` put a
    layer or block in the place of a projection, as in `SelfAttention(12, query=LoRA(rank=8))`.
    """

    word = "SelfAttention"
    formula = """
        q = heads_of(x @ query_kernel + query_bias, heads)
        k = heads_of(x @ key_kernel + key_bias, kv_heads)
        v = heads_of(x @ value_kernel + value_bias, kv_heads)
        if rope:
            q, k = rotated(q, rope_base), rotated(k, rope_base)
        t, s = ogrid[: len(x), : len(x)]
        seen = (s <= t) | (not causal)
        if window is not None:
            seen &= abs(t - s) < window
        y = attend(q, k, v, seen if mask is None else seen & mask, dropout if training else 0)
        y @ output_kernel + output_bias
        """
    aliases = ("MultiHeadAttention", "MultiheadAttention", "MultiHeadSelfAttention")
    operands: ClassVar[tuple[str, ...]] = ("", "mask")
    settings: ClassVar[tuple[Setting, ...]] = (
        HEADS, HEAD_DIM, CAUSAL, MASK, DROPOUT, BIAS, KV_HEADS, ROPE, ROPE_BASE, WINDOW,
        INIT, BIAS_INIT, *REPLACED, L1, L2,
    )  # fmt: skip
    examples = (
        Example("SelfAttention(12, causal=true)", "[?T, 768]", "[?T, 768]", params=2_362_368,
                source="GPT-2 small: 4 * (768 * 768 + 768)"),
        Example("SelfAttention(12)", "[197, 768]", "[197, 768]", params=2_362_368,
                macs=524_391_936,
                source="arithmetic: 4 * 197 * 768**2 + 2 * 197**2 * 768"),
        Example("SelfAttention(32, kv_heads=8, bias=false, rope=true)", "[16, 4096]",
                "[16, 4096]", params=41_943_040,
                source="Llama 3 8B: 2 * 4096 * 4096 + 2 * 4096 * 1024"),
        Example("SelfAttention(4, 16)", "[10, 32], mask=bool[10]", "[10, 32]", params=8_416,
                source="keras.layers.MultiHeadAttention(4, 16)"),
    )  # fmt: skip
    rejects = (
        Reject("SelfAttention(5)", "[10, 32]", "NN215", "5 does not divide 32"),
        Reject("SelfAttention(4, kv_heads=3)", "[10, 32]", "NN215", "3 does not divide 4"),
        Reject("SelfAttention(4, 3, rope=true)", "[10, 32]", "NN215", "3 numbers are no pairs"),
        Reject("SelfAttention(4)", "[8, 8, 32]", "NN201", "an image is no sequence"),
        Reject("SelfAttention(4)", "int[10]", "NN210", "tokens must be embedded first"),
        Reject("SelfAttention(4)", "[10, 32], mask=bool[9]", "NN216", "there are 10 keys"),
        Reject("SelfAttention(4)", "[10, 32], mask=[10]", "NN216", "a mask is true or false"),
    )

    def resolve(self, call: Call) -> Settings:
        s = super().resolve(call)
        if s.flag("rope") and int(s.int("head_dim")) % 2:
            raise call.wrong(
                "NN215",
                f"rope turns pairs of numbers, and a head has {int(s.int('head_dim'))}",
                "choose an even head_dim",
            )
        return s

    def memory(self, call: Call) -> Type:
        return call.x


class Attention(_Attention):
    """Multi-head attention of a sequence [T, C] to another one, `context` [S, D].

    Queries come from the sequence, keys and values from the context; the result is [T, C]. All
    else as in SelfAttention. `mask` is bool[S] over the context's steps, or bool[T, S].
    """

    word = "Attention"
    formula = """
        q = heads_of(x @ query_kernel + query_bias, heads)
        k = heads_of(context @ key_kernel + key_bias, kv_heads)
        v = heads_of(context @ value_kernel + value_bias, kv_heads)
        seen = ones((len(x), len(context)), bool)
        y = attend(q, k, v, seen if mask is None else seen & mask, dropout if training else 0)
        y @ output_kernel + output_bias
        """
    aliases = ("CrossAttention",)
    takes = "[T, channels], context=[S, channels]"
    operands: ClassVar[tuple[str, ...]] = ("", "context", "mask")
    settings: ClassVar[tuple[Setting, ...]] = (
        HEADS, HEAD_DIM, CONTEXT, MASK, DROPOUT, BIAS, KV_HEADS, INIT, BIAS_INIT, *REPLACED,
        L1, L2,
    )  # fmt: skip
    examples = (
        Example("Attention(1)", "[?T, 256], context=[?S, 256], mask=bool[?S]", "[?T, 256]",
                params=263_168, source="arithmetic: 4 * (256 * 256 + 256)"),
        Example("Attention(8, 40)", "[64, 320], context=[77, 768]", "[64, 320]", params=697_600,
                macs=54_108_160,
                source="Stable Diffusion's first cross-attention, with biases on all four"),
    )  # fmt: skip
    rejects = (
        Reject("Attention(4)", "[10, 32]", "NN201", "nothing to attend to"),
        Reject("Attention(4)", "[10, 32], context=[7, 16], mask=bool[10]", "NN216",
               "the context has 7 steps"),
    )  # fmt: skip

    def memory(self, call: Call) -> Type:
        memory = call.named("context")
        if memory is None:
            self.refuse(
                call,
                "`Attention` needs the sequence to attend to",
                "give it as `context=memory`, or use SelfAttention",
            )
        return memory
