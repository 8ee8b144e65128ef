"""Initialisers by their Keras names, and the numbers that they come to with the compiler's fans.

Targets get deviations and limits, not names: namesakes are different distributions in the two
frameworks.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from nndsl._record import NamedTuple
from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ops.base import Init, Word
from nndsl.ops.numbers import Dim, OpenDim, product
from nndsl.source import Span

# The deviation of a standard normal distribution cut at two deviations (Keras' VarianceScaling,
# scipy.stats.truncnorm.std(-2, 2)).
CUT_DEVIATION = 0.87962566103423978
FORGET_ONE = "forget_one"  # an LSTM's bias: 0, and 1 for the forget gate; no word of the language
DEFAULT_SPREAD = 0.05  # of Keras' RandomNormal, RandomUniform and TruncatedNormal


class Initializer(NamedTuple):
    """What an initialiser takes: the names of its numbers, and their defaults from the right.

    doc: in words. lowest: the last number is at least this (deviations and scales). formula:
    numpy, its last line the result; docs/semantics.md has the names and prints it.
    """

    numbers: tuple[str, ...]
    defaults: tuple[float | int, ...]
    doc: str
    formula: str
    lowest: float | None = None


class Scaling(NamedTuple):
    """A variance-scaling rule: variance = scale / fan. mode: fan_in | fan_avg."""

    scale: float
    mode: str
    distribution: str  # uniform | truncated_normal


class Start(NamedTuple):
    """A distribution and its numbers.

    constant (value); normal (mean, deviation); uniform (low, high); truncated_normal (mean,
    deviation of the normal distribution before it is cut at two deviations); orthogonal (gain);
    identity (gain); forget_one (no numbers): 0, and 1 in the second quarter.
    """

    distribution: str
    numbers: tuple[float, ...]


SCALINGS: Mapping[str, Scaling] = {
    "glorot_uniform": Scaling(1.0, "fan_avg", "uniform"),
    "glorot_normal": Scaling(1.0, "fan_avg", "truncated_normal"),
    "he_uniform": Scaling(2.0, "fan_in", "uniform"),
    "he_normal": Scaling(2.0, "fan_in", "truncated_normal"),
    "lecun_uniform": Scaling(1.0, "fan_in", "uniform"),
    "lecun_normal": Scaling(1.0, "fan_in", "truncated_normal"),
}

MATRICES = ("orthogonal", "identity")

_SCALED = "variance {:g} / {}, {}"
_SCALE = {
    "fan_avg": "2 * {:g} / (fan_in + fan_out)",
    "fan_in": "{:g} / fan_in",
}
_SHAPED = {
    "uniform": "sqrt(3 * {}) * (2 * random(shape) - 1)",
    "truncated_normal": f"sqrt({{}}) / {CUT_DEVIATION!r} * cut_normal(shape)",
}


def _scaled(rule: Scaling) -> Initializer:
    variance = _SCALE[rule.mode].format(rule.scale)
    doc = _SCALED.format(rule.scale, rule.mode, rule.distribution)
    return Initializer((), (), doc, _SHAPED[rule.distribution].format(variance))


_ORTHOGONAL = """
    columns = shape[-1]
    rows = prod(shape[:-1])
    q, r = linalg.qr(standard_normal((max(rows, columns), min(rows, columns))))
    q = q * sign(diag(r))
    gain * (q if rows >= columns else q.T).reshape(shape)
    """

INITIALIZERS: Mapping[str, Initializer] = {
    "zeros": Initializer((), (), "all 0", "zeros(shape)"),
    "ones": Initializer((), (), "all 1", "ones(shape)"),
    "constant": Initializer(("value",), (), "all the same number", "full(shape, value)"),
    "normal": Initializer(
        ("mean", "deviation"), (0.0, DEFAULT_SPREAD), "a normal distribution; one number is its "
        "deviation", "mean + deviation * standard_normal(shape)", 0.0),
    "uniform": Initializer(
        ("low", "high"), (-DEFAULT_SPREAD, DEFAULT_SPREAD), "evenly between two numbers; one "
        "number stands for both sides of 0", "low + (high - low) * random(shape)"),
    "truncated_normal": Initializer(
        ("mean", "deviation"), (0.0, DEFAULT_SPREAD), "a normal distribution cut at two of its "
        "deviations; one number is the deviation before the cut",
        "mean + deviation * cut_normal(shape)", 0.0),
    **{name: _scaled(rule) for name, rule in SCALINGS.items()},
    "variance_scaling": Initializer(
        ("scale",), (1.0,), "variance scale / fan_in, truncated_normal",
        _SHAPED["truncated_normal"].format("scale / fan_in"), 0.0),
    "orthogonal": Initializer(("gain",), (1.0,), "gain times an orthogonal matrix", _ORTHOGONAL),
    "identity": Initializer(
        ("gain",), (1.0,), "gain times the identity matrix", "gain * eye(*shape)"),
}  # fmt: skip

ALIASES: Mapping[str, str] = {
    "random_normal": "normal",
    "random_uniform": "uniform",
    "kaiming_normal": "he_normal",
    "kaiming_uniform": "he_uniform",
    "xavier_normal": "glorot_normal",
    "xavier_uniform": "glorot_uniform",
}


def check_initializer(word: Word, where: Span, setting: str) -> Word:
    """The canonical word with all its numbers; NN104 where it is none or its numbers are wrong."""
    name = ALIASES.get(word.name, word.name)
    known = INITIALIZERS.get(name)
    if known is None:
        raise fail(
            "NN104",
            where,
            f"`{setting}` wants an initialiser, and there is none called {word.name}",
            did_you_mean(word.name, (*INITIALIZERS, *ALIASES)),
        )
    numbers = _filled(name, word.args, known)
    if numbers is None or not _in_bounds(name, numbers, known):
        raise fail(
            "NN104", where, f"`{setting}`: {name} takes {_wanted(known)}", f"{name}: {known.doc}"
        )
    return Word(name, numbers)


def refuse_shape(name: str, shape: tuple[Dim, ...], where: Span, weight: str) -> None:
    """NN104 where an initialiser makes matrices and the weight is none: neither Keras nor PyTorch
    starts a vector so, nor a kernel of more than two axes with the identity. The two biases of a
    GRU are two vectors."""
    bias = weight.endswith("bias")
    fits = len(shape) == 2 or (len(shape) > 2 and name != "identity")
    if name not in MATRICES or (fits and not bias):
        return
    kernel = len(shape) > 2
    kind = f"kernel of {len(shape)} axes" if kernel else "vector" if shape else "number"
    raise fail(
        "NN104",
        where,
        f"{name} starts matrices, and `{weight}` is a {kind}",
        f"take another initialiser, such as {'orthogonal' if kernel else 'zeros'}",
    )


def _filled(
    name: str, given: tuple[float | int, ...], known: Initializer
) -> tuple[float | int, ...] | None:
    """All numbers of an initialiser; None where there are too many or too few."""
    if len(given) == 1 and name == "uniform":
        return -given[0], given[0]
    if len(given) == 1 and len(known.numbers) == 2:
        return known.defaults[0], given[0]
    missing = len(known.numbers) - len(given)
    if missing < 0 or missing > len(known.defaults):
        return None
    return (*given, *known.defaults[len(known.defaults) - missing :]) if missing else given


def _in_bounds(name: str, numbers: tuple[float | int, ...], known: Initializer) -> bool:
    if any(float(n) != float(n) or abs(float(n)) == float("inf") for n in numbers):
        return False
    if name == "uniform":
        return float(numbers[0]) <= float(numbers[1])
    return known.lowest is None or float(numbers[-1]) >= known.lowest


def _wanted(known: Initializer) -> str:
    if not known.numbers:
        return "no numbers"
    least = "" if known.lowest is None else f", the last at least {known.lowest:g}"
    return f"({', '.join(known.numbers)}){least}"


def fans_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight by Keras' rule for its shape.

    A vector's fans are its length; a matrix' its sides; further axes in front multiply both.
    Source: `compute_fans` in keras/src/initializers/random_initializers.py.
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = _closed(product(shape[:-2]))
    return _closed(field * shape[-2]), _closed(field * shape[-1])


def _closed(dim: Dim) -> int:
    assert not isinstance(dim, OpenDim), "a weight has no open dimension"
    return dim


def scaling_of(init: Init) -> Scaling | None:
    """The variance-scaling rule of an initialiser; None where it has fixed numbers."""
    if init.name == "variance_scaling":
        return Scaling(float(init.args[0]) if init.args else 1.0, "fan_in", "truncated_normal")
    return SCALINGS.get(init.name)


def describe(init: Init, fans: tuple[int, int]) -> Start:
    """The distribution of a weight's start, in numbers.

    Scaled: variance = scale / fan; a uniform limit is sqrt(3 variance), a truncated deviation is
    sqrt(variance) / 0.8796… (Keras' VarianceScaling).
    """
    rule = scaling_of(init)
    if rule is None:
        return _fixed(init)
    fan_in, fan_out = (int(fan) for fan in fans)
    fan = fan_in if rule.mode == "fan_in" else (fan_in + fan_out) / 2
    variance = rule.scale / max(1.0, fan)
    if rule.distribution == "uniform":
        limit = sqrt(3.0 * variance)
        return Start("uniform", (-limit, limit))
    return Start("truncated_normal", (0.0, sqrt(variance) / CUT_DEVIATION))


def _fixed(init: Init) -> Start:
    if init.name == FORGET_ONE:
        return Start(FORGET_ONE, ())
    if init.name in ("zeros", "ones"):
        return Start("constant", (0.0 if init.name == "zeros" else 1.0,))
    known = INITIALIZERS[init.name]
    numbers = _filled(init.name, init.args, known)
    assert numbers is not None, init
    return Start(init.name, tuple(float(number) for number in numbers))
