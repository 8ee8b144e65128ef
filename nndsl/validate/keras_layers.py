"""What the layers of keras.layers mean, from keras.io (version 3): dense, windows, norms, shapes.

Each maker has the constructor's own parameters; `**base` are those of keras.layers.Layer. Weights
are made at the first call, as Keras builds them. The batch is axis 0 and the channels are last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.ops.numbers import Dim
from nndsl.validate.keras_init import activated, activate, number, regularizer, start_of
from nndsl.validate.keras_values import Layer, Made, State, Variable
from nndsl.validate.layers import known_sides
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

    def run(x: Tensor, training: object = None) -> Tensor:
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


def _sides(
    layer: Layer, padding: object, size: Sequence[int], dilation: Sequence[int]
) -> Sides:
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


# ---- norms ---------------------------------------------------------------------------------------


def _scale(
    state: State, layer: Layer, shape: Sequence[Dim], scale: object, center: object, gamma: object,
    beta: object,
) -> list[Tensor | None]:  # fmt: skip
    return [
        variable(state, layer, "gamma", shape, gamma) if scale else None,
        variable(state, layer, "beta", shape, beta) if center else None,
    ]


def batch_norm(
    state: State, axis: object = -1, momentum: object = 0.99, epsilon: object = 0.001,
    center: object = True, scale: object = True, beta_initializer: object = "zeros",
    gamma_initializer: object = "ones", moving_mean_initializer: object = "zeros",
    moving_variance_initializer: object = "ones", **base: object,
) -> Layer:  # fmt: skip
    """In inference while it is called so, or not trainable."""
    layer = new(state, "BatchNormalization", base)

    def run(x: Tensor, training: object = None) -> Tensor:
        at = whole(axis) % x.rank
        shape = (x.shape[at],)
        both = _scale(state, layer, shape, scale, center, gamma_initializer, beta_initializer)
        moving = [
            variable(state, layer, name, shape, start, fixed=True)
            for name, start in (
                ("moving_mean", moving_mean_initializer),
                ("moving_variance", moving_variance_initializer),
            )
        ]
        still = state.still or training is False or not layer.trainable or bool(state.frozen)
        return state.meaning.batch_norm(x, at, both, moving, number(epsilon), number(momentum),
                                        still)  # fmt: skip

    layer.run = run
    return layer


def layer_norm(
    state: State, axis: object = -1, epsilon: object = 0.001, center: object = True,
    scale: object = True, beta_initializer: object = "zeros", gamma_initializer: object = "ones",
    **base: object,
) -> Layer:  # fmt: skip
    layer = new(state, "LayerNormalization", base)

    def run(x: Tensor) -> Tensor:
        given = axis if isinstance(axis, list | tuple) else (axis,)
        axes = sorted(whole(each) % x.rank for each in given)
        shape = [x.shape[each] for each in axes]
        both = _scale(state, layer, shape, scale, center, gamma_initializer, beta_initializer)
        return state.meaning.layer_norm("LayerNorm", x, axes, both, number(epsilon))

    layer.run = run
    return layer


def rms_norm(state: State, axis: object = -1, epsilon: object = 1e-6, **base: object) -> Layer:
    """Its weight is called `scale`, and always there."""
    layer = new(state, "RMSNormalization", base)

    def run(x: Tensor) -> Tensor:
        at = whole(axis) % x.rank
        gamma = variable(state, layer, "scale", (x.shape[at],), "ones")
        return state.meaning.layer_norm("RMSNorm", x, [at], [gamma, None], number(epsilon))

    layer.run = run
    return layer


def group_norm(
    state: State, groups: object = 32, axis: object = -1, epsilon: object = 0.001,
    center: object = True, scale: object = True, beta_initializer: object = "zeros",
    gamma_initializer: object = "ones", **base: object,
) -> Layer:  # fmt: skip
    """-1 groups: one for every channel."""
    layer = new(state, "GroupNormalization", base)

    def run(x: Tensor) -> Tensor:
        at = whole(axis) % x.rank
        channels = x.shape[at]
        if not isinstance(channels, int):
            raise Misfit(f"{layer!r} on {x.shape}")
        parts = channels if whole(groups) == -1 else whole(groups)
        both = _scale(state, layer, (channels,), scale, center, gamma_initializer,
                      beta_initializer)  # fmt: skip
        return state.meaning.group_norm(x, at, parts, both, number(epsilon))

    layer.run = run
    return layer


def prelu(
    state: State, alpha_initializer: object = "zeros", shared_axes: object = None, **base: object
) -> Layer:
    """One slope for each position of the axes that are not shared: here the channels alone."""
    layer = new(state, "PReLU", base)

    def run(x: Tensor) -> Tensor:
        shared = shared_axes if isinstance(shared_axes, list | tuple) else ()
        if sorted(whole(each) for each in shared) != list(range(1, x.rank - 1)):
            raise Misfit("a PReLU with a slope for each position")
        alpha = variable(state, layer, "alpha", (x.shape[-1],), alpha_initializer)
        return state.meaning.each("PReLU", x, alpha)

    layer.run = run
    return layer


# ---- noise, shapes -------------------------------------------------------------------------------


def still(state: State, training: object) -> bool:
    return state.still or training is False


def dropout(kind: str, shared: Callable[[Tensor], Sequence[int]]) -> Maker:
    def make(
        state: State, rate: object, noise_shape: object = None, seed: object = None, **base: object
    ) -> Layer:
        layer = new(state, kind, base)

        def run(x: Tensor, training: object = None) -> Tensor:
            alike = list(shared(x))
            if isinstance(noise_shape, list | tuple):
                alike = [axis for axis, dim in enumerate(noise_shape) if dim == 1]
            return state.meaning.dropout(x, number(rate), alike, still(state, training))

        layer.run = run
        return layer

    return make


def disturb(kind: str) -> Maker:
    def make(state: State, amount: object, seed: object = None, **base: object) -> Layer:
        layer = new(state, kind, base)
        layer.run = lambda x, training=None: state.meaning.disturb(
            kind, x, still(state, training), number(amount)
        )
        return layer

    return make


def simple(kind: str, run: Callable[..., Tensor]) -> Maker:
    """A layer without weights: a function of its tensor and what its constructor was given."""

    def make(state: State, *args: object, **kwargs: object) -> Layer:
        base = {key: kwargs.pop(key) for key in ("name", "trainable", "dtype") if key in kwargs}
        layer = new(state, kind, base)
        layer.run = lambda x: run(state, x, *args, **kwargs)
        return layer

    return make


def activation(state: State, x: Tensor, activation: object) -> Tensor:
    return activated(state, activation, x)


def flatten(state: State, x: Tensor) -> Tensor:
    if x.rank == 1:
        return state.meaning.expand(x, 1)
    return state.meaning.merge(x, 1, x.rank - 1)


def reshape(state: State, x: Tensor, target_shape: object) -> Tensor:
    if not isinstance(target_shape, list | tuple):
        raise Unreadable(f"Reshape to {target_shape!r}")
    sizes = [x.shape[0], *(whole(dim) for dim in target_shape)]
    return state.meaning.reshape(x, sizes)


def permute(state: State, x: Tensor, dims: object) -> Tensor:
    if not isinstance(dims, list | tuple):
        raise Unreadable(f"Permute by {dims!r}")
    return state.meaning.permute(x, (0, *(whole(dim) for dim in dims)))


def margins(value: object, n: int) -> tuple[tuple[int, int], ...]:
    """One number, one an axis, or a pair an axis (1-D: the pair itself)."""
    if isinstance(value, int):
        return ((value, value),) * n
    if not isinstance(value, list | tuple):
        raise Unreadable(f"margins {value!r}")
    if n == 1 and len(value) == 2 and all(isinstance(each, int) for each in value):
        return ((whole(value[0]), whole(value[1])),)
    if len(value) != n:
        raise Unreadable(f"margins {value!r} for {n} axes")
    return tuple(
        (each, each) if isinstance(each, int) else (whole(each[0]), whole(each[1]))
        for each in value
    )


def zero_padding(n: int) -> Callable[..., Tensor]:
    def run(state: State, x: Tensor, padding: object = 1) -> Tensor:
        pairs = margins(padding, n)
        sides: list[tuple[int, Dim, Dim]] = [
            (axis, low, high) for axis, (low, high) in enumerate(pairs, 1)
        ]
        return state.meaning.pad(x, sides)

    return run


def cropping(n: int) -> Callable[..., Tensor]:
    def run(state: State, x: Tensor, cropping: object = 1) -> Tensor:
        pairs = margins(cropping, n)
        cuts = [(axis, low, -high or None, 1) for axis, (low, high) in enumerate(pairs, 1)]
        return state.meaning.slice(x, cuts)

    return run


def upsampling(n: int) -> Callable[..., Tensor]:
    def run(
        state: State, x: Tensor, size: object = 2, data_format: object = None,
        interpolation: object = "nearest",
    ) -> Tensor:  # fmt: skip
        if interpolation not in ("nearest", "bilinear") or (n != 2 and interpolation != "nearest"):
            raise Unreadable(f"UpSampling with {interpolation!r}")
        return state.meaning.upsample(x, range(1, n + 1), per_axis(size, n), str(interpolation))

    return run


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
    "BatchNormalization": batch_norm, "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm, "GroupNormalization": group_norm, "PReLU": prelu,
    "Dropout": dropout("Dropout", lambda x: ()),
    **{f"SpatialDropout{n}D": dropout(f"SpatialDropout{n}D", lambda x: range(1, x.rank - 1))
       for n in (1, 2, 3)},
    "GaussianNoise": disturb("GaussianNoise"), "GaussianDropout": disturb("GaussianDropout"),
    "Activation": simple("Activation", activation), "Flatten": simple("Flatten", flatten),
    "Reshape": simple("Reshape", reshape), "Permute": simple("Permute", permute),
    **{f"ZeroPadding{n}D": simple(f"ZeroPadding{n}D", zero_padding(n)) for n in (1, 2, 3)},
    **{f"Cropping{n}D": simple(f"Cropping{n}D", cropping(n)) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": simple(f"UpSampling{n}D", upsampling(n)) for n in (1, 2, 3)},
}  # fmt: skip

__all__ = ["LAYERS", "Made", "activate", "known_sides"]
