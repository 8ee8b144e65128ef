"""Layers with kernels, windows and statistics, as terms (see `meaning`)."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.layouts import settings
from nndsl.validate.meaning import NEGATIVE, Sides, peel
from nndsl.validate.readings import Result, in_last
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit
from nndsl.validate.windows import Slice, Windows, strides, uncovered

LETTERS = "abcdefghij"


class Layers(Windows):
    """Dense, convolutions, pools and norms."""

    def dense(self, x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        """`x @ kernel + bias` on the last axis; kernel [in, out]."""
        if x.rank < 1 or kernel.rank != 2 or x.size(-1) != kernel.size(0):
            raise Misfit(f"a Dense of {kernel.shape} on {x.shape}")
        extras = [kernel] if bias is None else [kernel, bias]
        _fits("bias", bias, kernel.size(1))
        rank = len(x.view)
        results = (in_last(rank, kernel.size(1)),)
        return self.store.apply("Dense", (), (x,), extras, acting=(rank - 1,), results=results)[0]

    def matmul(self, left: Tensor, right: Tensor) -> Tensor:
        """The matrix product of the last two axes (rule `product`)."""
        if left.rank < 2 or right.rank < 2:
            raise Misfit(f"{left.shape} @ {right.shape}")
        outer = LETTERS[: max(left.rank, right.rank) - 2]
        first, second = (outer[len(outer) - x.rank + 2 :] for x in (left, right))
        return self.contract([left, right], [f"{first}nk", f"{second}km"], f"{outer}nm")

    def contract(self, tensors: Sequence[Tensor], words: Sequence[str], result: str) -> Tensor:
        """Sums of products by letters, one for each axis (einsum); others are summed over.

        A product with a matrix that stands alone is a Dense (rule `product`).
        """
        summed = "".join(dict.fromkeys(c for word in words for c in word if c not in result))
        for tensor, word in zip(tensors, words, strict=True):
            if tensor.rank != len(word):
                raise Misfit(f"{word} for {tensor.shape}")
        if len(tensors) == 2 and len(summed) == 1:
            x, kernel = words
            made = [c for c in kernel if c not in x]
            if len(kernel) == 2 and len(made) == 1 and summed in x and summed in kernel:
                return self._as_dense(tensors, (x, kernel), summed, made[0], result)
        every = result + summed
        seen = [
            tensor.viewed(tuple(tensor.view[w.index(c)] if c in w else () for c in every))
            for tensor, w in zip(tensors, words, strict=True)
        ]
        acting = range(len(result), len(every))
        dtype = "int" if all(t.dtype == "int" for t in tensors) else "float"
        out = Result(tuple(range(len(result))), (), dtype)
        return self.store.apply("contract", (), seen, acting=acting, results=[out])[0]

    def _as_dense(
        self, tensors: Sequence[Tensor], words: tuple[str, str], summed: str, made: str, result: str
    ) -> Tensor:
        (x, kernel), (first, second) = tensors, words
        rest = first.replace(summed, "")
        lay = [first.index(c) for c in rest + summed]
        matrix = [second.index(summed), second.index(made)]
        found = self.dense(self.permute(x, lay), self.permute(kernel, matrix))
        return self.permute(found, [(rest + made).index(c) for c in result])

    def einsum(self, equation: str, operands: Sequence[Tensor]) -> Tensor:
        given, arrow, result = equation.replace(" ", "").partition("->")
        if not arrow or len(given.split(",")) != len(operands):
            raise Misfit(f"the equation {equation} for {len(operands)} operands")
        return self.contract(operands, given.split(","), result)

    # ---- convolutions ----------------------------------------------------------------------------

    def conv(
        self, x: Tensor, kernel: Tensor, bias: Tensor | None, spatial: Sequence[int], channel: int,
        stride: Sequence[int], sides: Sides, dilation: Sequence[int], groups: int,
    ) -> Tensor:  # fmt: skip
        """kernel [k…, in / groups, out]. sides: before and after, an axis each, or `same`."""
        size = kernel.shape[:-2]
        self._check_channels(x, kernel, bias, channel, groups)
        reach = tuple((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
        sides = known_sides(x, spatial, reach, stride, sides)
        x, sides = self._folded(x, spatial, sides, 0.0)
        x, sides = self._same(x, spatial, reach, stride, sides, 0.0)
        sides = known_sides(x, spatial, reach, stride, sides)
        made = (*_windows(x, spatial, reach, stride, sides), kernel.shape[-1])
        named = settings(
            stride=tuple(stride), sides=sides, dilation=_dilation(size, dilation), groups=groups
        )
        acting = (*spatial, channel)
        extras = [kernel] if bias is None else [kernel, bias]
        result = Result(_in_place(x.rank, acting), made)
        full = self.store.apply("Conv", named, [x], extras, acting=acting, results=[result])[0]

        def sliced(found: Tensor, cuts: Sequence[Slice]) -> Tensor | None:
            wider = strides(cuts, spatial, stride)
            if wider is None or isinstance(sides, str):  # `same` depends on the stride
                return None
            return self.conv(x, kernel, bias, spatial, channel, wider, sides, dilation, groups)

        self.windows[full.term.number, full.view] = sliced
        return full

    def conv_transpose(
        self, x: Tensor, kernel: Tensor, bias: Tensor | None, spatial: Sequence[int], channel: int,
        stride: Sequence[int], crop: Sequence[tuple[int, int]],
    ) -> Tensor:  # fmt: skip
        """kernel [k…, out, in]. crop: what the full result loses at each side, an axis each.

        Negative: positions added that hold the bias. What is lost is a slice (rule `cropped`).
        """
        if x.shape[channel] != kernel.shape[-1]:
            raise Misfit(f"a transposed convolution of {kernel.shape} on {x.shape}")
        _fits("bias", bias, kernel.shape[-2])
        x, crop = self._without_zeros(x, spatial, stride, crop)
        added = tuple((max(-low, 0), max(-high, 0)) for low, high in crop)
        spread = tuple(
            x.shape[axis] * s + (k - s + low + high)
            for axis, k, s, (low, high) in zip(
                spatial, kernel.shape[:-2], stride, added, strict=True
            )
        )
        acting = (*spatial, channel)
        named = settings(stride=tuple(stride), added=added)
        extras = [kernel] if bias is None else [kernel, bias]
        result = Result(_in_place(x.rank, acting), (*spread, kernel.shape[-2]))
        full = self.store.apply(
            "ConvTranspose", named, [x], extras, acting=acting, results=[result]
        )[0]

        def sliced(found: Tensor, cuts: Sequence[Slice]) -> Tensor | None:
            less = uncovered(found, cuts, spatial, added)
            if less is None:
                return None
            return self.conv_transpose(x, kernel, bias, spatial, channel, stride, less)

        self.windows[full.term.number, full.view] = sliced
        cuts = [
            (axis, max(low, 0), -max(high, 0) or None, 1)
            for axis, (low, high) in zip(spatial, crop, strict=True)
        ]
        return self.whole_slice(full, cuts)

    def _without_zeros(
        self, x: Tensor, spatial: Sequence[int], stride: Sequence[int],
        crop: Sequence[tuple[int, int]],
    ) -> tuple[Tensor, Sequence[tuple[int, int]]]:  # fmt: skip
        """Zeros around the input give positions that hold the bias, a stride each (rule `bare`)."""
        source, sides = self._folded(x, spatial, tuple((0, 0) for _ in spatial), 0.0)
        assert not isinstance(sides, str)
        less: list[tuple[int, int]] = []
        for (low, high), (before, after), step in zip(crop, sides, stride, strict=True):
            if not isinstance(before, int) or not isinstance(after, int):
                return x, crop
            less.append((low - before * step, high - after * step))
        return source, less

    def _check_channels(
        self, x: Tensor, kernel: Tensor, bias: Tensor | None, channel: int, groups: int
    ) -> None:
        if x.shape[channel] != kernel.shape[-2] * groups:
            raise Misfit(f"a convolution of {kernel.shape} in {groups} groups on {x.shape}")
        if x.rank != kernel.rank:
            raise Misfit(f"a convolution with a kernel of {kernel.shape} on {x.shape}")
        _fits("bias", bias, kernel.shape[-1])

    def depthwise_kernel(self, kernel: Tensor) -> Tensor:
        """A kernel [k…, channels, multiplier] as [k…, 1, channels * multiplier]."""
        rank = kernel.rank
        return self.expand(self.merge(kernel, rank - 2, rank - 1), rank - 2)

    # ---- pools -----------------------------------------------------------------------------------

    def pool(
        self, op: str, x: Tensor, spatial: Sequence[int], size: Sequence[int],
        stride: Sequence[int], sides: Sides,
    ) -> Tensor:  # fmt: skip
        """MaxPool or AvgPool; padding never wins and never counts."""
        if op == "MaxPool":
            sides = known_sides(x, spatial, size, stride, sides)
            x, sides = self._folded(x, spatial, sides, NEGATIVE)
            x, sides = self._same(x, spatial, size, stride, sides, NEGATIVE)
        sides = known_sides(x, spatial, size, stride, sides)
        made = _windows(x, spatial, size, stride, sides)
        named = settings(size=tuple(size), stride=tuple(stride), sides=sides)
        result = Result(_in_place(x.rank, spatial), made)
        return self.store.apply(op, named, [x], acting=spatial, results=[result])[0]

    def upsample(
        self, x: Tensor, spatial: Sequence[int], factor: Sequence[int], mode: str
    ) -> Tensor:
        made = tuple(x.shape[axis] * by for axis, by in zip(spatial, factor, strict=True))
        named = settings(factor=tuple(factor), mode=mode)
        result = Result(_in_place(x.rank, spatial), made, x.dtype)
        return self.store.apply("Upsample", named, [x], acting=spatial, results=[result])[0]

    def same_pad(
        self, x: Tensor, spatial: Sequence[int], reach: Sequence[int], stride: Sequence[int],
        value: float,
    ) -> Tensor:  # fmt: skip
        """The border of `same` padding; of a size known only at run time a term of its own."""
        sides = known_sides(x, spatial, reach, stride, "same")
        if not isinstance(sides, str):
            pairs = zip(spatial, sides, strict=True)
            return self.pad(x, [(axis, low, high) for axis, (low, high) in pairs], value)
        made = tuple(
            ((x.shape[axis] + (s - 1)) // s - 1) * s + r
            for axis, r, s in zip(spatial, reach, stride, strict=True)
        )
        named = settings(reach=tuple(reach), stride=tuple(stride), value=float(value))
        result = Result(_in_place(x.rank, spatial), made, x.dtype)
        return self.store.apply("same", named, [x], acting=spatial, results=[result])[0]

    def _same(
        self, x: Tensor, spatial: Sequence[int], reach: Sequence[Dim], stride: Sequence[int],
        sides: Sides, value: float,
    ) -> tuple[Tensor, Sides]:  # fmt: skip
        """The border of `same` padding as the padding of the window that it fits (rule `pads`)."""
        wanted = settings(reach=tuple(reach), stride=tuple(stride), value=float(value))
        fits = dict(x.term.settings) == {**dict(wanted), "along": len(spatial)}
        if x.term.op != "same" or not fits or isinstance(sides, str):
            return x, sides
        peeled = peel(x, len(spatial))
        if peeled is None or any(pair != (0, 0) for pair in sides):
            return x, sides
        source, changed = peeled
        if [changed.get(axis) for axis in spatial] != list(range(len(spatial))):
            return x, sides
        return source, "same"

    def _folded(
        self, x: Tensor, spatial: Sequence[int], sides: Sides, value: float
    ) -> tuple[Tensor, Sides]:
        """Borders of `value` around these axes as part of the padding (rule `pads`)."""
        while (once := self._border(x, spatial, sides, value)) is not None:
            x, sides = once
        return x, sides

    def _border(
        self, x: Tensor, spatial: Sequence[int], sides: Sides, value: float
    ) -> tuple[Tensor, Sides] | None:
        """The same of one border; None where there is none."""
        found = dict(x.term.settings)
        if x.term.op != "pad" or isinstance(sides, str):
            return None
        amounts = found["sides"]
        assert isinstance(amounts, tuple)
        fits = found["mode"] == "constant" and found["value"] == value
        peeled = peel(x, len(amounts)) if fits else None
        if peeled is None:
            return None
        source, changed = peeled
        if any(position not in spatial for position in changed):
            return None
        pads: list[tuple[Dim, Dim]] = list(sides)
        for position, at in changed.items():
            axis = list(spatial).index(position)
            low, high = amounts[at]
            pads[axis] = (pads[axis][0] + low, pads[axis][1] + high)
        return source, tuple(pads)

    # ---- norms -----------------------------------------------------------------------------------

    def batch_norm(
        self, x: Tensor, channel: int, scale: Sequence[Tensor | None], moving: Sequence[Tensor],
        eps: float, momentum: float, frozen: bool,
    ) -> Tensor:  # fmt: skip
        """scale: gamma and beta, or none; moving: mean and variance; momentum is what is kept."""
        training = self.training and not frozen
        named = settings(eps=float(eps), momentum=round(float(momentum), 12), training=training)
        return self._norm("BatchNorm", x, [channel], named, scale, moving)

    def layer_norm(
        self, op: str, x: Tensor, axes: Sequence[int], scale: Sequence[Tensor | None], eps: float
    ) -> Tensor:
        """LayerNorm or RMSNorm over axes; gamma and beta have these axes in this order."""
        return self._norm(op, x, axes, settings(eps=float(eps)), scale, ())

    def group_norm(
        self, x: Tensor, channel: int, groups: int, scale: Sequence[Tensor | None], eps: float
    ) -> Tensor:
        """Groups of neighbouring channels over all positions of an example."""
        places = [axis for axis in range(1, x.rank) if axis != channel]
        named = settings(eps=float(eps), groups=groups)
        return self._norm("GroupNorm", x, [channel], named, scale, (), places)

    def _norm(
        self, op: str, x: Tensor, axes: Sequence[int], named: tuple[tuple[str, object], ...],
        scale: Sequence[Tensor | None], moving: Sequence[Tensor], places: Sequence[int] = (),
    ) -> Tensor:  # fmt: skip
        shape = tuple(x.shape[axis] for axis in axes)
        gamma, beta = scale
        for tensor in (gamma, beta, *moving):
            if tensor is not None and tensor.shape != shape:
                raise Misfit(f"{op} over {shape} with a weight of {tensor.shape}")
        flags = settings(scale=gamma is not None, center=beta is not None)
        extras = [tensor for tensor in (gamma, beta, *moving) if tensor is not None]
        ordered = sorted(places, key=lambda axis: x.view[axis])
        acting = (*axes, *ordered)
        result = Result(_in_place(x.rank, acting), (*shape, *(x.shape[p] for p in ordered)))
        both = (*named, *flags)
        return self.store.apply(op, both, [x], extras, acting=acting, results=[result])[0]


def _fits(name: str, vector: Tensor | None, wanted: Dim) -> None:
    if vector is not None and vector.shape != (wanted,):
        raise Misfit(f"a {name} of {vector.shape} where ({wanted},) is wanted")


def _in_place(rank: int, acting: Sequence[int]) -> tuple[int, ...]:
    """The result's axes where the acting ones stay where they were."""
    return tuple(~list(acting).index(p) if p in acting else p for p in range(rank))


