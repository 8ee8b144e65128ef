"""What the functions of keras.ops mean, from keras.io (version 3); the batch is an axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.ops.numbers import Dim
from nndsl.validate.keras_init import ACTIVATIONS, activate, gelu, glu, number
from nndsl.validate.keras_layers import whole
from nndsl.validate.keras_values import Dtype, Made, State
from nndsl.validate.layouts import Operand
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

Function = Callable[..., Made]
_DTYPES = {"int32": "int", "int64": "int", "bool": "bool", "float32": "float", "float": "float"}


def dtype_word(value: object) -> str:
    name = value.name if isinstance(value, Dtype) else value
    if name not in _DTYPES:
        raise Unreadable(f"the dtype {value!r}")
    return _DTYPES[str(name)]


def axis_of(value: object, rank: int) -> int:
    axis = whole(value)
    if not -rank <= axis < rank:
        raise Unreadable(f"there is no axis {axis} of {rank}")
    return axis % rank


def axes_of(value: object, rank: int) -> tuple[int, ...]:
    given = value if isinstance(value, list | tuple) else (value,)
    return tuple(axis_of(each, rank) for each in given)


def operand(value: object) -> Operand:
    if isinstance(value, Tensor | int | float):
        return value
    raise Unreadable(f"a tensor or number is wanted, not {value!r}")


def tensors(values: object) -> list[Tensor]:
    if not isinstance(values, list | tuple) or not all(isinstance(v, Tensor) for v in values):
        raise Unreadable(f"a list of tensors is wanted, not {values!r}")
    return [value for value in values if isinstance(value, Tensor)]


def each(word: str, dtype: str = "") -> Function:
    def run(state: State, *values: object) -> Tensor:
        return state.meaning.each(word, *map(operand, values), dtype=dtype)

    return run


def extreme(word: str) -> Function:
    def run(state: State, x1: object, x2: object) -> Tensor:
        """A number's place makes no difference: it is read last."""
        values = sorted((operand(x1), operand(x2)), key=lambda v: not isinstance(v, Tensor))
        return state.meaning.each(word, *values)

    return run


def clip(state: State, x: Tensor, x_min: object, x_max: object) -> Tensor:
    return state.meaning.clip(x, number(x_min), number(x_max))


def where(state: State, condition: Tensor, x1: object, x2: object) -> Tensor:
    left, right = (state.meaning.tensor(operand(value)) for value in (x1, x2))
    dtype = "float" if "float" in (left.dtype, right.dtype) else left.dtype
    return state.meaning.each("where", condition, left, right, dtype=dtype)


def cast(state: State, x: Tensor, dtype: object) -> Tensor:
    return state.meaning.cast(x, dtype_word(dtype))


# ---- axes ----------------------------------------------------------------------------------------


def transpose(state: State, x: Tensor, axes: object = None) -> Tensor:
    order = tuple(range(x.rank))[::-1] if axes is None else axes_of(axes, x.rank)
    return state.meaning.permute(x, order)


def expand_dims(state: State, x: Tensor, axis: object) -> Tensor:
    given = axis if isinstance(axis, list | tuple) else (axis,)
    rank = x.rank + len(given)
    for at in sorted(axes_of(tuple(given), rank)):
        x = state.meaning.expand(x, at)
    return x


def squeeze(state: State, x: Tensor, axis: object = None) -> Tensor:
    if axis is None:
        return state.meaning.squeeze(x, [a for a, dim in enumerate(x.shape) if dim == 1])
    return state.meaning.squeeze(x, axes_of(axis, x.rank))


def reshape(state: State, x: Tensor, newshape: object) -> Tensor:
    if not isinstance(newshape, list | tuple):
        raise Unreadable(f"reshape to {newshape!r}")
    return state.meaning.reshape(x, [whole(dim) for dim in newshape])


def tile(state: State, x: Tensor, repeats: object) -> Tensor:
    times = repeats if isinstance(repeats, list | tuple) else (repeats,)
    if len(times) != x.rank:
        raise Unreadable(f"tile({repeats!r}) of {x.rank} axes")
    for axis, count in enumerate(times):
        x = state.meaning.tile(x, axis, whole(count))
    return x


