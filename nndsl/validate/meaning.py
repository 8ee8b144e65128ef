"""The language's own vocabulary as terms: what every reading, of either side, translates into.

Axes are positions of the tensor as it lies, the batch included. Each rule that makes two spellings
one term is an exact identity and is named in `RULES`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.layouts import Layouts, Operand, settings
from nndsl.validate.readings import Result, digit_rank, in_place
from nndsl.validate.terms import Tensor
from nndsl.validate.views import REPEATED, Atom, Digits, Misfit, View, divide, join, split

RULES = {
    "layout": "moving, merging, splitting and adding axes of size 1 computes nothing",
    "identity": "a layer that returns its input is left out",
    "activation": "an activation inside a layer is the activation after it",
    "pads": "zeros put around a convolution's input, and minus infinity around a maximum's, are "
    "its padding",
    "dropped": "dropout at rate 0, or in evaluation, or frozen, returns its input",
    "order": "the two operands of a sum may come in either order",
    "fold": "a merge of many operands is a chain of merges of two, from the left",
    "no batch": "a layer on a value without a batch is the layer on a batch of one, or, where "
    "another operand has a batch, on the value repeated for each example",
    "one element": "taking one element is a slice of length 1 whose axis is dropped",
    "reduced together": "a reduction over several axes is one over their product",
    "depthwise": "a convolution with as many groups as channels is the depthwise one",
    "product": "a matrix product with a matrix that has no batch is a Dense without a bias",
    "cropped": "what a transposed convolution's padding cuts off is a slice of its full result",
    "strided": "every n-th position of a convolution is the convolution with n times the stride",
    "bare": "positions of a transposed convolution that no input reaches, its padding with zeros "
    "among them, hold the bias",
    "cut twice": "a slice of a slice is a slice",
    "turned twice": "what is turned round twice is as it was",
    "wider": "a truth value as 0 or 1, and a whole number as a real one, keep their value",
    "same": "`same` padding of a known size is its explicit sides",
}

Sides: TypeAlias = "tuple[tuple[Dim, Dim], ...] | str"
NEGATIVE = -float("inf")


Cut: TypeAlias = "tuple[Dim | None, Dim | None, int | None]"


class Meaning(Layouts):
    """One side's vocabulary of functions; layers and sequences are built on it."""

    # ---- elementwise -----------------------------------------------------------------------------

    def each(self, op: str, *operands: Operand, dtype: str = "", **values: Hashable) -> Tensor:
        """An elementwise computation; operands broadcast from the right as they lie.

        Sums commute exactly: what stretches to meet the other comes second (rule `order`).
        """
        tensors = [self.tensor(operand) for operand in operands]
        if op == "add" and len(tensors) == 2 and _width(tensors[0]) < _width(tensors[1]):
            tensors.reverse()
        rank = max([len(tensor.view) for tensor in tensors])
        results = (in_place(rank, dtype or _widest(tensors)),)
        return self.store.apply(op, settings(**values), tensors, results=results)[0]

    def chain(self, op: str, operands: Sequence[Operand]) -> Tensor:
        """A merge of many operands, from the left (rule `fold`)."""
        total = self.tensor(operands[0])
        for operand in operands[1:]:
            total = self.each(op, total, operand)
        return total

    def clip(self, x: Tensor, low: float | None, high: float | None) -> Tensor:
        """The larger of x and low, then the smaller of that and high."""
        if low is not None:
            x = self.each("maximum", x, low)
        return x if high is None else self.each("minimum", x, high)

    def cast(self, x: Tensor, dtype: str) -> Tensor:
        """Widening keeps every value (rule `wider`)."""
        order = ("bool", "int", "float")
        if order.index(dtype) >= order.index(x.dtype) or x.term.op == "one_hot":
            return x.typed(dtype)
        return self.each("cast", x, dtype=dtype, to=dtype)

    def average(self, operands: Sequence[Operand]) -> Tensor:
        if len(operands) == 1:
            return self.tensor(operands[0])
        return self.each("divide", self.chain("add", operands), len(operands), dtype="float")

    def dropout(self, x: Tensor, rate: float, shared: Sequence[int], frozen: bool) -> Tensor:
        """Dropout with one draw along the `shared` axes (rule `dropped`)."""
        return self._random("dropout", x, shared, frozen, rate=float(rate))

    def disturb(self, op: str, x: Tensor, frozen: bool, amount: float) -> Tensor:
        """Gaussian noise or dropout, in training only (rule `dropped`)."""
        return self._random(op, x, (), frozen, amount=float(amount))

    def _random(
        self, op: str, x: Tensor, shared: Sequence[int], frozen: bool, **values: float
    ) -> Tensor:
        if frozen or not self.training or not any(values.values()):
            return x
        rest = [axis for axis in range(x.rank) if axis not in shared]
        acting = sorted(shared, key=lambda axis: digit_rank(x.view[axis]))
        at = {axis: ~order for order, axis in enumerate(acting)}
        result = Result(
            tuple(axis if axis in rest else at[axis] for axis in range(x.rank)),
            tuple(x.shape[axis] for axis in acting),
        )
        return self.store.apply(
            op, settings(**values), [x], acting=acting, results=[result], unique=True
        )[0]

    # ---- along axes ------------------------------------------------------------------------------

    def along(self, op: str, x: Tensor, axis: int, **values: Hashable) -> Tensor:
        """A computation along one axis that keeps the shape: softmax, cumsum."""
        dtype = str(values.pop("dtype", x.dtype))
        result = Result(
            tuple(~0 if p == axis else p for p in range(x.rank)), (x.shape[axis],), dtype
        )
        return self.store.apply(op, settings(**values), [x], acting=[axis], results=[result])[0]

    def reduce(
        self, op: str, x: Tensor, axes: Sequence[int], keep: bool = False, dtype: str = "",
        **values: Hashable,
    ) -> Tensor:  # fmt: skip
        """A reduction over axes (rule `reduced together`)."""
        atoms = sorted((atom for a in axes for atom in x.view[a]), key=lambda d: digit_rank((d,)))
        rest = [axis for axis in range(x.rank) if axis not in axes]
        merged = x.viewed((join(atoms), *(x.view[axis] for axis in rest)))
        kind = dtype or x.dtype
        result = Result(tuple(range(1, len(rest) + 1)), (), kind)
        made = self.store.apply(op, settings(**values), [merged], acting=[0], results=[result])[0]
        if not keep:
            return made
        digits = iter(made.view)
        return made.viewed(tuple(() if a in axes else next(digits) for a in range(x.rank)))

    def norm(self, x: Tensor, axes: Sequence[int], order: int, keep: bool) -> Tensor:
        """The Euclidean length, or the sum of absolute values."""
        if order == 1:
            return self.reduce("sum", self.each("abs", x), axes, keep, "float")
        if order != 2:
            raise Misfit(f"a norm of order {order}")
        total = self.reduce("sum", self.each("square", x), axes, keep, "float")
        return self.each("sqrt", total, dtype="float")

    def slice(self, x: Tensor, cuts: Sequence[tuple[int, Dim | None, Dim | None, int]]) -> Tensor:
        """`start:stop:step` of axes, each once: (axis, start, stop, step)."""
        wanted: dict[int, Cut] = {axis: (start, stop, step) for axis, start, stop, step in cuts}
        x, wanted = self._resliced(x, wanted)
        found = []
        for axis, (start, stop, step) in wanted.items():
            bounds, length = _bounds(x.shape[axis], start, stop, step or 1)
            if bounds != (0, None, 1):
                found.append((digit_rank(x.view[axis]), axis, bounds, length))
        found.sort()
        if not found:
            return x
        axes = [axis for _, axis, _, _ in found]
        result = Result(
            tuple(~axes.index(p) if p in axes else p for p in range(x.rank)),
            tuple(length for *_, length in found),
            x.dtype,
        )
        named = settings(bounds=tuple(bounds for _, _, bounds, _ in found))
        return self.store.apply("slice", named, [x], acting=axes, results=[result])[0]

    def _resliced(self, x: Tensor, wanted: dict[int, Cut]) -> tuple[Tensor, dict[int, Cut]]:
        """A slice of a slice as one (rule `cut twice`)."""
        if x.term.op != "slice":
            return x, wanted
        amounts = dict(x.term.settings)["bounds"]
        assert isinstance(amounts, tuple)
        peeled = peel(x, len(amounts))
        if peeled is None:
            return x, wanted
        source, made = peeled
        merged = dict(wanted)
        for axis, at in made.items():
            dim = source.shape[axis]
            own, more = _known(amounts[at]), _known(wanted.get(axis, (None, None, None)))
            if isinstance(dim, OpenDim) or own is None or more is None:
                return x, wanted
            whole = range(*own.indices(dim))[more]
            merged[axis] = (whole.start, whole.stop, whole.step)
        return source, merged

    def flip(self, x: Tensor, axis: int) -> Tensor:
        """The other way round along an axis (rule `turned twice`); one position stays."""
        if x.shape[axis] == 1:
            return x
        peeled = peel(x, 1) if x.term.op == "flip" else None
        if peeled is not None and axis in peeled[1]:
            return peeled[0]
        return self.along("flip", x, axis)

    def take(self, x: Tensor, axis: int, index: int) -> Tensor:
        """One element of an axis, which goes away (rule `one element`)."""
        dim = x.shape[axis]
        if isinstance(dim, int):
            if not -dim <= index < dim:
                raise Misfit(f"index {index} is not on an axis of {dim}")
            index %= dim
        stop = None if index == -1 else index + 1
        return self.squeeze(self.slice(x, [(axis, index, stop, 1)]), [axis])

    def pad(
        self, x: Tensor, sides: Sequence[tuple[int, Dim, Dim]], value: float = 0.0,
        mode: str = "constant",
    ) -> Tensor:  # fmt: skip
        """A border around axes: (axis, before, after)."""
        wanted = [each for each in sides if each[1] != 0 or each[2] != 0]
        # Axes of size 1 have no order of their own: as they stand, however the call lists them.
        wanted.sort(key=lambda side: (digit_rank(x.view[side[0]]), side[0]))
        if not wanted:
            return x
        axes = [axis for axis, _, _ in wanted]
        result = Result(
            tuple(~axes.index(p) if p in axes else p for p in range(x.rank)),
            tuple(x.shape[axis] + (before + after) for axis, before, after in wanted),
            x.dtype,
        )
        amount = tuple((before, after) for _, before, after in wanted)
        named = settings(sides=amount, value=float(value), mode=mode)
        return self.store.apply("pad", named, [x], acting=axes, results=[result])[0]

    def tile(self, x: Tensor, axis: int, times: int) -> Tensor:
        """The whole repeated along an axis."""
        if times == 1:
            return x
        if x.shape[axis] == 1:
            return self.broadcast(x, [times if p == axis else -1 for p in range(x.rank)])
        return self.concat([x] * times, axis)

    def concat(self, tensors: Sequence[Tensor], axis: int) -> Tensor:
        """Tensors of one rank one after the other along an axis."""
        if len({tensor.rank for tensor in tensors}) != 1:
            raise Misfit("concat of tensors of different ranks")
        if len(tensors) == 1:
            return tensors[0]
        total = tensors[0].shape[axis]
        for tensor in tensors[1:]:
            total = total + tensor.shape[axis]
        rank = tensors[0].rank
        result = Result(
            tuple(~0 if p == axis else p for p in range(rank)), (total,), _widest(tensors)
        )
        return self.store.apply("concat", (), tensors, acting=[axis], results=[result])[0]