def _dilation(size: Sequence[Dim], dilation: Sequence[int]) -> tuple[int, ...]:
    """A kernel of one position has no dilation."""
    return tuple(1 if k == 1 else d for k, d in zip(size, dilation, strict=True))


def known_sides(
    x: Tensor, spatial: Sequence[int], reach: Sequence[Dim], stride: Sequence[int], sides: Sides
) -> Sides:
    """`same` as explicit sides where the sizes are known or the stride is 1 (rule `same`).

    total = max((ceil(n / s) - 1) s + reach - n, 0), the smaller half before (TensorFlow's rule).
    """
    if not isinstance(sides, str):
        return sides
    found = [_same(x.shape[p], r, s) for p, r, s in zip(spatial, reach, stride, strict=True)]
    known = tuple(pair for pair in found if pair is not None)
    return known if len(known) == len(found) else sides


def _same(n: Dim, reach: Dim, stride: int) -> tuple[int, int] | None:
    assert isinstance(reach, int)
    if stride == 1:
        total = reach - 1
    elif isinstance(n, OpenDim):
        return None
    else:
        total = max((-(-n // stride) - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2


def _windows(
    x: Tensor, spatial: Sequence[int], reach: Sequence[Dim], stride: Sequence[int], sides: Sides
) -> tuple[Dim, ...]:
    """How many windows fit along each axis."""
    sizes = [x.shape[axis] for axis in spatial]
    if isinstance(sides, str):
        return tuple((n + (s - 1)) // s for n, s in zip(sizes, stride, strict=True))
    made: list[Dim] = []
    for n, r, s, (low, high) in zip(sizes, reach, stride, sides, strict=True):
        count = (n + (low + high) - r) // s + 1
        if isinstance(count, int) and count < 1:
            raise Misfit(f"a window of {r} does not fit {low} + {n} + {high} positions")
        made.append(count)
    return tuple(made)
