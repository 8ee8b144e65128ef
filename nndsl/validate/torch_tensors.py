"""What PyTorch's functions and tensor methods mean, from its documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl._frozen import record
from nndsl.ops.numbers import Dim
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_layers import flattened, unflattened
from nndsl.validate.torch_made import MADE
from nndsl.validate.torch_values import (
    Device,
    State,
    axes_of,
    axis_of,
    real,
    sizes,
    whole,
)
from nndsl.validate.views import Misfit

Function = Callable[..., object]


@record
class Detached:
    """A value without its gradient: only what has no derivative may take it."""

    value: Tensor


def attached(value: object) -> object:
    """The value itself, for what has no derivative anyway."""
    return value.value if isinstance(value, Detached) else value


def each(word: str, dtype: str = "") -> Function:
    def run(state: State, *operands: object) -> Tensor:
        return state.meaning.each(word, *map(state.operand, operands), dtype=dtype)

    return run


def unary(word: str, dtype: str = "float") -> Function:
    def run(state: State, x: object) -> Tensor:
        tensor = state.tensor(x)
        return state.meaning.each(word, tensor, dtype=dtype or tensor.dtype)

    return run


def extreme(word: str) -> Function:
    def run(state: State, x: object, other: object) -> Tensor:
        return state.meaning.each(word, state.tensor(x), state.tensor(other))

    return run


def clamp(state: State, x: object, min: object = None, max: object = None) -> Tensor:  # noqa: A002 - torch's names
    """The larger of x and min, then the smaller of that and max."""
    made = state.tensor(x)
    return state.meaning.clip(
        made, None if min is None else real(min), None if max is None else real(max)
    )


def where(state: State, condition: object, input: object, other: object) -> Tensor:  # noqa: A002
    parts = [state.operand(each) for each in (condition, input, other)]
    tensors = [state.meaning.tensor(part) for part in parts]
    floats = any(t.dtype == "float" for t in tensors[1:])
    dtype = "float" if floats else tensors[1].dtype
    return state.meaning.each("where", *tensors, dtype=dtype)


# ---- axes ----------------------------------------------------------------------------------------


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise Unreadable(f"a list of tensors is wanted, not {value!r}")
    return value


def cat(state: State, tensors: object, dim: object = 0) -> Tensor:
    found = [state.tensor(each) for each in _listed(tensors)]
    return state.meaning.concat(found, axis_of(dim, found[0].rank))


def stack(state: State, tensors: object, dim: object = 0) -> Tensor:
    found = [state.tensor(each) for each in _listed(tensors)]
    axis = axis_of(dim, found[0].rank + 1)
    return state.meaning.concat([state.meaning.expand(t, axis) for t in found], axis)


def permute(state: State, x: object, *dims: object) -> Tensor:
    tensor = state.tensor(x)
    given = dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    return state.meaning.permute(tensor, axes_of(tuple(given), tensor.rank))


def transpose(state: State, x: object, dim0: object, dim1: object) -> Tensor:
    tensor = state.tensor(x)
    one, two = axis_of(dim0, tensor.rank), axis_of(dim1, tensor.rank)
    order = list(range(tensor.rank))
    order[one], order[two] = two, one
    return state.meaning.permute(tensor, order)


def movedim(state: State, x: object, source: object, destination: object) -> Tensor:
    tensor = state.tensor(x)
    source, destination = axis_of(source, tensor.rank), axis_of(destination, tensor.rank)
    order = [axis for axis in range(tensor.rank) if axis != source]
    order.insert(destination, source)
    return state.meaning.permute(tensor, order)


def turned(state: State, x: object) -> Tensor:
    """`.T` of a matrix."""
    tensor = state.tensor(x)
    if tensor.rank != 2:
        raise Unreadable(".T of a tensor that is no matrix")
    return state.meaning.permute(tensor, (1, 0))


def reshape(state: State, x: object, *shape: object) -> Tensor:
    return state.meaning.reshape(state.tensor(x), sizes(shape))


def unsqueeze(state: State, x: object, dim: object) -> Tensor:
    tensor = state.tensor(x)
    return state.meaning.expand(tensor, axis_of(dim, tensor.rank + 1))


def squeeze(state: State, x: object, dim: object = None) -> Tensor:
    """Axes of size 1; torch leaves others as they are, which is read as an error."""
    tensor = state.tensor(x)
    if dim is None:
        axes = tuple(axis for axis, size in enumerate(tensor.shape) if size == 1)
    else:
        axes = axes_of(dim, tensor.rank)
    return state.meaning.squeeze(tensor, axes)


def expand(state: State, x: object, *shape: object) -> Tensor:
    return state.meaning.broadcast(state.tensor(x), sizes(shape))


def repeat(state: State, x: object, *times: object) -> Tensor:
    """The whole repeated along each axis."""
    tensor, m = state.tensor(x), state.meaning
    counts = sizes(times)
    if len(counts) < tensor.rank:
        raise Unreadable("repeat with fewer numbers than axes")
    for _ in range(len(counts) - tensor.rank):
        tensor = m.expand(tensor, 0)
    for axis, count in enumerate(counts):
        tensor = m.tile(tensor, axis, whole(count))
    return tensor


def repeat_interleave(state: State, x: object, repeats: object, dim: object = None) -> Tensor:
    tensor, m = state.tensor(x), state.meaning
    axis = axis_of(dim, tensor.rank)
    return m.merge(m.repeated(tensor, axis + 1, whole(repeats)), axis, axis + 1)


def along(word: str, setting: str = "") -> Function:
    def run(state: State, x: object, *args: object) -> Tensor:
        tensor = state.tensor(x)
        if len(args) != (2 if setting else 1):
            raise Unreadable(f"{word}{args!r}")
        numbers = {setting: whole(args[0])} if setting else {}
        axis = axis_of(args[-1], tensor.rank)
        dtype = "int" if tensor.dtype == "bool" else tensor.dtype
        return state.meaning.along(word, tensor, axis, dtype=dtype, **numbers)

    return run


def flip(state: State, x: object, *dims: object) -> Tensor:
    tensor = state.tensor(x)
    given = dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    for axis in axes_of(tuple(given), tensor.rank):
        tensor = state.meaning.flip(tensor, axis)
    return tensor


def chunk(state: State, x: object, chunks: object, dim: object = 0) -> tuple[object, ...]:
    tensor, count = state.tensor(x), whole(chunks)
    axis = axis_of(dim, tensor.rank)
    total = tensor.shape[axis]
    if not isinstance(total, int) or total % count:
        raise Unreadable(f"{total} does not divide into {count} chunks")
    return split(state, tensor, total // count, axis)


def split(
    state: State, x: object, split_size_or_sections: object, dim: object = 0
) -> tuple[object, ...]:
    tensor = state.tensor(x)
    axis = axis_of(dim, tensor.rank)
    total = tensor.shape[axis]
    if not isinstance(total, int):
        raise Unreadable("a split of a size known only at run time")
    if isinstance(split_size_or_sections, list | tuple):
        parts = [whole(each) for each in split_size_or_sections]
    else:
        one = whole(split_size_or_sections)
        parts = [min(one, total - at) for at in range(0, total, one)]
    if sum(parts) != total:
        raise Misfit(f"a split of {total} into {parts}")
    ends = [sum(parts[: at + 1]) for at in range(len(parts))]
    return tuple(
        state.meaning.slice(tensor, [(axis, end - part, end, 1)])
        for part, end in zip(parts, ends, strict=True)
    )


# ---- reductions ----------------------------------------------------------------------------------


def reduction(word: str, dtype: str = "", every: bool = True) -> Function:
    def run(state: State, x: object, dim: object = None, keepdim: object = False) -> Tensor:
        tensor = state.tensor(x)
        axes = range(tensor.rank) if dim is None else axes_of(dim, tensor.rank)
        kind = dtype or ("int" if word in ("sum", "prod") and tensor.dtype == "bool" else "")
        return state.meaning.reduce(word, tensor, axes, bool(keepdim), kind)

    return run


def spread(word: str) -> Function:
    def run(
        state: State, x: object, dim: object = None, correction: object = 1,
        keepdim: object = False,
    ) -> Tensor:  # fmt: skip
        """Divided by n - correction; the language's is biased."""
        tensor = state.tensor(x)
        if correction != 0:
            raise Misfit(f"{word} with the correction {correction!r}: the language divides by n")
        axes = range(tensor.rank) if dim is None else axes_of(dim, tensor.rank)
        return state.meaning.reduce(word, tensor, axes, bool(keepdim), "float")

    return run


