"""Slices of what convolutions give, as convolutions with other numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.meaning import Meaning
from nndsl.validate.terms import Store, Tensor
from nndsl.validate.views import View

Slice: TypeAlias = "tuple[int, Dim | None, Dim | None, int]"
Ends: TypeAlias = tuple[int, int]
Window: TypeAlias = "Callable[[Tensor, Sequence[Slice]], Tensor | None]"


class Windows(Meaning):
    """windows: for each result of a convolution, as it lies, what a slice of it is, or None."""

    def __init__(self, store: Store, training: bool) -> None:
        super().__init__(store, training)
        self.windows: dict[tuple[int, View], Window] = {}

    def slice(self, x: Tensor, cuts: Sequence[Slice]) -> Tensor:
        """A slice; of a convolution's result perhaps another convolution.

        The convolution that was sliced counts as not run: what is left of it is the other one.
        """
        window = self.windows.get((x.term.number, x.view))
        real = [cut for cut in cuts if cut[1] not in (None, 0) or cut[2:] != (None, 1)]
        made = window(x, real) if window is not None and real else None
        if made is None:
            return super().slice(x, cuts)
        x.term.runs -= 1
        return made

    def whole_slice(self, x: Tensor, cuts: Sequence[Slice]) -> Tensor:
        """A slice as it is said."""
        return super().slice(x, cuts)


def strides(
    cuts: Sequence[Slice], spatial: Sequence[int], stride: Sequence[int]
) -> list[int] | None:
    """The strides of the convolution that gives every so-many-th position from the first on
    (rule `strided`).

    None where a slice is something else.
    """
    steps = {axis: step for axis, start, stop, step in cuts if not start and stop is None}
    if len(steps) < len(cuts) or not set(steps) <= set(spatial) or min(steps.values()) < 1:
        return None
    return [own * steps.get(axis, 1) for axis, own in zip(spatial, stride, strict=True)]


def uncovered(
    x: Tensor, cuts: Sequence[Slice], spatial: Sequence[int], added: Sequence[Ends]
) -> list[Ends] | None:
    """What a transposed convolution loses where a slice cuts off positions that were added
    (rule `bare`).

    added: at both ends of each axis. None where the slice is something else.
    """
    lost: dict[int, Ends] = {}
    for axis, start, stop, step in cuts:
        ends = _lost(x.shape[axis], start, stop) if step == 1 and axis in spatial else None
        if ends is None:
            return None
        lost[axis] = ends
    pairs = [(lost.get(axis, (0, 0)), own) for axis, own in zip(spatial, added, strict=True)]
    if not any(cut[at] and own[at] for cut, own in pairs for at in (0, 1)):
        return None
    return [(cut[0] - own[0], cut[1] - own[1]) for cut, own in pairs]


def _lost(dim: Dim, start: Dim | None, stop: Dim | None) -> Ends | None:
    """How many elements a slice loses at both ends; None where that is not known."""
    if isinstance(start, OpenDim) or isinstance(stop, OpenDim):
        return None
    if isinstance(dim, int):
        low, high, _ = slice(start, stop).indices(dim)
        return low, dim - high
    low, high = start or 0, -(stop or 0)
    return (low, high) if low >= 0 and high >= 0 else None
