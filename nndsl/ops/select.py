"""Functions that choose elements: take, gather, slice, split, top_k, one_hot."""

from __future__ import annotations

from nndsl.ops import symbols
from nndsl.ops.base import Call, Example, Kind, Op, Reject, Setting, Settings, Type, Value
from nndsl.ops.broadcast import axis_of, batched, plain_tensors, wants
from nndsl.ops.kinds import Int, Sizes
from nndsl.ops.numbers import Dim, OpenDim, Sym, same_dim, show_dim, surely_less
from nndsl.source import Span

_NUMPY = "numpy, per example"


class Bounds(Kind):
    """A list of whole numbers or none: where slices start, stop and step, an axis each."""

    label = "a list of whole numbers or none, an axis each"
    group = "list"

    def accepts(self, value: Value) -> bool:
        return False

    def check(self, value: Value, where: Span, setting: str) -> Value:
        assert isinstance(value, tuple), "written by elaboration from a subscript"
        return value


def _beyond(call: Call, op: Op, index: int, axis: int) -> None:
    """NN213 where an index is not on the axis; open axes are checked when the network runs."""
    dim, at = call.x.shape[axis], int(index)
    if isinstance(dim, int) and not -int(dim) <= at < int(dim):
        raise call.wrong(
            "NN213",
            f"index {at} is not on axis {axis} of {call.x.show()}",
            f"indices go from {-int(dim)} to {int(dim) - 1}",
        )
    if isinstance(dim, OpenDim) and surely_less(dim, at + 1 if at >= 0 else -at):
        raise call.wrong("NN213", f"index {at} is never on axis {axis} of {call.x.show()}")


def _without(type_: Type, axis: int) -> Type:
    roles = (*type_.axes[:axis], *type_.axes[axis + 1 :])
    shape = (*type_.shape[:axis], *type_.shape[axis + 1 :])
    return Type(shape, type_.dtype, roles, type_.batched)


class Take(Op):
    """One element of an axis, which goes away: `take(0)` of [197, 768] is the class token [768]."""

    word = "take"
    formula = "take(x, index, axis)"
    kind = "function"
    takes = "a value with axes"
    settings = (
        Setting("index", Int(), "which element; negative from the end", required=True),
        Setting("axis", Int(), "the axis", default=0, symbolic=False),
    )
    examples = (
        Example("take(0)", "[197, 768]", "[768]", source="the class token of ViT"),
        Example("take(-1, axis=1)", "[3, ?T]", "[3]", source=_NUMPY),
    )
    rejects = (
        Reject("take(5)", "[5, 8]", "NN213", "the last is 4"),
        Reject("take(0, axis=1)", "[5]", "NN208", "there is axis 0 only"),
    )

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        axis = call.settings.int("axis")
        _beyond(call, self, call.settings.int("index"), axis)
        return (_without(call.x, axis),)


class Gather(Op):
    """The elements of an axis that `indices` name: `gather(x, indices)` is numpy's `take`.

    The axis is replaced by the axes of the indices: [V, C] with int[T] gives [T, C]. Per example:
    batched indices choose from the example's own x, or from an x that has no batch.
    """

    word = "gather"
    formula = "take(a, b, axis)"
    kind = "function"
    takes = "a value with axes, and ints"
    settings = (Setting("axis", Int(), "the axis", default=0, keyword=True, symbolic=False),)
    operands = ("", "")
    examples = (
        Example("gather", "[50, 8], int[?T]", "[?T, 8]", source="numpy.take, per example"),
        Example("gather(axis=1)", "[50, 8], int", "[50]", source="numpy.take, per example"),
    )
    rejects = (
        Reject("gather", "[50, 8], [3]", "NN212", "indices are ints"),
        Reject("gather", "[50, 8]", "NN201", "no indices are given"),
    )

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if len(call.ins) != 2:
            self.refuse(call, "`gather` takes a value and indices", "gather(x, indices)")
        plain_tensors(self, call)
        x, indices = call.ins
        wants(self, call, indices, "int")
        axis = call.settings.int("axis")
        shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
        return (Type(shape, x.dtype, (), batched(call)),)


