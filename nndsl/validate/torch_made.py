"""Tensors that PyTorch code makes itself: filled, random, counted, listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_values import Constant, Device, Raw, State, real, sizes, whole
from nndsl.validate.views import Misfit

Function = Callable[..., object]


def filled(value: float, dtype: str = "float") -> Function:
    def run(state: State, *shape: object, device: object = None) -> Raw:
        return Raw(sizes(shape), Start("constant", (value,)), dtype)

    return run


def full(state: State, size: object, fill_value: object, device: object = None) -> Raw:
    kind = "int" if isinstance(fill_value, int) else "float"
    return Raw(sizes([size]), Start("constant", (real(fill_value),)), kind)


def like(value: float) -> Function:
    def run(state: State, x: object) -> Tensor:
        tensor = state.tensor(x)
        return state.meaning.full(tensor.shape, value, tensor.dtype)

    return run


def randn(state: State, *shape: object) -> Raw:
    return Raw(sizes(shape), Start("normal", (0.0, 1.0)))


def empty(state: State, *shape: object) -> Raw:
    return Raw(sizes(shape), None)


def randn_like(state: State, x: object) -> Tensor:
    """Noise in the tensor's own layout: which number stands where is of no matter."""
    return state.meaning.noise(state.tensor(x))


def arange(state: State, end: object, device: object = None) -> Constant:
    (size,) = sizes([end])
    return Constant("arange", (size,), "int", (("n", size),))


def eye(state: State, n: object) -> Constant:
    size = whole(n)
    return Constant("eye", (size, size), "float", (("n", size),))


def tensor(state: State, data: object) -> Constant:
    """The numbers of nested lists."""
    shape, kinds = _measure(data)
    dtype = next(kind for kind in ("float", "int", "bool") if kind in kinds)
    return Constant("constant", shape, dtype, (("value", _tuples(data)),))


def _measure(data: object) -> tuple[tuple[Dim, ...], set[str]]:
    if isinstance(data, list | tuple):
        inner = [_measure(item) for item in data]
        if len({shape for shape, _ in inner}) != 1:
            raise Unreadable("a ragged list of numbers")
        return (len(data), *inner[0][0]), set().union(*(kinds for _, kinds in inner))
    if isinstance(data, bool):
        return (), {"bool"}
    if isinstance(data, int | float):
        return (), {"int" if isinstance(data, int) else "float"}
    raise Unreadable(f"a number is wanted, not {data!r}")


def _tuples(data: object) -> object:
    return tuple(map(_tuples, data)) if isinstance(data, list | tuple) else data


def placed(make: Function) -> Function:
    """In `forward` a new tensor lies where the inputs lie: it must say so."""

    def run(state: State, *args: object, **kwargs: object) -> object:
        if state.running and not isinstance(kwargs.get("device"), Device):
            raise Misfit("forward makes a tensor without saying on which device")
        return make(state, *args, **kwargs)

    return run


MADE: Mapping[str, Function] = {
    **{name: placed(make) for name, make in {
        "zeros": filled(0.0), "ones": filled(1.0), "full": full, "randn": randn, "empty": empty,
        "arange": arange, "eye": eye, "tensor": tensor,
    }.items()},
    "zeros_like": like(0.0), "ones_like": like(1.0), "randn_like": randn_like,
}  # fmt: skip
