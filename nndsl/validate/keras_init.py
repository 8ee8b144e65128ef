"""Keras' initialisers, regularisers and activations by name, from keras.io (version 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt

from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim
from nndsl.validate.keras_values import Initializer, Regularizer, State
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

CUT = 0.87962566103423978  # deviation of a standard normal cut at two deviations


def number(value: object) -> float:
    if not isinstance(value, int | float):
        raise Unreadable(f"a number is wanted, not {value!r}")
    return float(value)


# ---- initialisers: a maker with Keras' parameters for each class ---------------------------------


def _numbered(name: str, **defaults: float | None) -> Callable[..., Initializer]:
    order = list(defaults)

    def make(*args: object, **kwargs: object) -> Initializer:
        kwargs.pop("seed", None)
        given = dict(zip(order, args, strict=False)) | kwargs
        if len(args) > len(order) or given.keys() - defaults.keys():
            raise Unreadable(f"{name} takes {order}")
        values = (given.get(key, default) for key, default in defaults.items())
        return Initializer(name, tuple(number(value) for value in values))

    return make


def _scaling(
    scale: object = 1.0, mode: object = "fan_in", distribution: object = "truncated_normal",
    seed: object = None,
) -> Initializer:  # fmt: skip
    return Initializer(f"scaling {mode} {distribution}", (number(scale),))


INITIALIZERS: Mapping[str, Callable[..., Initializer]] = {
    "Zeros": _numbered("zeros"),
    "Ones": _numbered("ones"),
    "Constant": _numbered("constant", value=0.0),
    "RandomNormal": _numbered("normal", mean=0.0, stddev=0.05),
    "RandomUniform": _numbered("uniform", minval=-0.05, maxval=0.05),
    "TruncatedNormal": _numbered("truncated_normal", mean=0.0, stddev=0.05),
    "VarianceScaling": _scaling,
    "GlorotUniform": lambda seed=None: _scaling(1.0, "fan_avg", "uniform"),
    "GlorotNormal": lambda seed=None: _scaling(1.0, "fan_avg"),
    "HeUniform": lambda seed=None: _scaling(2.0, "fan_in", "uniform"),
    "HeNormal": lambda seed=None: _scaling(2.0, "fan_in"),
    "LecunUniform": lambda seed=None: _scaling(1.0, "fan_in", "uniform"),
    "LecunNormal": lambda seed=None: _scaling(1.0, "fan_in"),
    "Orthogonal": _numbered("orthogonal", gain=1.0),
    "Identity": _numbered("identity", gain=1.0),
}
_WORDS = {
    "uniform": "RandomUniform", "normal": "RandomNormal", "one": "Ones", "zero": "Zeros",
}  # fmt: skip


def initializer(value: object) -> Initializer:
    """A string or an object."""
    if isinstance(value, Initializer):
        return value
    if isinstance(value, str):
        name = _WORDS.get(value) or "".join(part.capitalize() for part in value.split("_"))
        if name in INITIALIZERS:
            return INITIALIZERS[name]()
    raise Unreadable(f"no initialiser {value!r}")


def start_of(value: object, shape: tuple[Dim, ...]) -> Start:
    """The distribution of a variable of this shape, with Keras' fans."""
    found = initializer(value)
    if found.name in ("zeros", "ones"):
        return Start("constant", (0.0 if found.name == "zeros" else 1.0,))
    if not found.name.startswith("scaling"):
        return Start(found.name, found.numbers)
    _, mode, distribution = found.name.split()
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = found.numbers[0] / max(1.0, fan)
    if distribution == "uniform":
        limit = sqrt(3 * variance)
        return Start("uniform", (-limit, limit))
    if distribution != "truncated_normal":
        raise Unreadable(f"VarianceScaling with the distribution {distribution}")
    return Start("truncated_normal", (0.0, sqrt(variance) / CUT))


def fans(shape: tuple[Dim, ...]) -> tuple[float, float]:
    """keras/src/initializers/random_initializers.py, compute_fans."""
    sizes = [dim for dim in shape if isinstance(dim, int)]
    if len(sizes) < 2:
        return (sizes[0], sizes[0]) if sizes else (1, 1)
    field = prod(sizes[:-2])
    return sizes[-2] * field, sizes[-1] * field


