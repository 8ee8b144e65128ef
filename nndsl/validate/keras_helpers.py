"""What the Keras target's helper layers and functions mean, by their names and parameters.

Their texts are templates, not code trees: the conformance tests hold each to its meaning here.
"""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.ops.numbers import Dim
from nndsl.validate.keras_init import number
from nndsl.validate.keras_layers import Maker, dense, embedding, new, per_axis, variable, whole
from nndsl.validate.keras_ops import axes_of
from nndsl.validate.keras_sequences import (
    Projections,
    grouped_attention,
    multi_head_attention,
)
from nndsl.validate.keras_values import Layer, Made, State
from nndsl.validate.objects import Unreadable
from nndsl.validate.source import BATCH
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit


def weight(state: State, shape: object, initializer: object = "zeros", **base: object) -> Layer:
    """A weight of its own, without a batch, whatever it is called on."""
    layer = new(state, "Weight", base)
    if not isinstance(shape, list | tuple):
        raise Unreadable(f"a weight of shape {shape!r}")
    sizes = tuple(whole(dim) for dim in shape)
    layer.run = lambda x: variable(state, layer, "value", sizes, initializer)
    return layer


def read_weight(state: State, layer: object, weight: object, **base: object) -> Layer:
    """A weight of another layer as a value."""
    made = new(state, "ReadWeight", base)
    if not isinstance(layer, Layer):
        raise Unreadable(f"a weight of {layer!r}")
    made.run = lambda x: state.seen(layer, str(weight))
    return made


def constant(state: State, value: object, kind: object = "float", **base: object) -> Layer:
    """Known numbers, without a batch."""
    layer = new(state, "Constant", base)
    layer.run = lambda x: state.meaning.known(value, str(kind))
    return layer


def with_batch(state: State, **base: object) -> Layer:
    """A value without a batch, once for each example of another one."""
    layer = new(state, "WithBatch", base)
    layer.run = lambda x, like: state.meaning.repeated(x, 0, like.shape[0])
    return layer


def positions(state: State, **base: object) -> Layer:
    layer = new(state, "Positions", base)
    layer.run = lambda x: state.meaning.arange(x.shape[1])
    return layer


def sinusoids(state: State, base: object = 10_000.0, **more: object) -> Layer:
    layer = new(state, "Sinusoids", more)
    layer.run = lambda x: state.meaning.constant(
        "sinusoids", x.shape[1:], "float", base=number(base)
    )
    return layer


def noise(state: State, **base: object) -> Layer:
    """Standard normal numbers, in training and evaluation."""
    layer = new(state, "Noise", base)
    layer.run = lambda x: state.meaning.noise(x)
    return layer


def loss_term(state: State, **base: object) -> Layer:
    """Adds the mean of each term to the loss, and passes its input on."""
    layer = new(state, "LossTerm", base)

    def run(x: Tensor, *terms: Tensor) -> Tensor:
        for term in terms:
            mean = state.meaning.reduce("mean", term, range(term.rank))
            state.losses.append(("", mean))  # a path as a layer's name: the term says which it is
        return x

    layer.run = run
    return layer


def kept(state: State, **base: object) -> Layer:
    """Passes the first of its inputs on; what leads to the others is part of the model."""
    layer = new(state, "Kept", base)
    layer.run = lambda x, *others: x
    return layer


def tied(make: Maker, matrix: str) -> Maker:
    """A layer that also maps back with its matrix turned round: `reverse=True`."""

    def made(state: State, *args: object, **kwargs: object) -> Layer:
        layer = make(state, *args, **kwargs)
        forward = layer.run

        def run(x: Tensor, reverse: object = False) -> Made:
            if not reverse:
                return forward(x)
            if matrix not in layer.variables:
                raise Misfit(f"{layer!r} is turned round before it is built")
            m = state.meaning
            return m.dense(x, m.permute(state.weight(layer, matrix), (1, 0)))

        layer.run = run
        return layer

    return made


def padded_average_pool(
    state: State, size: object, stride: object, padding: object, **base: object
) -> Layer:
    """The mean of windows over padded positions, counting only what is inside."""
    layer = new(state, "PaddedAveragePool", base)

    def run(x: Tensor) -> Tensor:
        n = x.rank - 2
        if padding != "same" and not isinstance(padding, list | tuple):
            raise Unreadable(f"padding {padding!r}")
        pairs = (
            "same"
            if isinstance(padding, str)
            else tuple((whole(low), whole(high)) for low, high in padding)
        )
        return state.meaning.pool("AvgPool", x, range(1, n + 1), per_axis(size, n),
                                  per_axis(stride, n), pairs)  # fmt: skip

    layer.run = run
    return layer