def vector_norm(
    state: State,
    x: object,
    ord: object = 2,  # noqa: A002 - torch's name
    dim: object = None,
    keepdim: object = False,
) -> Tensor:
    tensor = state.tensor(x)
    axes = range(tensor.rank) if dim is None else axes_of(dim, tensor.rank)
    return state.meaning.norm(tensor, axes, whole(ord), bool(keepdim))


def place(word: str) -> Function:
    def run(state: State, x: object, dim: object = None, keepdim: object = False) -> Tensor:
        tensor = state.tensor(x)
        if dim is None:
            raise Unreadable(f"{word} of a flattened tensor")
        axis = axis_of(dim, tensor.rank)
        return state.meaning.reduce(word, tensor, [axis], bool(keepdim), "int")

    return run


def topk(state: State, x: object, k: object, dim: object = -1) -> tuple[object, ...]:
    tensor = state.tensor(x)
    if axis_of(dim, tensor.rank) != tensor.rank - 1:
        raise Unreadable("topk along another axis than the last")
    return state.meaning.top_k(tensor, whole(k))


def one_hot(state: State, x: object, num_classes: object = -1) -> Tensor:
    return state.meaning.one_hot(state.tensor(x), whole(num_classes)).typed("int")


def matmul(state: State, left: object, right: object) -> Tensor:
    return state.meaning.matmul(state.tensor(left), state.tensor(right))


