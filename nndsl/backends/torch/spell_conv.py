"""Convolutions in torch: channels first, explicit sides, SamePad where sides depend on sizes."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.torch.piece import Piece, Row
from nndsl.backends.torch.spell_dense import flag
from nndsl.backends.torch.starts import started
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, Slice, TupleE
from nndsl.ops.base import Call
from nndsl.ops.conv_transpose import crops
from nndsl.ops.numbers import term_of
from nndsl.ops.spatial import Sides, pairs_of, sides


def plain(value: object) -> int | None:
    """The number where it is no formula."""
    return value if type(value) is int else None


def zero(values: Sequence[int]) -> bool:
    return all(plain(value) == 0 for value in values)


def ones(values: Sequence[int]) -> bool:
    return all(plain(value) == 1 for value in values)


def symmetric(pairs: Sides) -> bool:
    """True where every axis is padded alike on both sides, whatever the settings are."""
    return all(term_of(low) == term_of(high) for low, high in pairs)


def flat_sides(view: OpView, pairs: Sides) -> Expr:
    """F.pad's list: last axis first, before and after."""
    return b.tup(*(view.code(side) for pair in reversed(pairs) for side in pair))


def run_sides(view: OpView, pairs: Sides) -> Expr:
    """The same in `forward`."""
    return b.tup(*(view.run(side, "side") for pair in reversed(pairs) for side in pair))


def pad_piece(view: OpView, pairs: Sides, value: float = 0.0) -> Piece:
    """Explicit sides around the spatial axes."""
    n = len(pairs)
    sides = flat_sides(view, pairs)
    if value == 0:
        module = b.call(f"nn.ZeroPad{n}d", sides)
        return Piece(module, lambda x: b.call("F.pad", x, run_sides(view, pairs)), "pad")
    module = b.call(f"nn.ConstantPad{n}d", sides, value)
    return Piece(module, lambda x: b.call("F.pad", x, run_sides(view, pairs), value=value), "pad")


def same_pad(
    view: OpView, reach: Sequence[int], stride: Sequence[int], value: float = 0.0
) -> Piece:
    """Keras' `same`: sides that depend on the size of the value."""
    args: list[Expr] = [view.sizes(tuple(reach)), view.sizes(tuple(stride))]
    options = ["mixed"] if any(isinstance(arg, TupleE) for arg in args) else []
    if value:
        args.append(Const(value) if value > 0 else b.neg(b.call(b.name("float"), "inf")))
        options.append("value")
    return Piece(b.call(view.helper("SamePad", *options), *args), None, "pad")


def sides_of(view: OpView, reach: Sequence[int], stride: Sequence[int]) -> Sides | None:
    """The sides of `same` where they are plain numbers, whatever the settings are."""
    numbers = (*view.x.spatial, *reach, *stride)
    if any(plain(number) is None for number in numbers):
        return None
    return sides(Call(view.settings, (view.x,)), tuple(reach))