def pixel_shuffle(state: State, factor: object, **base: object) -> Layer:
    """[B, H, W, C r r] -> [B, H r, W r, C]; channel c r r + i r + j."""
    layer, r = new(state, "PixelShuffle", base), whole(factor)

    def run(x: Tensor) -> Tensor:
        m = state.meaning
        y = m.unmerge(x, 3, (x.shape[3] // (r * r), r, r))
        y = m.permute(y, (0, 1, 4, 2, 5, 3))
        return m.merge(m.merge(y, 3, 4), 1, 2)

    layer.run = run
    return layer


def pixel_unshuffle(state: State, factor: object, **base: object) -> Layer:
    """[B, H r, W r, C] -> [B, H, W, C r r]."""
    layer, r = new(state, "PixelUnshuffle", base), whole(factor)

    def run(x: Tensor) -> Tensor:
        m = state.meaning
        y = m.unmerge(m.unmerge(x, 2, (x.shape[2] // r, r)), 1, (x.shape[1] // r, r))
        y = m.permute(y, (0, 1, 3, 5, 2, 4))
        return m.merge(y, 3, 5)

    layer.run = run
    return layer


def rms_norm(
    state: State, axis: object = -1, epsilon: object = 1e-6, scale: object = True,
    gamma_initializer: object = "ones", **base: object,
) -> Layer:  # fmt: skip
    """Axes counted from the end."""
    layer = new(state, "RMSNorm", base)

    def run(x: Tensor) -> Tensor:
        given = axis if isinstance(axis, list | tuple) else (axis,)
        axes = [whole(each) % x.rank for each in given]
        shape: list[Dim] = [x.shape[each] for each in axes]
        gamma = variable(state, layer, "gamma", shape, gamma_initializer) if scale else None
        return state.meaning.layer_norm("RMSNorm", x, axes, [gamma, None], number(epsilon))

    layer.run = run
    return layer


def gather(state: State, axis: object, **base: object) -> Layer:
    """Elements along an axis of each example, by the example's own indices."""
    layer = new(state, "Gather", base)
    at = whole(axis) + 1
    layer.run = lambda x, indices: state.meaning.gather(x, indices, at, (True, True))
    return layer


def flip_first(state: State, **base: object) -> Layer:
    """Turns the first of several results along its steps; the others pass."""
    layer = new(state, "FlipFirst", base)
    layer.run = lambda many: [state.meaning.flip(many[0], 1), *many[1:]]
    return layer


def same_size(
    state: State, axis: object, other_axis: object, times: object = 1, plus: object = 0,
    over: object = 1, **base: object,
) -> Layer:  # fmt: skip
    """Checks sizes when it runs; passes the first operand on."""
    layer = new(state, "SameSize", base)

    def run(x: Tensor, other: Tensor) -> Tensor:
        wanted = (other.shape[whole(other_axis)] * whole(times) + whole(plus)) // whole(over)
        state.asserted.append((x.shape[whole(axis)], wanted))
        return x

    layer.run = run
    return layer


def multiple_of(
    state: State, axis: object, number: object, past: object = 0, **base: object
) -> Layer:
    """Checks that a size is a multiple when it runs; passes the value on."""
    layer = new(state, "MultipleOf", base)

    def run(x: Tensor) -> Tensor:
        left = x.shape[whole(axis)] - whole(past)
        state.asserted.append((left % whole(number), 0))
        return x

    layer.run = run
    return layer


def first_of(
    state: State, axis: object, other_axis: object, start: object = 0, **base: object
) -> Layer:
    """An axis up to the size of another value's."""
    layer = new(state, "FirstOf", base)
    layer.run = lambda x, other: state.meaning.slice(
        x, [(whole(axis), whole(start), other.shape[whole(other_axis)], 1)]
    )
    return layer


# ---- attention -----------------------------------------------------------------------------------


def heads_attention(
    state: State, heads: object, kv_heads: object = None, causal: object = False,
    window: object = None, rope_base: object = None, dropout: object = 0.0, **base: object,
) -> Layer:  # fmt: skip
    """Attention of projected queries to projected keys and values."""
    layer = new(state, "HeadsAttention", base)
    core = _Core(state, heads, kv_heads, causal, window, rope_base, dropout)
    layer.run = core.run
    return layer


class _Core:
    def __init__(
        self, state: State, heads: object, kv_heads: object, causal: object, window: object,
        rope_base: object, dropout: object,
    ) -> None:  # fmt: skip
        self.state = state
        self.heads = whole(heads)
        self.kv_heads = self.heads if kv_heads is None else whole(kv_heads)
        self.causal = bool(causal)
        self.window = None if window is None else whole(window)
        self.rope = None if rope_base is None else number(rope_base)
        self.dropout = number(dropout)

    def run(
        self, query: Tensor, key: Tensor, value: Tensor, attention_mask: object = None
    ) -> Tensor:  # fmt: skip
        return self.state.meaning.attend(
            query, key, value, _mask(attention_mask), self.heads, self.kv_heads, self.causal,
            self.dropout, self.state.still, self.rope, self.window,
        )  # fmt: skip


def _mask(mask: object) -> Tensor | None:
    """[batch, keys] or [batch, queries, keys]; the batch may be 1."""
    if mask is None:
        return None
    if not isinstance(mask, Tensor) or mask.rank not in (2, 3):
        raise Unreadable(f"a mask {mask!r}")
    if mask.shape[0] not in (1, BATCH):
        raise Misfit(f"a mask of {mask.shape} without a batch")
    view = mask.view if mask.rank == 3 else (mask.view[0], (), mask.view[1])
    return mask.viewed(view)


def attention(
    state: State, heads: object, head_dim: object, use_bias: object = True,
    kernel_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
    kernel_regularizer: object = None, kv_heads: object = None, causal: object = False,
    window: object = None, rope_base: object = None, dropout: object = 0.0, **base: object,
) -> Layer:  # fmt: skip
    """The same with its four projections."""
    layer = new(state, "Attention", base)
    core = _Core(state, heads, kv_heads, causal, window, rope_base, dropout)
    size = whole(head_dim)

    def run(
        query: Tensor, context: object = None, attention_mask: object = None
    ) -> Tensor:  # fmt: skip
        memory = context if isinstance(context, Tensor) else query
        project = Projections(state, layer, use_bias, kernel_initializer, bias_initializer,
                              kernel_regularizer, "{}.")  # fmt: skip
        q = project("query", query, core.heads * size)
        k, v = (project(name, memory, core.kv_heads * size) for name in ("key", "value"))
        made = core.run(q, k, v, attention_mask)
        project.names = "{}_layer."
        return project("output", made, whole(query.shape[-1]))

    layer.run = run
    return layer


def masked_attention(
    state: State, heads: object, head_dim: object, dropout: object = 0.0, **base: object
) -> Layer:
    """The same under a mask, and nothing else."""
    return attention(state, heads, head_dim, dropout=dropout, **base)


def round_to(value: object, divisor: object) -> int:
    """The nearest multiple of the divisor, never more than 10 % below the value."""
    given, by = number(value), whole(divisor)
    near = max(by, int(given + by / 2) // by * by)
    return near + by if near < 0.9 * given else near


def euclidean_norm(state: State, x: Tensor, axis: object, keepdims: object = False) -> Tensor:
    """The length of vectors."""
    return state.meaning.norm(x, axes_of(axis, x.rank), 2, bool(keepdims))


def untrained(make: Maker) -> Maker:
    """A layer of layers that is frozen as soon as it is built."""

    def made(state: State, *args: object, **base: object) -> Layer:
        layer = make(state, *args, **base)
        layer.trainable = False
        return layer

    return made


HELPERS: Mapping[str, Maker] = {
    "Weight": weight, "ReadWeight": read_weight, "Constant": constant, "WithBatch": with_batch,
    "Positions": positions, "Sinusoids": sinusoids, "Noise": noise, "LossTerm": loss_term,
    "LossTerms": loss_term,
    "Kept": kept,
    "SummedEmbedding": embedding, "TiedEmbedding": tied(embedding, "embeddings"),
    "TiedDense": tied(dense, "kernel"),
    "FrozenAttention": untrained(multi_head_attention),
    "FrozenGroupAttention": untrained(grouped_attention),
    "HeadsAttention": heads_attention, "Attention": attention,
    "MaskedAttention": masked_attention,
    "PaddedAveragePool": padded_average_pool, "PixelShuffle": pixel_shuffle,
    "PixelUnshuffle": pixel_unshuffle, "RMSNorm": rms_norm, "Gather": gather,
    "FlipFirst": flip_first, "SameSize": same_size, "MultipleOf": multiple_of,
    "FirstOf": first_of,
}  # fmt: skip