def repeat(state: State, x: Tensor, repeats: object, axis: object = None) -> Tensor:
    at, m = axis_of(axis, x.rank), state.meaning
    return m.merge(m.repeated(x, at + 1, whole(repeats)), at, at + 1)


def flip(state: State, x: Tensor, axis: object = None) -> Tensor:
    axes = range(x.rank) if axis is None else axes_of(axis, x.rank)
    for at in axes:
        x = state.meaning.flip(x, at)
    return x


def roll(state: State, x: Tensor, shift: object, axis: object = None) -> Tensor:
    return state.meaning.along("roll", x, axis_of(axis, x.rank), shift=whole(shift))


def cumsum(state: State, x: Tensor, axis: object = None) -> Tensor:
    dtype = "int" if x.dtype == "bool" else x.dtype
    return state.meaning.along("cumsum", x, axis_of(axis, x.rank), dtype=dtype)


def concatenate(state: State, xs: object, axis: object = 0) -> Tensor:
    found = tensors(xs)
    return state.meaning.concat(found, axis_of(axis, found[0].rank))


def stack(state: State, xs: object, axis: object = 0) -> Tensor:
    found = tensors(xs)
    at = axis_of(axis, found[0].rank + 1)
    return state.meaning.concat([state.meaning.expand(x, at) for x in found], at)


def split(state: State, x: Tensor, indices_or_sections: object, axis: object = 0) -> Made:
    """A number of equal parts, or the places where to cut."""
    at = axis_of(axis, x.rank)
    total = x.shape[at]
    if not isinstance(total, int):
        raise Unreadable("a split of a size known only at run time")
    if isinstance(indices_or_sections, int):
        if total % indices_or_sections:
            raise Misfit(f"a split of {total} into {indices_or_sections}")
        size = total // indices_or_sections
        ends = [size * (i + 1) for i in range(indices_or_sections)]
    elif isinstance(indices_or_sections, list | tuple):
        ends = [*(whole(each) for each in indices_or_sections), total]
    else:
        raise Unreadable(f"split at {indices_or_sections!r}")
    return [
        state.meaning.slice(x, [(at, start, end, 1)])
        for start, end in zip([0, *ends], ends, strict=False)
    ]


def take(state: State, x: Tensor, indices: object, axis: object = None) -> Tensor:
    """Along an axis; indices go to where it was."""
    at, m = axis_of(axis, x.rank), state.meaning
    if isinstance(indices, int):
        return m.take(x, at, indices)
    if not isinstance(indices, Tensor):
        raise Unreadable(f"take by {indices!r}")
    first, mine = _batched(state, x), _batched(state, indices)
    if first and mine:
        raise Misfit("rows of a batch chosen by a batch: example by example is meant")
    made = m.gather(x, indices, at, (first, mine))
    if mine and at:
        return m.permute(made, [*range(1, at + 1), 0, *range(at + 1, made.rank)])
    return made


def _batched(state: State, x: Tensor) -> bool:
    from nndsl.validate.source import BATCH

    return bool(x.shape) and x.shape[0] == BATCH


def pad(
    state: State, x: Tensor, pad_width: object, mode: object = "constant",
    constant_values: object = None,
) -> Tensor:  # fmt: skip
    if not isinstance(pad_width, list | tuple) or len(pad_width) != x.rank:
        raise Unreadable(f"pad by {pad_width!r}")
    sides: list[tuple[int, Dim, Dim]] = [
        (axis, whole(low), whole(high)) for axis, (low, high) in enumerate(pad_width)
    ]
    value = 0.0 if constant_values is None else number(constant_values)
    return state.meaning.pad(x, sides, value, str(mode))


# ---- reductions ----------------------------------------------------------------------------------


def reduction(word: str, dtype: str = "") -> Function:
    def run(state: State, x: Tensor, axis: object = None, keepdims: object = False) -> Tensor:
        axes: Sequence[int] = range(x.rank) if axis is None else axes_of(axis, x.rank)
        kind = dtype or ("int" if word in ("sum", "prod") and x.dtype == "bool" else "")
        return state.meaning.reduce(word, x, axes, bool(keepdims), kind)

    return run