def einsum(state: State, equation: object, *operands: object) -> Tensor:
    return state.meaning.einsum(str(equation), [state.tensor(each) for each in operands])


def linear(state: State, input: object, weight: object, bias: object = None) -> Tensor:  # noqa: A002
    """y = x A' + b"""
    matrix = state.meaning.permute(state.tensor(weight), (1, 0))
    shift = None if bias is None else state.tensor(bias)
    return state.meaning.dense(state.tensor(input), matrix, shift)


# ---- kinds and tables ----------------------------------------------------------------------------


def cast(dtype: str) -> Function:
    def run(state: State, x: object) -> Tensor:
        found = state.tensor(x)
        if found.dtype == dtype:
            return found
        return state.meaning.cast(found, dtype)

    return run


def shape(state: State, x: object) -> tuple[Dim, ...]:
    return state.tensor(x).shape


def size(state: State, x: object, dim: object = None) -> object:
    found = state.tensor(x).shape
    return found if dim is None else found[axis_of(dim, len(found))]


def device(state: State, x: object) -> Device:
    return Device()


UNARY: Mapping[str, Function] = {
    **{name: unary(name) for name in (
        "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "erf",
    )},
    **{name: unary(name, "") for name in ("abs", "sign", "square", "floor", "ceil", "round")},
}  # fmt: skip
REDUCTIONS: Mapping[str, Function] = {
    "sum": reduction("sum"), "mean": reduction("mean"), "amax": reduction("max"),
    "amin": reduction("min"), "any": reduction("any", "bool"), "all": reduction("all", "bool"),
    "logsumexp": reduction("logsumexp", "float"), "prod": reduction("prod"),
    "var": spread("var"), "std": spread("std"), "argmax": place("argmax"),
    "argmin": place("argmin"),
}  # fmt: skip
SHARED: Mapping[str, Function] = {  # functions of torch that are methods as well
    **UNARY,
    **REDUCTIONS,
    "clamp": clamp, "cumsum": along("cumsum"), "roll": along("roll", "shift"), "flip": flip,
    "repeat_interleave": repeat_interleave, "permute": permute, "transpose": transpose,
    "movedim": movedim, "reshape": reshape, "unsqueeze": unsqueeze, "squeeze": squeeze,
    "flatten": flattened, "unflatten": unflattened, "chunk": chunk, "split": split,
    "topk": topk, "matmul": matmul,
}  # fmt: skip
TORCH: Mapping[str, Function] = {
    **SHARED,
    "cat": cat, "stack": stack, "where": where, "maximum": extreme("maximum"),
    "minimum": extreme("minimum"), **MADE, "einsum": einsum,
    "linalg.vector_norm": vector_norm,
}  # fmt: skip
METHODS: Mapping[str, Function] = {
    **SHARED,
    "expand": expand, "repeat": repeat, "float": cast("float"), "long": cast("int"),
    "bool": cast("bool"), "size": size, "view": reshape, "tile": repeat,
    "contiguous": lambda state, x: state.tensor(x),
    "detach": lambda state, x: Detached(state.tensor(x)),
}  # fmt: skip
PROPERTIES: Mapping[str, Function] = {"shape": shape, "device": device, "T": turned}
FUNCTIONAL: Mapping[str, Function] = {"linear": linear, "one_hot": one_hot}
