"""Subscripts of Keras' symbolic tensors: numbers, slices, None and `...`."""

from __future__ import annotations

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.keras_layers import whole
from nndsl.validate.keras_values import State
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit


def index_tensor(state: State, x: Tensor, index: object) -> Tensor:
    """`x[index]`."""
    if isinstance(index, slice):
        raise Misfit("Keras 3.15 takes no slice by itself, only in a tuple")
    entries = list(index) if isinstance(index, list | tuple) else [index]
    given = sum(1 for entry in entries if entry is not None)
    if given > x.rank:
        raise Unreadable(f"{given} subscripts for {x.rank} axes")
    entries += [slice(None)] * (x.rank - given)
    cuts: list[tuple[int, Dim | None, Dim | None, int]] = []
    drops: list[tuple[int, int]] = []
    news: list[int] = []
    axis = place = 0
    for entry in entries:
        if entry is None:
            news.append(place)
            place += 1
            continue
        if isinstance(entry, slice):
            step = 1 if entry.step is None else whole(entry.step)
            cuts.append((axis, _bound(entry.start), _bound(entry.stop), step))
            place += 1
        else:
            drops.append((axis, whole(entry)))
        axis += 1
    made = state.meaning.slice(x, cuts)
    for at, number in reversed(drops):
        made = state.meaning.take(made, at, number)
    for at in news:
        made = state.meaning.expand(made, at)
    return made


def _bound(value: object) -> Dim | None:
    return value if value is None or isinstance(value, OpenDim) else whole(value)