def peel(x: Tensor, acting: int) -> tuple[Tensor, dict[int, int]] | None:
    """What a border, a slice or a turn was put on, seen as the tensor sees the result.

    And for each axis that it changed, its place among those `acting` ones. None where the tensor
    does not show those axes one by one, or one of them has gone.
    """
    source = x.term.operands[0]
    if len(source.roles) != len(x.term.results[0]):
        return None
    view: list[Digits] = []
    changed: dict[int, int] = {}
    for position, digits in enumerate(x.view):
        if not digits:
            view.append(())
            continue
        axis = digits[0].axis
        whole = len(digits) == 1 and axis != REPEATED
        if whole and digits[0].size == x.term.results[0][axis]:
            view.append(source.roles[axis])
            if axis < acting:
                changed[position] = axis
            continue
        base = x.term.results[0]
        parts = [_of_source(source.roles, base, atom, acting) for atom in digits]
        if any(part is None for part in parts):
            return None
        view.append(join([atom for part in parts for atom in part or ()]))
    return Tensor(source.term, source.result, tuple(view), x.dtype), changed


def _of_source(roles: View, base: Sequence[Dim], atom: Atom, acting: int) -> Digits | None:
    """One digit of an axis that was not changed, as digits of what was there before."""
    if atom.axis == REPEATED or atom.axis < acting:
        return None
    above = divide(base[atom.axis], atom.divisor * atom.size)
    sizes = None if above is None else (above, atom.size, atom.divisor)
    parts = None if sizes is None else split(roles[atom.axis], sizes)
    return None if parts is None else parts[1]


