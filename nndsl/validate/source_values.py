"""What functions, activations, merges and shapes of the language mean, as terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.ir.steps import OpStep
from nndsl.ops.base import Op, Recipe, Settings
from nndsl.ops.numbers import Dim
from nndsl.validate.recipes import activation_of
from nndsl.validate.source import BATCH, Held, Made, Site
from nndsl.validate.source_shapes import SHAPES, out_shape
from nndsl.validate.terms import Tensor

Reader = Callable[[Site], Made]

# Elementwise activations and the settings that they have.
ACTIVATIONS: Mapping[str, tuple[str, ...]] = {
    "relu": (), "relu6": (), "leaky_relu": ("slope",), "elu": ("alpha",), "selu": (),
    "celu": ("alpha",), "gelu": ("approximate",), "silu": (), "mish": (), "softplus": (),
    "softsign": (), "squareplus": ("b",), "tanh": (), "sigmoid": (), "log_sigmoid": (),
    "hard_sigmoid": (), "hard_silu": (), "hard_tanh": (), "tanh_shrink": (),
    "hard_shrink": ("limit",), "soft_shrink": ("limit",), "threshold": ("limit", "value"),
}  # fmt: skip
ALONG = ("softmax", "log_softmax")


def activated(site: Site, x: Tensor, recipe: Recipe) -> Tensor:
    """The activation that a layer's setting holds, along the layer's channels."""
    op, settings = activation_of(recipe)
    axis = settings.items.get("axis")
    type_ = site.step.outs[0].type if isinstance(site.step, OpStep) else site.type
    at = type_.channel_axis if axis is None else settings.int("axis") % type_.rank
    return activate(site, op, settings, x, site.axis(at))


def activate(site: Site, op: Op, settings: Settings, x: Tensor, axis: int) -> Tensor:
    """One activation; `axis` is for those that go along one. See rule `identity`."""
    if op.word == "identity":
        return x
    if op.word in ALONG:
        return site.meaning.along(op.word, x, axis)
    if op.word == "glu":
        return _glu(site, x, axis)
    numbers = {name: _plain(settings, name) for name in ACTIVATIONS[op.word]}
    return site.meaning.each(op.word, x, dtype="float", **numbers)


def _plain(settings: Settings, name: str) -> float | bool:
    value = settings.get(name)
    if isinstance(value, bool):
        return value
    return bool(value) if name == "approximate" else settings.float(name)


def _glu(site: Site, x: Tensor, axis: int) -> Tensor:
    half = x.shape[axis] // 2
    assert isinstance(half, int), half
    left = site.meaning.slice(x, [(axis, 0, half, 1)])
    right = site.meaning.slice(x, [(axis, half, None, 1)])
    return site.meaning.each("multiply", left, site.meaning.each("sigmoid", right))


def _activation(site: Site) -> Held:
    axis = site.settings.items.get("axis")
    at = site.axis(axis) if isinstance(axis, int) else -1
    return site.hold(activate(site, site.op, site.settings, site.x, at))


# ---- elementwise and merges ----------------------------------------------------------------------


def _operands(site: Site) -> list[Tensor]:
    """The operands of one rank per example, number operands in their places."""
    found = site.together(site.held)
    left, right = site.settings.items.get("left"), site.settings.items.get("right")
    if isinstance(left, int | float):
        found.insert(1 if site.op.word == "where" else 0, site.meaning.tensor(left))
    if isinstance(right, int | float):
        found.append(site.meaning.tensor(right))
    return found


def _elementwise(dtype: str = "") -> Reader:
    def read(site: Site) -> Held:
        kind = dtype or site.dtype
        return site.hold(site.meaning.each(site.op.word, *_operands(site), dtype=kind), site.some)

    return read


def _merge(site: Site) -> Held:
    operands = _operands(site)
    if site.op.word in ("maximum", "minimum"):  # a number's place makes no difference: it is last
        operands.sort(key=lambda tensor: tensor.term.op == "number")
    return site.hold(site.meaning.chain(site.op.word, operands), site.some)


def _average(site: Site) -> Held:
    return site.hold(site.meaning.average(_operands(site)), site.some)


def _clip(site: Site) -> Held:
    low, high = site.settings.items.get("low"), site.settings.items.get("high")
    bounds = [value if isinstance(value, int | float) else None for value in (low, high)]
    return site.hold(site.meaning.clip(site.x, *bounds))


def _cast(site: Site) -> Held:
    return site.hold(site.meaning.cast(site.x, site.dtype))


def _concat(site: Site) -> Held:
    if len(site.held) == 1:
        return site.held[0]
    some = site.some
    axis = site.settings.int("axis") + some
    return site.hold(site.meaning.concat(_batch_together(site), axis), some)


def _stack(site: Site) -> Held:
    some = site.some
    axis = site.settings.int("axis") + some
    expanded = [site.meaning.expand(tensor, axis) for tensor in _batch_together(site)]
    return site.hold(site.meaning.concat(expanded, axis), some)


def _batch_together(site: Site) -> list[Tensor]:
    """Operands of which some have a batch: the others get an axis of size 1 for it."""
    some = site.some
    return [
        held.tensor if held.batched or not some else site.meaning.expand(held.tensor, 0)
        for held in site.held
    ]


# ---- reductions and made values ------------------------------------------------------------------


def _reduction(site: Site) -> Held:
    s = site.settings
    axes = [site.axis(axis) for axis in s.ints("axis")]
    keep = s.flag("keepdims")
    if not axes:
        return site.hold(_of_one(site))
    return site.hold(site.meaning.reduce(site.op.word, site.x, axes, keep, site.dtype))


def _of_one(site: Site) -> Tensor:
    """A reduction of one number: spread is 0, all else the number itself."""
    if site.op.word in ("var", "std"):
        return filled(site, site.x.shape, 0.0, site.dtype)
    return site.meaning.cast(site.x, site.dtype)


def _norm(site: Site) -> Held:
    s = site.settings
    axes = [site.axis(axis) for axis in s.ints("axis")]
    if not axes:
        return site.hold(site.meaning.each("abs", site.x, dtype="float"))
    return site.hold(site.meaning.norm(site.x, axes, s.int("order"), s.flag("keepdims")))


def _index_of(site: Site) -> Held:
    s = site.settings
    axis = site.axis(s.int("axis"))
    keep = s.flag("keepdims")
    return site.hold(site.meaning.reduce(site.op.word, site.x, [axis], keep, "int"))


def _top_k(site: Site) -> Made:
    values, indices = site.meaning.top_k(site.x, site.settings.int("k"))
    return site.hold(values), site.hold(indices)


def _one_hot(site: Site) -> Held:
    return site.hold(site.meaning.one_hot(site.x, site.settings.int("n")))


def _matmul(site: Site) -> Held:
    ranks = [held.tensor.rank - held.batched for held in site.held]
    outer = "abcdefgh"[: max(max(ranks) - 2, 0)]
    first = outer[len(outer) - max(ranks[0] - 2, 0) :] + ("n" if ranks[0] > 1 else "") + "k"
    second = outer[len(outer) - max(ranks[1] - 2, 0) :] + "k" + ("m" if ranks[1] > 1 else "")
    result = outer + ("n" if ranks[0] > 1 else "") + ("m" if ranks[1] > 1 else "")
    return _contracted(site, [first, second], result)


def _contracted(site: Site, words: list[str], result: str) -> Held:
    """With a letter for the batch where an operand has one."""
    batch = next(c for c in "zyxwvutsrqp" if c not in "".join(words))
    given = [batch * held.batched + word for held, word in zip(site.held, words, strict=True)]
    some = site.some
    tensors = [held.tensor for held in site.held]
    return site.hold(site.meaning.contract(tensors, given, batch * some + result), some)


def _einsum(site: Site) -> Held:
    given, _, result = str(site.settings.get("equation")).replace(" ", "").partition("->")
    return _contracted(site, given.split(","), result)


def _constant(site: Site) -> Held:
    value = site.settings.get("value")
    dtype = site.dtype
    return Held(site.meaning.known(value, dtype), False)


def _full(site: Site) -> Held:
    value = site.settings.float("value")
    return Held(filled(site, out_shape(site), value, site.dtype), False)


def filled(site: Site, shape: tuple[Dim, ...], value: float, dtype: str) -> Tensor:
    return site.meaning.full(shape, value, dtype)


def _like(value: float) -> Reader:
    def read(site: Site) -> Held:
        return site.hold(filled(site, site.x.shape, value, site.x.dtype))

    return read


def _eye(site: Site) -> Held:
    n = site.settings.int("n")
    return Held(site.meaning.constant("eye", (n, n), "float", n=n), False)


def _arange(site: Site) -> Held:
    return Held(site.meaning.arange(site.settings.int("n")), False)


def _positions(site: Site) -> Held:
    return Held(site.meaning.arange(site.x.shape[site.axis(0)]), False)


def _noise(site: Site) -> Held:
    return site.hold(site.meaning.noise(site.x))


def _per_example(site: Site) -> Held:
    held = site.held[0]
    if held.batched or not site.some:
        return held
    wide = site.meaning.expand(held.tensor, 0)
    return Held(site.meaning.broadcast(wide, (BATCH, *wide.shape[1:])), True)


def _sinusoids(site: Site) -> Held:
    shape = site.x.shape[1:] if site.batched else site.x.shape
    base = site.settings.float("base")
    return Held(site.meaning.constant("sinusoids", shape, "float", base=base), False)


def _random(site: Site) -> Held:
    shared = {"SpatialDropout": site.spatial if site.word == "SpatialDropout" else (),
              "DropPath": tuple(range(1, site.x.rank))}.get(site.word, ())  # fmt: skip
    rate = site.settings.float("rate")
    return site.hold(site.meaning.dropout(site.x, rate, shared, site.frozen))


def _disturb(setting: str) -> Reader:
    def read(site: Site) -> Held:
        amount = site.settings.float(setting)
        return site.hold(site.meaning.disturb(site.op.word, site.x, site.frozen, amount))

    return read


def _pack(site: Site) -> Held:
    parts = tuple(held.tensor for held in site.held)
    return Held(parts[0], site.some, parts)


def _open(site: Site) -> Made:
    held = site.held[0]
    return tuple(Held(part, held.batched) for part in held.parts)


def _for(reader: Reader, *words: str) -> dict[str, Reader]:
    return dict.fromkeys(words, reader)


VALUES: Mapping[str, Reader] = {
    **SHAPES,
    **_for(_activation, *ACTIVATIONS, *ALONG, "identity", "glu"),
    **_for(_merge, "add", "multiply", "maximum", "minimum"),
    **_for(
        _elementwise(), "subtract", "divide", "power", "floor_divide", "mod", "where", "exp",
        "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "erf",
        "negative", "abs", "sign", "square", "floor", "ceil", "round", "equal", "not_equal",
        "less", "less_equal", "greater", "greater_equal", "logical_and", "logical_or",
        "logical_xor", "logical_not",
    ),
    **_for(
        _reduction, "sum", "prod", "mean", "var", "std", "max", "min", "any", "all", "logsumexp",
    ),
    **_for(_index_of, "argmax", "argmin"),
    "DropPath": _random,
    "Dropout": _random,
    "GaussianDropout": _disturb("rate"),
    "GaussianNoise": _disturb("deviation"),
    "SpatialDropout": _random,
    "arange": _arange,
    "average": _average,
    "cast": _cast,
    "clip": _clip,
    "concat": _concat,
    "constant": _constant,
    "einsum": _einsum,
    "eye": _eye,
    "full": _full,
    "matmul": _matmul,
    "noise": _noise,
    "norm": _norm,
    "one_hot": _one_hot,
    "ones_like": _like(1.0),
    "open_state": _open,
    "pack_state": _pack,
    "per_example": _per_example,
    "positions": _positions,
    "sinusoids": _sinusoids,
    "stack": _stack,
    "top_k": _top_k,
    "zeros_like": _like(0.0),
}  # fmt: skip
