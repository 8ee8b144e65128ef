"""Pooling in torch: what is padded never wins and is never counted."""

from __future__ import annotations

from nndsl.backends.torch.layout import first_order
from nndsl.backends.torch.piece import Piece, Result, Row
from nndsl.backends.torch.spell_conv import (
    ones,
    pad_piece,
    plain,
    same_pad,
    symmetric,
    zero,
)
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, TupleE
from nndsl.ops.numbers import term_of
from nndsl.ops.spatial import Sides, pairs_of

LOWEST = float("-inf")


def _window(view: OpView) -> dict[str, Expr]:
    """The stride, where it is not the window's size."""
    size, stride = view.settings.ints("size"), view.settings.ints("stride")
    if [term_of(v) for v in size] == [term_of(v) for v in stride]:
        return {}
    return {"stride": view.sizes(stride)}


def _centred(view: OpView) -> tuple[int, ...] | None:
    """Equal sides that torch's own `padding` can express; None where it cannot."""
    s = view.settings
    pairs, size = pairs_of(s), s.ints("size")
    if pairs is None:
        odd = ones(s.ints("stride")) and all(plain(k) is not None and k % 2 for k in size)
        return tuple((k - 1) // 2 for k in size) if odd else None
    sides = tuple(low for low, _ in pairs)
    small = all(2 * int(low) <= int(k) for low, k in zip(sides, size, strict=True))
    return sides if symmetric(pairs) and small else None


def _pool(view: OpView, kind: str, more: dict[str, Expr], sides: tuple[int, ...]) -> Piece:
    n = view.x.rank - 1
    size = view.sizes(view.settings.ints("size"))
    args = _window(view)
    if not zero(sides):
        args |= {"padding": view.sizes(sides)} | more
    return Piece(
        b.call(f"nn.{kind}Pool{n}d", size, **args),
        lambda x: b.call(f"F.{kind.lower()}_pool{n}d", x, size, **args),
        seam=True,
    )


def _max(view: OpView) -> tuple[Piece, ...]:
    sides = _centred(view)
    if sides is not None:
        return (_pool(view, "Max", {}, sides),)
    s = view.settings
    pairs: Sides | None = pairs_of(s)
    pad = (
        same_pad(view, s.ints("size"), s.ints("stride"), LOWEST)
        if pairs is None
        else (pad_piece(view, pairs, LOWEST))
    )
    return (pad, _pool(view, "Max", {}, (0,) * len(s.ints("size"))))


def _avg(view: OpView) -> tuple[Piece, ...]:
    sides = _centred(view)
    if sides is not None and (zero(sides) or _fits(view)):
        return (_pool(view, "Avg", {"count_include_pad": Const(False)}, sides),)
    s = view.settings
    pairs = pairs_of(s)
    args = [view.sizes(s.ints("size")), view.sizes(s.ints("stride"))]
    if pairs is not None:
        args.append(b.tup(*(view.code(side) for pair in reversed(pairs) for side in pair)))
    mixed = any(isinstance(arg, TupleE) for arg in args[:2])
    view.helper("SamePad", *(("mixed",) if mixed else ()))
    return (Piece(b.call(view.helper("PaddedAvgPool"), *args), seam=True),)


def _fits(view: OpView) -> bool:
    """True where torch takes the window: that of nn.AvgPool3d, and of no other pool, must not be
    larger than what it pads (2.13)."""
    sizes = zip(view.x.spatial, view.settings.ints("size"), strict=True)
    known = [(plain(dim), plain(size)) for dim, size in sizes]
    fit = [dim is not None and size is not None and size <= dim for dim, size in known]
    return len(known) < 3 or all(fit)


def _spatial(view: OpView) -> tuple[Expr, ...]:
    at = view.x.channel_axis
    return tuple(Const(view.axis(i)) for i in range(view.x.rank) if i != at)


def _axes(view: OpView) -> Expr:
    """The spatial axes: one, or a tuple of them in order."""
    found = sorted(_spatial(view), key=lambda e: int(str(getattr(e, "value", 0))))
    return found[0] if len(found) == 1 else b.tup(*found)


def _global_avg(view: OpView) -> tuple[Piece, ...]:
    n, keep = view.x.rank - 1, view.settings.flag("keepdims")
    pool = b.call(f"nn.AdaptiveAvgPool{n}d", 1)
    module: Expr = pool if keep else b.call("nn.Sequential", pool, b.call("nn.Flatten"))
    more = {"keepdim": Const(True)} if keep else {}
    first = view.order == first_order(view.x)
    return (
        Piece(module if first else None, lambda x: b.call(b.attr(x, "mean"), _axes(view), **more)),
    )


def _global_max(view: OpView, ins: tuple[Expr, ...]) -> Result:
    keep = view.settings.flag("keepdims")
    more = {"keepdim": Const(True)} if keep else {}
    code = b.call(b.attr(ins[0], "amax"), _axes(view), **more)
    return Result((code,), (view.order if keep else None,))


ROWS = {
    "MaxPool": Row("first", pieces=_max, batch=True),
    "AvgPool": Row("first", pieces=_avg, batch=True),
    "GlobalAvgPool": Row("any", pieces=_global_avg),
    "GlobalMaxPool": Row("any", apply=_global_max),
}
