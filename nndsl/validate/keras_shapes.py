"""What norms, noise and shapes of keras.layers mean, from keras.io (version 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.ops.numbers import Dim
from nndsl.validate.keras_init import activated, number
from nndsl.validate.keras_layers import Maker, new, per_axis, variable, whole
from nndsl.validate.keras_values import Layer, State
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

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

    def run(x: Tensor) -> Tensor:
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
        still = state.still or not layer.trainable or bool(state.frozen)
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


def unseeded(layer: Layer, seed: object) -> None:
    """Chance is the run's: a layer with a seed of its own draws the same in every run."""
    if seed is not None:
        raise Misfit(f"{layer!r} draws by a seed of its own")


def dropout(kind: str, shared: Callable[[Tensor], Sequence[int]]) -> Maker:
    def make(
        state: State, rate: object, noise_shape: object = None, seed: object = None, **base: object
    ) -> Layer:
        layer = new(state, kind, base)
        unseeded(layer, seed)

        def run(x: Tensor) -> Tensor:
            alike = list(shared(x))
            if isinstance(noise_shape, list | tuple):
                alike = [axis for axis, dim in enumerate(noise_shape) if dim == 1]
            return state.meaning.dropout(x, number(rate), alike, state.still)

        layer.run = run
        return layer

    return make


def disturb(kind: str) -> Maker:
    def make(state: State, amount: object, seed: object = None, **base: object) -> Layer:
        layer = new(state, kind, base)
        unseeded(layer, seed)
        layer.run = lambda x: state.meaning.disturb(kind, x, state.still, number(amount))
        return layer

    return make


def simple(kind: str, run: Callable[..., Tensor]) -> Maker:
    """A layer without weights: a function of its tensor and what its constructor was given."""

    def make(state: State, *args: object, **kwargs: object) -> Layer:
        base: dict[str, object] = {
            key: kwargs.pop(key) for key in ("name", "trainable", "dtype") if key in kwargs
        }
        layer = new(state, kind, base)
        layer.run = lambda x: run(state, x, *args, **kwargs)
        return layer

    return make


def activation(state: State, x: Tensor, activation: object) -> Tensor:
    return activated(state, activation, x)


def softmax(state: State, x: Tensor, axis: object = -1) -> Tensor:
    return state.meaning.along("softmax", x, whole(axis) % x.rank)


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


SHAPES: Mapping[str, Maker] = {
    "BatchNormalization": batch_norm, "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm, "GroupNormalization": group_norm, "PReLU": prelu,
    "Dropout": dropout("Dropout", lambda x: ()),
    **{f"SpatialDropout{n}D": dropout(f"SpatialDropout{n}D", lambda x: range(1, x.rank - 1))
       for n in (1, 2, 3)},
    "GaussianNoise": disturb("GaussianNoise"), "GaussianDropout": disturb("GaussianDropout"),
    "Activation": simple("Activation", activation), "Softmax": simple("Softmax", softmax),
    "Flatten": simple("Flatten", flatten),
    "Reshape": simple("Reshape", reshape), "Permute": simple("Permute", permute),
    **{f"ZeroPadding{n}D": simple(f"ZeroPadding{n}D", zero_padding(n)) for n in (1, 2, 3)},
    **{f"Cropping{n}D": simple(f"Cropping{n}D", cropping(n)) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": simple(f"UpSampling{n}D", upsampling(n)) for n in (1, 2, 3)},
}  # fmt: skip