def _known(bounds: Sequence[Dim | None]) -> slice | None:
    """Bounds as Python's slice; None where one is known only at run time."""
    start, stop, step = (None if isinstance(each, OpenDim) else each for each in bounds)
    return None if any(isinstance(each, OpenDim) for each in bounds) else slice(start, stop, step)


def _width(tensor: Tensor) -> int:
    """How many axes it has of its own: neither of size 1 nor repeated."""
    return sum(
        any(atom.axis != REPEATED and atom.size != 1 for atom in digits) for digits in tensor.view
    )


def _widest(tensors: Sequence[Tensor]) -> str:
    order = ("bool", "int", "float")
    return order[max(order.index(tensor.dtype) for tensor in tensors)]


def _bounds(
    dim: Dim, start: Dim | None, stop: Dim | None, step: int
) -> tuple[tuple[Dim, Dim | None, int], Dim]:
    """Bounds from the start where the size is known, and how many elements they hold."""
    if isinstance(dim, OpenDim) or isinstance(start, OpenDim) or isinstance(stop, OpenDim):
        return _open_bounds(dim, start, stop, step)
    low, high, by = slice(start, stop, step).indices(dim)
    length = len(range(low, high, by))
    if length < 1:
        raise Misfit(f"{start}:{stop}:{step} of {dim} elements is empty")
    return (low, None if low + length * by >= dim and by == 1 else high, by), length


def _open_bounds(
    dim: Dim, start: Dim | None, stop: Dim | None, step: int
) -> tuple[tuple[Dim, Dim | None, int], Dim]:
    low: Dim = 0 if start is None else _from_start(dim, start)
    high: Dim = dim if stop is None else _from_start(dim, stop)
    count = high - low
    length = count if step == 1 else (count + step - 1) // step
    return (start or 0, stop, step), length


def _from_start(dim: Dim, bound: Dim) -> Dim:
    return bound if isinstance(bound, OpenDim) or bound >= 0 else dim + bound