class Slice(Op):
    """Python's subscript, per example: `x[0]`, `x[1:]`, `x[:, 2]`, `x[:-1, ::2]`.

    One entry for each of the first axes: `starts` and `stops` (or none), `steps`, and `drop`, which
    is true where a single index takes the axis away. Other axes stay whole. A bound beyond the end
    is an error rather than cut, and an open axis can only be cut relative to its ends.
    """

    word = "slice"
    formula = """
        cuts = zip(starts, stops, steps, drop)
        x[tuple(low if single else slice(low, high, step) for low, high, step, single in cuts)]
        """
    kind = "function"
    takes = "a value with axes"
    settings = (
        Setting("starts", Bounds(), "first elements, or the single ones", keyword=True),
        Setting("stops", Bounds(), "elements before which to stop", keyword=True),
        Setting("steps", Bounds(), "steps", keyword=True, symbolic=False),
        Setting("drop", Bounds(), "axes that go away", keyword=True, symbolic=False),
    )
    examples = (
        Example("slice(starts=[0], stops=[none], steps=[none], drop=[true])",
                "[197, 768]", "[768]", source="numpy: x[0]"),
        Example("slice(starts=[1], stops=[none], steps=[none], drop=[false])",
                "int[?T]", "int[?T - 1]", source="numpy: x[1:]"),
        Example("slice(starts=[none, 2], stops=[none, none], steps=[none, none], "
                "drop=[false, true])", "[5, 8]", "[5]", source="numpy: x[:, 2]"),
        Example("slice(starts=[none, -4], stops=[-1, none], steps=[2, none], "
                "drop=[false, false])", "[10, 8]", "[5, 4]", source="numpy: x[:-1:2, -4:]"),
    )  # fmt: skip
    rejects = (
        Reject("slice(starts=[7], stops=[none], steps=[none], drop=[true])",
               "[5]", "NN213", "the last is 4"),
        Reject("slice(starts=[none], stops=[9], steps=[none], drop=[false])",
               "[5]", "NN213", "there are 5"),
        Reject("slice(starts=[none], stops=[9], steps=[none], drop=[false])",
               "[?T]", "NN219", "there may be fewer than 9"),
        Reject("slice(starts=[none], stops=[none], steps=[-1], drop=[false])",
               "[5]", "NN213", "flip reverses"),
    )  # fmt: skip

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, cuts = call.x, cuts_of(call)
        if len(cuts) > x.rank:
            self.refuse(call, f"{len(cuts)} subscripts for the {x.rank} axes of {x.show()}")
        shape: list[Dim] = []
        roles: list[str] = []
        for axis, dim in enumerate(x.shape):
            start, stop, step, drop = cuts[axis] if axis < len(cuts) else (None, None, None, False)
            if drop:
                _beyond(call, self, start if isinstance(start, int) else 0, axis)
                continue
            shape.append(_Cut(call, axis, dim).length(start, stop, step or 1))
            roles.append(x.axes[axis] if x.axes else "")
        return (Type(tuple(shape), x.dtype, tuple(roles) if x.axes else (), x.batched),)


def cuts_of(call: Call) -> list[tuple[Dim | None, Dim | None, int | None, bool]]:
    """(start, stop, step, drop) for each of the first axes; bounds may be open dimensions."""
    columns = [call.settings.get(name) for name in ("starts", "stops", "steps", "drop")]
    lists = [column if isinstance(column, tuple) else () for column in columns]
    return [
        (_bound(start), _bound(stop), _whole(step), drop is True)
        for start, stop, step, drop in zip(*lists, strict=True)
    ]