# ---- regularisers --------------------------------------------------------------------------------


REGULARIZERS: Mapping[str, Callable[..., Regularizer]] = {
    "L1": lambda l1=0.01: Regularizer(number(l1), 0.0),
    "L2": lambda l2=0.01: Regularizer(0.0, number(l2)),
    "L1L2": lambda l1=0.0, l2=0.0: Regularizer(number(l1), number(l2)),
}


def regularizer(value: object) -> tuple[float, float]:
    if value is None:
        return 0.0, 0.0
    if isinstance(value, Regularizer):
        return value.l1, value.l2
    raise Unreadable(f"no regulariser {value!r}")


# ---- activations ---------------------------------------------------------------------------------

# Keras' name: the language's word, and its parameters as (Keras' name, ours, default).
ACTIVATIONS: Mapping[str, tuple[str, tuple[tuple[str, str, float | None], ...]]] = {
    "relu": ("relu", ()), "relu6": ("relu6", ()),
    "leaky_relu": ("leaky_relu", (("negative_slope", "slope", 0.2),)),
    "elu": ("elu", (("alpha", "alpha", 1.0),)), "selu": ("selu", ()),
    "celu": ("celu", (("alpha", "alpha", 1.0),)), "silu": ("silu", ()), "swish": ("silu", ()),
    "mish": ("mish", ()), "softplus": ("softplus", ()), "softsign": ("softsign", ()),
    "squareplus": ("squareplus", (("b", "b", 4.0),)), "tanh": ("tanh", ()),
    "sigmoid": ("sigmoid", ()), "log_sigmoid": ("log_sigmoid", ()),
    "hard_sigmoid": ("hard_sigmoid", ()), "hard_silu": ("hard_silu", ()),
    "hard_swish": ("hard_silu", ()), "hard_tanh": ("hard_tanh", ()),
    "tanh_shrink": ("tanh_shrink", ()),
    "hard_shrink": ("hard_shrink", (("threshold", "limit", 0.5),)),
    "soft_shrink": ("soft_shrink", (("threshold", "limit", 0.5),)),
    "threshold": ("threshold", (("threshold", "limit", None), ("default_value", "value", None))),
}  # fmt: skip


def activate(
    state: State, name: str, x: Tensor, numbers: tuple[object, ...] = (), **named: object
) -> Tensor:
    """One activation with its numbers."""
    if name not in ACTIVATIONS:
        raise Unreadable(f"no activation {name!r}")
    word, parameters = ACTIVATIONS[name]
    given = {key: value for (key, _, _), value in zip(parameters, numbers, strict=False)} | named
    if len(numbers) > len(parameters) or given.keys() - {key for key, _, _ in parameters}:
        raise Unreadable(f"{name} takes {[key for key, _, _ in parameters]}")
    values = {ours: number(given.get(key, default)) for key, ours, default in parameters}
    return state.meaning.each(word, x, dtype="float", **values)


def gelu(state: State, x: Tensor, approximate: object) -> Tensor:
    return state.meaning.each("gelu", x, dtype="float", approximate=bool(approximate))


def glu(state: State, x: Tensor, axis: int) -> Tensor:
    """The first half times the sigmoid of the second."""
    m, total = state.meaning, x.shape[axis]
    if not isinstance(total, int) or total % 2:
        raise Misfit(f"glu halves an axis of {total}")
    left = m.slice(x, [(axis, 0, total // 2, 1)])
    right = m.slice(x, [(axis, total // 2, None, 1)])
    return m.each("multiply", left, m.each("sigmoid", right))


class Own(str):
    """An activation that is a function of the file's, by its name."""

    __slots__ = ()


OWN = ("gelu", "gelu_tanh")


def activated(state: State, activation: object, x: Tensor) -> Tensor:
    """`activation=` of a layer: a string, or none."""
    if activation is None or activation == "linear":
        return x
    if not isinstance(activation, str):
        raise Unreadable(f"the activation {activation!r}")
    if activation == "gelu" or (isinstance(activation, Own) and activation == "gelu_tanh"):
        return gelu(state, x, activation != "gelu")
    if activation in ("softmax", "log_softmax"):
        return state.meaning.along(activation, x, x.rank - 1)
    if activation == "glu":
        return glu(state, x, x.rank - 1)
    return activate(state, activation, x)