def padding(view: OpView) -> tuple[list[Piece], dict[str, Expr]]:
    """What pads before a convolution, and the `padding` argument of the layer itself."""
    s = view.settings
    pairs = pairs_of(s)
    kernel, stride, dilation = s.ints("kernel"), s.ints("stride"), s.ints("dilation")
    if pairs is None:
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
        known = sides_of(view, reach, stride)
        if known is not None and not ones(stride):
            pairs = known
        elif not ones(stride):
            return [same_pad(view, reach, stride)], {}
    if pairs is None:
        if any(plain(r) is None or r % 2 == 0 for r in reach):
            return [], {"padding": Const("same")}
        return [], _sides(view, [(r - 1) // 2 for r in reach])
    if symmetric(pairs):
        return [], _sides(view, [low for low, _ in pairs])
    return [pad_piece(view, pairs)], {}


def _sides(view: OpView, sides: Sequence[int]) -> dict[str, Expr]:
    return {} if zero(sides) else {"padding": view.sizes(tuple(sides))}


def _window(view: OpView) -> tuple[list[Piece], dict[str, Expr]]:
    """Stride, padding and dilation of a layer, and what pads before it."""
    s = view.settings
    before, pads = padding(view)
    args: dict[str, Expr] = {}
    if not ones(s.ints("stride")):
        args["stride"] = view.sizes(s.ints("stride"))
    args |= pads
    if not ones(s.ints("dilation")):
        args["dilation"] = view.sizes(s.ints("dilation"))
    return before, args


def _conv(view: OpView) -> tuple[Piece, ...]:
    s, n = view.settings, view.x.rank - 1
    before, args = _window(view)
    if plain(s.int("groups")) != 1:
        args["groups"] = view.get("groups")
    made = b.call(
        f"nn.Conv{n}d", view.channels, view.get("filters"), view.sizes(s.ints("kernel")),
        **args, **flag(view, "bias"),
    )  # fmt: skip
    tensors = (("kernel", "weight"), ("bias", "bias"))
    return (*before, Piece(started(view, made, tensors, plain=("weight",))), *view.act())


def _depthwise(view: OpView) -> tuple[Piece, ...]:
    s, n = view.settings, view.x.rank - 1
    before, args = _window(view)
    made = b.call(
        f"nn.Conv{n}d", view.channels, view.code(view.out.channels), view.sizes(s.ints("kernel")),
        **args, groups=view.channels, **flag(view, "bias"),
    )  # fmt: skip
    tensors = (("kernel", "weight"), ("bias", "bias"))
    alike = ("weight",) if plain(s.int("multiplier")) == 1 else ()
    return (*before, Piece(started(view, made, tensors, same_fans=alike)), *view.act())


def _separable(view: OpView) -> tuple[Piece, ...]:
    s, n = view.settings, view.x.rank - 1
    before, args = _window(view)
    between = view.code(view.x.channels * s.int("multiplier"))
    depthwise = b.call(
        f"nn.Conv{n}d", view.channels, between, view.sizes(s.ints("kernel")), **args,
        groups=view.channels, bias=False,
    )  # fmt: skip
    pointwise = b.call(f"nn.Conv{n}d", between, view.get("filters"), 1, **flag(view, "bias"))
    alike = ("weight",) if plain(s.int("multiplier")) == 1 else ()
    first = started(view, depthwise, (("depthwise_kernel", "weight"),), same_fans=alike)
    tensors = (("pointwise_kernel", "weight"), ("bias", "bias"))
    second = started(view, pointwise, tensors, plain=("weight",))
    return (*before, Piece(b.call("nn.Sequential", first, second)), *view.act())


def _transpose(view: OpView) -> tuple[Piece, ...]:
    """torch crops `padding` at both sides and adds `output_padding` (below the stride) at the end.

    A result cut more at its end than at its beginning is sliced afterwards, and one that is cut so
    much more at its beginning that `output_padding` cannot make up for it. What is too long for
    both has one more position of zeros at the end of what it is given: it adds only bias.
    """
    s, n = view.settings, view.x.rank - 1
    stride = s.ints("stride")
    more = [int(low < _beyond(low - high, step))
            for (low, high), step in zip(crops(s), stride, strict=True)]  # fmt: skip
    before = [pad_piece(view, tuple((0, one) for one in more))] if any(more) else []
    cut = [(low, high + step if one else high)
           for (low, high), step, one in zip(crops(s), stride, more, strict=True)]  # fmt: skip
    args: dict[str, Expr] = {}
    if not ones(stride):
        args["stride"] = view.sizes(stride)
    first = [_beyond(low - high, step) for (low, high), step in zip(cut, stride, strict=True)]
    args |= _sides(view, [low - off for (low, _), off in zip(cut, first, strict=True)])
    extra = [low - off - high for (low, high), off in zip(cut, first, strict=True)]
    after: list[Piece] = []
    if any(int(e) < 0 for e in extra) or any(first):
        ends = tuple(min(e, 0) for e in extra)
        after = [_cut(view, tuple(first), ends)]
        extra = [max(e, 0) for e in extra]
    if not zero(extra):
        args["output_padding"] = view.sizes(extra)
    made = b.call(
        f"nn.ConvTranspose{n}d", view.channels, view.get("filters"),
        view.sizes(s.ints("kernel")), **args, **flag(view, "bias"),
    )  # fmt: skip
    tensors = (("kernel", "weight"), ("bias", "bias"))
    piece = Piece(started(view, made, tensors, same_fans=("weight",)))
    return (*before, piece, *after, *view.act())


def _beyond(extra: int, stride: int) -> int:
    """How much of what the end has more than the beginning `output_padding` cannot hold."""
    return max(extra - stride + 1, 0) if int(extra) >= int(stride) else 0


def _cut(view: OpView, first: tuple[int, ...], ends: tuple[int, ...]) -> Piece:
    """Takes positions off both sides of the spatial axes; the numbers for the end are negative."""
    pairs = tuple((-off, end) for off, end in zip(first, ends, strict=True))
    module = pad_piece(view, pairs).module
    if any(plain(number) is None for pair in pairs for number in pair):
        return Piece(module, None, "crop")
    slices = [Slice(_bound(view, off), _bound(view, end))
              for off, end in zip(first, ends, strict=True)]  # fmt: skip
    return Piece(module, lambda x: b.index(x, Slice(), Slice(), *slices), "crop")


def _bound(view: OpView, number: int) -> Expr | None:
    return view.code(number) if number else None


ROWS = {
    "Conv": Row("first", pieces=_conv, batch=True),
    "DepthwiseConv": Row("first", pieces=_depthwise, batch=True),
    "SeparableConv": Row("first", pieces=_separable, batch=True),
    "ConvTranspose": Row("first", pieces=_transpose, batch=True),
}
