"""What the layers of keras.layers mean, from keras.io (version 3): dense layers and windows.

Each maker has the constructor's own parameters; `**base` are those of keras.layers.Layer. Weights
are made at the first call, as Keras builds them. The batch is axis 0 and the channels are last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.ops.numbers import Dim
from nndsl.validate.keras_init import activated, regularizer, start_of
from nndsl.validate.keras_values import Layer, State, Variable
from nndsl.validate.meaning import Sides
from nndsl.validate.objects import Unreadable
from nndsl.validate.sequences import Sequences
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

Maker = Callable[..., Layer]


def new(state: State, kind: str, base: Mapping[str, object]) -> Layer:
    """A layer with what keras.layers.Layer takes."""
    known = {"name", "trainable", "dtype"}
    if base.keys() - known:
        raise Unreadable(f"{kind} does not take {sorted(base.keys() - known)}")
    name = base.get("name")
    state.named += 1
    layer = Layer(kind, str(name) if name is not None else f"{kind}_{state.named}")
    layer.trainable = base.get("trainable", True) is True
    return layer


def variable(
    state: State, layer: Layer, name: str, shape: Sequence[Dim], start: object,
    penalty: object = None, fixed: bool = False, fan_shape: Sequence[Dim] | None = None,
    lay: Callable[[Sequences, Tensor], Tensor] | None = None,
) -> Tensor:  # fmt: skip
    """A weight of a layer, made at its first use. shape: in the language's layout."""
    found = layer.variables.get(name)
    if found is None:
        if any(not isinstance(dim, int) for dim in shape):
            raise Misfit(f"{layer!r}: a weight {name} of {tuple(shape)}")
        begin = start_of(start, tuple(fan_shape or shape))
        found = Variable(tuple(shape), begin, fixed, lay)
        found.fact = regularizer(penalty)
        layer.variables[name] = found
    if found.shape != tuple(shape):
        raise Misfit(f"{layer!r} was built for {found.shape}, now {tuple(shape)} is wanted")
    return state.weight(layer, name)


def whole(value: object) -> int:
    if not isinstance(value, int):
        raise Unreadable(f"a whole number is wanted, not {value!r}")
    return int(value)


def per_axis(value: object, count: int) -> tuple[int, ...]:
    if isinstance(value, list | tuple):
        if len(value) != count:
            raise Unreadable(f"{value!r} has not {count} entries")
        return tuple(whole(each) for each in value)
    return (whole(value),) * count


def expect(x: Tensor, rank: int, layer: Layer) -> None:
    if x.rank != rank:
        raise Misfit(f"{layer!r} takes {rank} axes, not {x.shape}")


# ---- dense ---------------------------------------------------------------------------------------


def dense(
    state: State, units: object, activation: object = None, use_bias: object = True,
    kernel_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
    kernel_regularizer: object = None, **base: object,
) -> Layer:  # fmt: skip
    layer = new(state, "Dense", base)

    def run(x: Tensor) -> Tensor:
        kernel, bias = _dense_weights(state, layer, x.shape[-1], whole(units), use_bias,
                                      kernel_initializer, bias_initializer,
                                      kernel_regularizer)  # fmt: skip
        return activated(state, activation, state.meaning.dense(x, kernel, bias))

    layer.run = run
    return layer