def _bound(value: Value) -> Dim | None:
    return value if isinstance(value, int | OpenDim) else None


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _at_most(left: Dim, right: Dim) -> bool:
    """True where left <= right whatever open dimensions are, which are 1 at least."""
    rest = right - left
    if isinstance(rest, int) or symbols.never_negative(rest.term):
        return isinstance(rest, OpenDim) or int(rest) >= 0
    high = left.high if isinstance(left, OpenDim) else int(left)
    low = max(right.low, 1) if isinstance(right, OpenDim) else int(right)
    return high is not None and high <= low


def _equal_numbers(left: Dim, right: Dim) -> bool:
    return isinstance(left, int) and isinstance(right, int) and int(left) == int(right)


class _Cut:
    """The length of `start:stop:step` of one axis."""

    def __init__(self, call: Call, axis: int, dim: Dim) -> None:
        self.call, self.axis, self.dim = call, axis, dim

    def length(self, start: Dim | None, stop: Dim | None, step: int) -> Dim:
        if int(step) < 1:
            raise self.call.wrong("NN213", f"a step of {int(step)}", "reverse an axis with flip")
        low = 0 if start is None else self._bound(start)
        high = self.dim if stop is None else self._bound(stop)
        if surely_less(high, low) or _equal_numbers(low, high):
            raise self.call.wrong(
                "NN213",
                f"nothing lies between the bounds on axis {self.axis} of {self.call.x.show()}",
            )
        if isinstance(start, OpenDim) or isinstance(stop, OpenDim):
            self._ordered(low, high)
        count = high - low
        return count if int(step) == 1 else (count + step - 1) // step

    def _bound(self, at: Dim) -> Dim:
        """A bound counted from the start. Its sign decides (recorded, where it has a formula)."""
        if isinstance(at, OpenDim):
            self._within(at)
            return at
        negative = bool(at < 0) if isinstance(at, Sym) else at < 0
        if isinstance(self.dim, OpenDim):
            self._open(at)
        elif not -int(self.dim) <= int(at) <= int(self.dim):
            raise self.call.wrong(
                "NN213",
                f"bound {int(at)} is beyond axis {self.axis} of {self.call.x.show()}",
                "leave the bound out to take all",
            )
        return self.dim + at if negative else at

    def _within(self, at: OpenDim) -> None:
        """NN219 where an open bound may lie beyond the axis: then the length is not known."""
        if not _at_most(at, self.dim):
            dim = show_dim(self.dim)
            raise self.call.wrong(
                "NN219",
                f"the bound {at!r} may be beyond axis {self.axis}, whose size is {dim}",
                f"state its bound where it is defined, as in `?T <= {dim}`",
            )

    def _ordered(self, low: Dim, high: Dim) -> None:
        """NN219 where open bounds may lie the wrong way round."""
        if not _at_most(low, high):
            raise self.call.wrong(
                "NN219",
                f"the bound {show_dim(high)} may be smaller than {show_dim(low)}",
                "state a bound of the open dimension where it is defined, as in `?T >= 8`",
            )

    def _open(self, at: int) -> None:
        """NN219 where an open axis may be shorter than the bound (it has one element at least)."""
        assert isinstance(self.dim, OpenDim)
        if abs(int(at)) > max(self.dim.low, 1):
            raise self.call.wrong(
                "NN219",
                f"axis {self.axis} of {self.call.x.show()} may have fewer than {abs(int(at))} "
                "elements, so that the length of this slice is not known",
                "give the axis a number in the input's type",
            )


