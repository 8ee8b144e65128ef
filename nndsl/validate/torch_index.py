"""Subscripts of tensors: numbers, slices, None, `...`, and ints that choose rows."""

from __future__ import annotations

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_values import State, whole


def index_tensor(state: State, x: Tensor, index: object) -> Tensor:
    """`x[index]`. Tensors of ints are read in one place only."""
    entries = list(index) if isinstance(index, tuple) else [index]
    entries = _filled(entries, x.rank)
    axis = 0
    cuts: list[tuple[int, Dim | None, Dim | None, int]] = []
    drops: list[tuple[int, int]] = []
    news: list[int] = []
    rows: list[tuple[int, Tensor]] = []
    out = 0
    for entry in entries:
        if entry is None:
            news.append(out)
            out += 1
            continue
        if isinstance(entry, slice):
            cuts.append((axis, _bound(entry.start), _bound(entry.stop), _step(entry.step)))
            out += 1
        elif isinstance(entry, int):
            drops.append((axis, entry))
        else:
            rows.append((axis, state.tensor(entry)))
            out += 1
        axis += 1
    if axis > x.rank:
        raise Unreadable(f"{axis} subscripts for {x.rank} axes")
    return _applied(state, x, cuts, drops, news, rows)


def _applied(
    state: State, x: Tensor, cuts: list[tuple[int, Dim | None, Dim | None, int]],
    drops: list[tuple[int, int]], news: list[int], rows: list[tuple[int, Tensor]],
) -> Tensor:  # fmt: skip
    m = state.meaning
    if rows:
        if len(rows) > 1 or drops or news or any(c[1:] != (None, None, 1) for c in cuts):
            raise Unreadable("a subscript that mixes chosen rows with others")
        at, indices = rows[0]
        return _rows(state, x, at, indices)
    x = m.slice(x, cuts)
    for axis, number in reversed(drops):
        x = m.take(x, axis, number)
    for axis in news:
        x = m.expand(x, axis)
    return x


def _rows(state: State, x: Tensor, axis: int, indices: Tensor) -> Tensor:
    """Elements of one axis; indices go to where the axis was."""
    first = bool(x.shape) and x.shape[0] == state.batch
    mine = bool(indices.shape) and indices.shape[0] == state.batch
    if first and mine:
        raise Unreadable("rows of a batch chosen by a batch: example by example is meant")
    made = state.meaning.gather(x, indices, axis, (first, mine))
    if mine and axis:
        # the vocabulary puts the batch in front; torch leaves it where the axis was
        order = [*range(1, axis + 1), 0, *range(axis + 1, made.rank)]
        return state.meaning.permute(made, order)
    return made


def _filled(entries: list[object], rank: int) -> list[object]:
    """`...` as the slices that it stands for, and those left out at the end."""
    given = sum(1 for entry in entries if entry is not None and entry is not Ellipsis)
    missing = [slice(None)] * max(rank - given, 0)
    if Ellipsis in [e for e in entries if not isinstance(e, Tensor)]:
        at = next(i for i, e in enumerate(entries) if e is Ellipsis)
        return [*entries[:at], *missing, *entries[at + 1 :]]
    return [*entries, *missing]


def _step(value: object) -> int:
    return 1 if value is None else whole(value)


def _bound(value: object) -> Dim | None:
    return value if value is None or isinstance(value, OpenDim) else whole(value)