def _dense_weights(
    state: State, layer: Layer, inputs: Dim, units: int, use_bias: object, start: object,
    bias_start: object, penalty: object, prefix: str = "",
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    kernel = variable(state, layer, f"{prefix}kernel", (inputs, units), start, penalty)
    if not use_bias:
        return kernel, None
    return kernel, variable(state, layer, f"{prefix}bias", (units,), bias_start)


def embedding(
    state: State, input_dim: object, output_dim: object,
    embeddings_initializer: object = "uniform", embeddings_regularizer: object = None,
    **base: object,
) -> Layer:  # fmt: skip
    layer = new(state, "Embedding", base)

    def run(ids: Tensor) -> Tensor:
        shape = (whole(input_dim), whole(output_dim))
        table = variable(
            state, layer, "embeddings", shape, embeddings_initializer, embeddings_regularizer
        )
        return state.meaning.embedding(ids, table)

    layer.run = run
    return layer


# ---- convolutions --------------------------------------------------------------------------------


def conv(n: int) -> Maker:
    def make(
        state: State, filters: object, kernel_size: object, strides: object = 1,
        padding: object = "valid", data_format: object = None, dilation_rate: object = 1,
        groups: object = 1, activation: object = None, use_bias: object = True,
        kernel_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
        kernel_regularizer: object = None, **base: object,
    ) -> Layer:  # fmt: skip
        layer = new(state, f"Conv{n}D", base)
        size, outs, parts = per_axis(kernel_size, n), whole(filters), whole(groups)
        steps, spread = per_axis(strides, n), per_axis(dilation_rate, n)
        _refuse(layer, data_format, steps, spread)
        sides = _sides(layer, padding, size, spread)

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            m, channels = state.meaning, x.shape[-1]
            if not isinstance(channels, int) or channels % parts or outs % parts:
                raise Misfit(f"{layer!r} in {parts} groups on {x.shape}")
            inner = channels // parts
            fan_shape = (*size, inner, outs)
            if parts > 1 and inner == 1:
                shape: tuple[int, ...] = (*size, channels, outs // channels)
            else:
                shape = fan_shape
            kernel = variable(state, layer, "kernel", shape, kernel_initializer,
                              kernel_regularizer, fan_shape=fan_shape)  # fmt: skip
            if shape != fan_shape:
                kernel = m.depthwise_kernel(kernel)
            bias = variable(state, layer, "bias", (outs,), bias_initializer) if use_bias else None
            made = m.conv(x, kernel, bias, range(1, n + 1), n + 1, steps, sides, spread, parts)
            return activated(state, activation, made)

        layer.run = run
        return layer

    return make


def _refuse(
    layer: Layer, data_format: object, strides: Sequence[int], dilation: Sequence[int]
) -> None:
    if data_format not in (None, "channels_last"):
        raise Unreadable(f"{layer!r} with data_format={data_format!r}")
    if max(strides) > 1 and max(dilation) > 1:
        raise Unreadable(f"{layer!r}: Keras refuses a stride with a dilation")


def _sides(layer: Layer, padding: object, size: Sequence[int], dilation: Sequence[int]) -> Sides:
    if padding == "same":
        return "same"
    if padding == "valid":
        return ((0, 0),) * len(size)
    if padding == "causal" and len(size) == 1:
        return (((size[0] - 1) * dilation[0], 0),)
    raise Unreadable(f"{layer!r} with padding={padding!r}")


def depthwise(n: int) -> Maker:
    def make(
        state: State, kernel_size: object, strides: object = 1, padding: object = "valid",
        depth_multiplier: object = 1, data_format: object = None, dilation_rate: object = 1,
        activation: object = None, use_bias: object = True,
        depthwise_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
        depthwise_regularizer: object = None, **base: object,
    ) -> Layer:  # fmt: skip
        layer = new(state, f"DepthwiseConv{n}D", base)
        size, steps = per_axis(kernel_size, n), per_axis(strides, n)
        spread, times = per_axis(dilation_rate, n), whole(depth_multiplier)
        _refuse(layer, data_format, steps, spread)
        _even(layer, steps)
        sides = _sides(layer, padding, size, spread)

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            made = _channelwise(state, layer, "kernel", x, size, times, steps, sides, spread,
                                depthwise_initializer, depthwise_regularizer,
                                bias_initializer if use_bias else None)  # fmt: skip
            return activated(state, activation, made)

        layer.run = run
        return layer

    return make


def _even(layer: Layer, strides: Sequence[int]) -> None:
    if len(set(strides)) > 1:
        raise Unreadable(f"{layer!r}: TensorFlow has no unequal depthwise strides")


def _channelwise(
    state: State, layer: Layer, name: str, x: Tensor, size: Sequence[int], times: int,
    steps: Sequence[int], sides: Sides, spread: Sequence[int], start: object, penalty: object,
    bias_start: object,
) -> Tensor:  # fmt: skip
    n, m, channels = len(size), state.meaning, x.shape[-1]
    if not isinstance(channels, int):
        raise Misfit(f"{layer!r} on {x.shape}")
    own = variable(state, layer, name, (*size, channels, times), start, penalty)
    bias = None
    if bias_start is not None:
        bias = variable(state, layer, "bias", (channels * times,), bias_start)
    return m.conv(x, m.depthwise_kernel(own), bias, range(1, n + 1), n + 1, steps, sides, spread,
                  channels)  # fmt: skip


def separable(n: int) -> Maker:
    def make(
        state: State, filters: object, kernel_size: object, strides: object = 1,
        padding: object = "valid", data_format: object = None, dilation_rate: object = 1,
        depth_multiplier: object = 1, activation: object = None, use_bias: object = True,
        depthwise_initializer: object = "glorot_uniform",
        pointwise_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
        depthwise_regularizer: object = None, pointwise_regularizer: object = None,
        **base: object,
    ) -> Layer:  # fmt: skip
        layer = new(state, f"SeparableConv{n}D", base)
        size, steps = per_axis(kernel_size, n), per_axis(strides, n)
        spread, times = per_axis(dilation_rate, n), whole(depth_multiplier)
        outs, ones = whole(filters), (1,) * n
        _refuse(layer, data_format, steps, spread)
        _even(layer, steps)
        sides = _sides(layer, padding, size, spread)

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            between = _channelwise(state, layer, "depthwise_kernel", x, size, times, steps, sides,
                                   spread, depthwise_initializer, depthwise_regularizer,
                                   None)  # fmt: skip
            shape = (*ones, between.shape[-1], outs)
            point = variable(state, layer, "pointwise_kernel", shape, pointwise_initializer,
                             pointwise_regularizer)  # fmt: skip
            bias = variable(state, layer, "bias", (outs,), bias_initializer) if use_bias else None
            made = state.meaning.conv(between, point, bias, range(1, n + 1), n + 1, ones,
                                      ((0, 0),) * n, ones, 1)  # fmt: skip
            return activated(state, activation, made)

        layer.run = run
        return layer

    return make


def conv_transpose(n: int) -> Maker:
    def make(
        state: State, filters: object, kernel_size: object, strides: object = 1,
        padding: object = "valid", output_padding: object = None, data_format: object = None,
        dilation_rate: object = 1, activation: object = None, use_bias: object = True,
        kernel_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
        kernel_regularizer: object = None, **base: object,
    ) -> Layer:  # fmt: skip
        """valid: n s + max(k - s, 0) positions; same: n s, of the rest the smaller half before."""
        layer = new(state, f"Conv{n}DTranspose", base)
        size, steps, outs = per_axis(kernel_size, n), per_axis(strides, n), whole(filters)
        _refuse(layer, data_format, (1,), (1,))
        if output_padding is not None or set(per_axis(dilation_rate, n)) != {1}:
            raise Unreadable(f"{layer!r} with output_padding or dilation")
        if padding not in ("valid", "same"):
            raise Unreadable(f"{layer!r} with padding={padding!r}")
        crop = tuple(_crop(k, s, padding == "same") for k, s in zip(size, steps, strict=True))

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            kernel = variable(state, layer, "kernel", (*size, outs, x.shape[-1]),
                              kernel_initializer, kernel_regularizer)  # fmt: skip
            bias = variable(state, layer, "bias", (outs,), bias_initializer) if use_bias else None
            made = state.meaning.conv_transpose(
                x, kernel, bias, range(1, n + 1), n + 1, steps, crop
            )
            return activated(state, activation, made)

        layer.run = run
        return layer

    return make


def _crop(kernel: int, stride: int, same: bool) -> tuple[int, int]:
    if not same:
        return 0, -max(stride - kernel, 0)
    total = kernel - stride
    before = max(total, 0) // 2
    return before, total - before


# ---- pools ---------------------------------------------------------------------------------------


def pool(op: str, n: int) -> Maker:
    def make(
        state: State, pool_size: object = 2, strides: object = None, padding: object = "valid",
        data_format: object = None, **base: object,
    ) -> Layer:  # fmt: skip
        """What is padded neither wins nor counts."""
        layer = new(state, f"{op}{n}D", base)
        size = per_axis(pool_size, n)
        steps = size if strides is None else per_axis(strides, n)
        _refuse(layer, data_format, (1,), (1,))
        sides = _sides(layer, padding, size, (1,) * n)

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            return state.meaning.pool(op, x, range(1, n + 1), size, steps, sides)

        layer.run = run
        return layer

    return make


def global_pool(op: str, n: int) -> Maker:
    def make(
        state: State, data_format: object = None, keepdims: object = False, **base: object
    ) -> Layer:
        layer = new(state, f"Global{n}D", base)
        _refuse(layer, data_format, (1,), (1,))

        def run(x: Tensor) -> Tensor:
            expect(x, n + 2, layer)
            return state.meaning.reduce(op, x, range(1, n + 1), bool(keepdims))

        layer.run = run
        return layer

    return make


LAYERS: Mapping[str, Maker] = {
    "Dense": dense, "Embedding": embedding,
    **{f"Conv{n}D": conv(n) for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": depthwise(n) for n in (1, 2)},
    **{f"SeparableConv{n}D": separable(n) for n in (1, 2)},
    **{f"Conv{n}DTranspose": conv_transpose(n) for n in (1, 2, 3)},
    **{f"MaxPooling{n}D": pool("MaxPool", n) for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": pool("AvgPool", n) for n in (1, 2, 3)},
    **{f"GlobalAveragePooling{n}D": global_pool("mean", n) for n in (1, 2, 3)},
    **{f"GlobalMaxPooling{n}D": global_pool("max", n) for n in (1, 2, 3)},
}  # fmt: skip