class Split(Op):
    """Cuts an axis into pieces: `a, b = split(2)` halves the channels.

    A number is how many equal pieces; a list is their sizes, which must add up. One result a piece.
    """

    word = "split"
    formula = "split(x, parts if ndim(parts) == 0 else cumsum(parts)[:-1], axis)"
    kind = "function"
    takes = "a value with axes"
    settings = (
        Setting("parts", Sizes(1), "how many equal pieces, or their sizes", required=True,
                symbolic=False),
        Setting("axis", Int(), "the axis; the channels' by default", symbolic=False),
    )  # fmt: skip
    examples = (
        Example("split(3)", "[?T, 2304]", "[?T, 768], [?T, 768], [?T, 768]",
                source="arithmetic: query, key and value of GPT-2"),
        Example("split([1, 196], axis=0)", "[197, 768]", "[1, 768], [196, 768]", source=_NUMPY),
    )  # fmt: skip
    rejects = (
        Reject("split(3)", "[8]", "NN214", "8 is no multiple of 3"),
        Reject("split([3, 4])", "[8]", "NN214", "3 and 4 are 7"),
        Reject("split([3, 4])", "[?T]", "NN219", "the sizes must add up to a known number"),
    )

    def resolve(self, call: Call) -> Settings:
        at = call.settings.int("axis") if call.settings.has("axis") else call.x.channel_axis
        return call.settings.with_(axis=axis_of(self, call, at, call.x.rank))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        axis, shape = call.settings.int("axis"), call.x.shape
        return tuple(
            call.x.with_shape((*shape[:axis], size, *shape[axis + 1 :]))
            for size in self._sizes(call, shape[axis])
        )

    def _sizes(self, call: Call, dim: Dim) -> tuple[Dim, ...]:
        parts = call.settings.get("parts")
        if isinstance(parts, int):
            if isinstance(dim, int) and int(dim) % int(parts):
                self._uneven(call, f"{int(dim)} into {int(parts)} equal pieces")
            return (dim // parts,) * int(parts)
        sizes = call.settings.ints("parts")
        if isinstance(dim, OpenDim):
            raise call.wrong("NN219", f"the sizes of the pieces cannot be checked against {dim!r}")
        if not same_dim(sum(int(size) for size in sizes), dim):
            shown = " + ".join(str(int(size)) for size in sizes)
            self._uneven(call, f"{int(dim)} into {shown}")
        return sizes

    def _uneven(self, call: Call, what: str) -> None:
        raise call.wrong("NN214", f"`split` cannot cut {what}", "the pieces must use up the axis")


class TopK(Op):
    """The `k` largest elements along the last axis, the largest first, and where they were.

    `values, indices = top_k(x, 5)`. The order of equal elements is the framework's.
    """

    word = "top_k"
    formula = """
        indices = argsort(-x, axis=-1)[..., :k]
        take_along_axis(x, indices, -1), indices
        """
    aliases = ("topk",)
    kind = "function"
    takes = "numbers with axes"
    settings = (Setting("k", Int(1), "how many", required=True),)
    results = ("values", "indices")
    examples = (
        Example("top_k(2)", "[?T, 8]", "[?T, 2], int[?T, 2]",
                source="arithmetic: the router of a mixture of 8 experts"),
        Example("top_k(5)", "[1000]", "[5], int[5]", source="torch.topk"),
    )  # fmt: skip
    rejects = (Reject("top_k(9)", "[8]", "NN213", "there are 8"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, k = call.x, call.settings.int("k")
        if not x.shape or x.dtype == "bool":
            raise call.wrong("NN212", f"`top_k` orders numbers along an axis, not {x.show()}")
        if surely_less(x.shape[-1], k):
            raise call.wrong("NN213", f"`top_k({int(k)})` of {x.show()}: there are not so many")
        values = x.with_shape((*x.shape[:-1], k))
        return values, Type(values.shape, "int", values.axes, x.batched)


class OneHot(Op):
    """Ints as rows of zeros with one 1: class i of `n` is a 1 at place i of a new last axis."""

    word = "one_hot"
    formula = "eye(n)[x]"
    kind = "function"
    takes = "ints of any shape"
    settings = (Setting("n", Int(1), "how many classes", required=True),)
    examples = (
        Example("one_hot(10)", "int", "[10]", source="a class condition"),
        Example("one_hot(256)", "int[?T]", "[?T, 256]", source="bytes"),
    )
    rejects = (Reject("one_hot(10)", "[4]", "NN212", "classes are ints"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        wants(self, call, call.x, "int")
        return (Type((*call.x.shape, call.settings.int("n")), "float", (), call.x.batched),)