def place(word: str) -> Function:
    def run(state: State, x: Tensor, axis: object = None, keepdims: object = False) -> Tensor:
        if axis is None:
            raise Unreadable(f"{word} of a flattened tensor")
        return state.meaning.reduce(word, x, [axis_of(axis, x.rank)], bool(keepdims), "int")

    return run


def top_k(state: State, x: Tensor, k: object, sorted: object = True) -> Made:  # noqa: A002
    return list(state.meaning.top_k(x, whole(k)))


def one_hot(
    state: State, x: Tensor, num_classes: object, axis: object = -1, dtype: object = "float32"
) -> Tensor:
    if axis != -1:
        raise Unreadable("one_hot along another axis than the last")
    return state.meaning.one_hot(x, whole(num_classes)).typed(dtype_word(dtype))


def matmul(state: State, x1: Tensor, x2: Tensor) -> Tensor:
    return state.meaning.matmul(x1, x2)


def einsum(state: State, subscripts: object, *operands: Tensor) -> Tensor:
    return state.meaning.einsum(str(subscripts), operands)


def like(value: float) -> Function:
    return lambda state, x: state.meaning.full(x.shape, value, x.dtype)


# ---- activations ---------------------------------------------------------------------------------


def activation(name: str) -> Function:
    def run(state: State, x: Tensor, *numbers: object, **named: object) -> Tensor:
        return activate(state, name, x, numbers, **named)

    return run


def along(word: str) -> Function:
    def run(state: State, x: Tensor, axis: object = -1) -> Tensor:
        return state.meaning.along(word, x, axis_of(axis, x.rank))

    return run


OPS: Mapping[str, Function] = {
    **{name: each(name, "float") for name in (
        "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "erf",
    )},
    **{name: each(name) for name in ("abs", "sign", "square", "floor", "ceil", "round",
                                     "negative", "logical_not")},
    **{name: each(name, "bool") for name in (
        "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
        "logical_or", "logical_xor",
    )},
    **{name: each(name) for name in ("add", "subtract", "multiply", "power", "mod",
                                     "floor_divide")},
    "divide": each("divide", "float"),
    "maximum": extreme("maximum"), "minimum": extreme("minimum"), "clip": clip, "where": where,
    "cast": cast, "transpose": transpose, "expand_dims": expand_dims, "squeeze": squeeze,
    "reshape": reshape, "tile": tile, "repeat": repeat, "flip": flip, "roll": roll,
    "cumsum": cumsum, "concatenate": concatenate, "stack": stack, "split": split, "take": take,
    "pad": pad, "top_k": top_k, "one_hot": one_hot, "matmul": matmul, "einsum": einsum,
    "zeros_like": like(0.0), "ones_like": like(1.0),
    **{name: reduction(name) for name in ("sum", "prod", "max", "min")},
    **{name: reduction(name, "float") for name in ("mean", "var", "std", "logsumexp")},
    **{name: reduction(name, "bool") for name in ("any", "all")},
    "argmax": place("argmax"), "argmin": place("argmin"),
    **{name: activation(name) for name in ACTIVATIONS},
    "gelu": lambda state, x, approximate=True: gelu(state, x, approximate),
    "softmax": along("softmax"), "log_softmax": along("log_softmax"),
    "glu": lambda state, x, axis=-1: glu(state, x, axis_of(axis, x.rank)),
}  # fmt: skip
# Functions of keras.layers that merge; they broadcast example by example.
MERGES: Mapping[str, str] = {
    "add": "add", "multiply": "multiply", "maximum": "maximum", "minimum": "minimum",
    "average": "average", "subtract": "subtract",
}  # fmt: skip


def merge(word: str) -> Function:
    def run(state: State, inputs: object, name: object = None) -> Tensor:
        found = tensors(inputs)
        rank = max(x.rank for x in found)
        found = [x.viewed((x.view[0], *((),) * (rank - x.rank), *x.view[1:])) for x in found]
        if word == "average":
            return state.meaning.average(found)
        return state.meaning.chain(word, found)

    return run


def concatenate_layer(
    state: State, inputs: object, axis: object = -1, name: object = None
) -> Tensor:
    return concatenate(state, inputs, axis)
