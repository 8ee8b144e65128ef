"""Values and their layout, as terms: made tensors, and what moves axes and computes nothing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from nndsl.ops.numbers import Dim, product
from nndsl.validate.readings import Result
from nndsl.validate.terms import Settings, Store, Tensor, number
from nndsl.validate.views import (
    REPEATED,
    Atom,
    Digits,
    Misfit,
    join,
    permute,
    reshape,
    size,
    split,
)

Operand: TypeAlias = "Tensor | int | float"


def settings(**values: Hashable) -> Settings:
    """Settings in an order of their own; booleans and numbers as they are."""
    return tuple(sorted(values.items()) if len(values) > 1 else values.items())


class Layouts:
    """One side's tensors. `training`: whether dropout drops and batches are normalised by."""

    def __init__(self, store: Store, training: bool) -> None:
        self.store = store
        self.training = training

    # ---- values ----------------------------------------------------------------------------------

    def tensor(self, value: Operand) -> Tensor:
        return value if isinstance(value, Tensor) else number(self.store, value)

    def weight(self, key: Hashable, shape: Sequence[Dim]) -> Tensor:
        """A weight in the language's layout; two weights are one where their keys are."""
        return self.store.leaf("weight", settings(key=key), shape)

    def constant(self, op: str, shape: Sequence[Dim], dtype: str, **values: Hashable) -> Tensor:
        return self.store.leaf(op, settings(dtype=dtype, **values), shape, dtype)

    def known(self, value: object, dtype: str) -> Tensor:
        """Nested lists of numbers; 0 … n - 1 and equal numbers by their own names."""
        numbers, shape = _nested(value, dtype), _shape_of(value)
        rows = range(shape[0]) if shape else range(0)
        if numbers == tuple(tuple(float(i == j) for j in rows) for i in rows) and len(shape) == 2:
            return self.constant("eye", shape, "float", n=shape[0])
        if dtype == "int" and len(shape) == 1 and numbers == tuple(range(shape[0])):
            return self.arange(shape[0])
        flat = _flattened(numbers)
        if shape and len(set(flat)) == 1:
            return self.full(shape, float(flat[0]), dtype)
        return self.constant("constant", shape, dtype, value=numbers)

    def arange(self, n: Dim) -> Tensor:
        """0, 1, … n - 1."""
        return self.constant("arange", (n,), "int", n=n)

    def full(self, shape: Sequence[Dim], value: float, dtype: str) -> Tensor:
        """The same number everywhere: a number that is repeated along every axis."""
        one = number(self.store, value)
        view = tuple(() if dim == 1 else (Atom(REPEATED, 1, dim),) for dim in shape)
        return one.viewed(view).typed(dtype)

    def repeated(self, x: Tensor, axis: int, times: Dim) -> Tensor:
        """A new axis along which all is equal, counted in the result."""
        new: Digits = () if times == 1 else (Atom(REPEATED, 1, times),)
        return x.viewed((*x.view[:axis], new, *x.view[axis:]))

    def broadcast(self, x: Tensor, shape: Sequence[Dim]) -> Tensor:
        """The tensor stretched to a shape, from the right; -1 keeps an axis."""
        padded = ((),) * (len(shape) - x.rank) + x.view
        view: list[Digits] = []
        for digits, wanted in zip(padded, shape, strict=True):
            have = size(digits)
            if have == wanted or wanted == -1:
                view.append(digits)
            elif have == 1:
                view.append((Atom(REPEATED, 1, wanted),))
            else:
                raise Misfit(f"{x.shape} does not stretch to {tuple(shape)}")
        return x.viewed(tuple(view))

    # ---- layout ----------------------------------------------------------------------------------

    def permute(self, x: Tensor, order: Sequence[int]) -> Tensor:
        return x.viewed(permute(x.view, order))

    def reshape(self, x: Tensor, shape: Sequence[Dim]) -> Tensor:
        """The same elements in another shape, one size perhaps -1 (rule `layout`)."""
        sizes = _filled(x.shape, shape)
        view = reshape(x.view, sizes)
        return self._straddling(x, sizes) if view is None else x.viewed(view)

    def _straddling(self, x: Tensor, sizes: Sequence[Dim]) -> Tensor:
        """A reshape that cuts across axes: a term of its own, batch apart where it is in front."""
        apart = 1 if x.rank and sizes and x.shape[0] == sizes[0] else 0
        inner = tuple(atom for digits in x.view[apart:] for atom in digits)
        wanted = tuple(sizes[apart:])
        if product(x.shape[apart:]) != product(wanted):
            raise Misfit(f"{x.shape} does not reshape to {tuple(sizes)}")
        flat = x.viewed((*x.view[:apart], join(inner)))
        axes = (*range(apart), *(~i for i in range(len(wanted))))
        result = Result(axes, wanted, x.dtype)
        return self.store.apply("reshape", (), [flat], acting=[apart], results=[result])[0]

    def squeeze(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        if any(x.shape[axis] != 1 for axis in axes):
            raise Misfit(f"axes {list(axes)} of {x.shape} are not of size 1")
        return x.viewed(tuple(d for axis, d in enumerate(x.view) if axis not in axes))

    def expand(self, x: Tensor, axis: int) -> Tensor:
        """A new axis of size 1, counted in the result."""
        return x.viewed((*x.view[:axis], (), *x.view[axis:]))

    def merge(self, x: Tensor, first: int, last: int) -> Tensor:
        """Axes first to last as one, the last fastest."""
        merged: Digits = join([atom for digits in x.view[first : last + 1] for atom in digits])
        return x.viewed((*x.view[:first], merged, *x.view[last + 1 :]))

    def unmerge(self, x: Tensor, axis: int, sizes: Sequence[Dim]) -> Tensor:
        """One axis as several, the last fastest; one size perhaps -1."""
        filled = _filled((x.shape[axis],), sizes)
        parts = split(x.view[axis], filled)
        if parts is None:
            return self.reshape(x, (*x.shape[:axis], *filled, *x.shape[axis + 1 :]))
        return x.viewed((*x.view[:axis], *parts, *x.view[axis + 1 :]))


def _nested(value: object, dtype: str) -> Hashable:
    """Tuples of tuples; floats where the constant is one of floats."""
    if isinstance(value, list | tuple):
        return tuple(_nested(item, dtype) for item in value)
    if not isinstance(value, int | float):
        raise Misfit(f"a number is wanted, not {value!r}")
    return float(value) if dtype == "float" else value


def _shape_of(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        return ()
    inner = {_shape_of(item) for item in value}
    if len(inner) != 1:
        raise Misfit("a ragged list of numbers")
    return (len(value), *inner.pop())


def _flattened(value: object) -> list[float]:
    if isinstance(value, tuple):
        return [number for item in value for number in _flattened(item)]
    if isinstance(value, int | float):
        return [value]
    raise Misfit(f"a number is wanted, not {value!r}")


def _filled(have: Sequence[Dim], wanted: Sequence[Dim]) -> tuple[Dim, ...]:
    """The shape with -1 replaced by what the other sizes leave."""
    holes = [at for at, dim in enumerate(wanted) if isinstance(dim, int) and dim == -1]
    if not holes:
        return tuple(wanted)
    left = list(have)
    others: list[Dim] = []
    for at, dim in enumerate(wanted):
        if at in holes:
            continue
        if dim in left:
            left.remove(dim)
        else:
            others.append(dim)
    total, known = product(tuple(left)), product(tuple(others))
    hole = total if known == 1 else total // known
    if len(holes) > 1 or hole * known != total:
        raise Misfit(f"{tuple(have)} does not reshape to {tuple(wanted)}")
    return tuple(hole if at in holes else dim for at, dim in enumerate(wanted))
