"""Flatten, reshape, padding, cropping and upsampling in torch; axes as the file orders them."""

from __future__ import annotations

from nndsl.backends.torch.layout import Order, file_order
from nndsl.backends.torch.piece import Piece, Result, Row
from nndsl.backends.torch.spell_conv import flat_sides, plain, run_sides
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Call
from nndsl.ops.numbers import Dim, OpenDim, term_of
from nndsl.ops.shape import Margins
from nndsl.ops.spatial import Sides
from nndsl.ops.symbols import Term, substitute, var, variables


def _flat_order(step: OpStep, given: Order) -> Order:
    """The file's order, or any where all but one axis has one position."""
    type_ = step.ins[0].type
    wide = [dim for dim in type_.shape if plain(dim) != 1]
    return given if len(wide) <= 1 else file_order(type_)


def _flatten(view: OpView) -> tuple[Piece, ...]:
    if view.x.rank == 1:
        return ()
    if view.x.rank == 0:
        return (Piece(None, lambda x: b.call(b.attr(x, "unsqueeze"), -1)),)
    first = 1 if view.x.batched else 0
    module = b.call("nn.Flatten") if view.x.batched else None
    return (Piece(module, lambda x: b.call(b.attr(x, "flatten"), first)),)


def _reshape(view: OpView) -> tuple[Piece, ...]:
    shift = 1 if view.x.batched else 0
    if view.x.rank == 1 and view.x.batched:
        sizes = b.tup(*(view.code(d) for d in _wanted(view)))
        module: Expr | None = b.call("nn.Unflatten", 1, sizes)
        return (Piece(module, lambda x: b.call(b.attr(x, "unflatten"), 1, _run_sizes(view))),)
    ends = view.out.rank == 2 and _told(view, view.out.shape[-1]) == _told(view, view.x.shape[-1])
    if ends and view.x.rank > 2:
        last = view.x.rank - 2 + shift
        module = b.call("nn.Flatten", shift, last)
        return (Piece(module, lambda x: b.call(b.attr(x, "flatten"), shift, last)),)
    return (Piece(None, lambda x: _general(view, x)),)


def _told(view: OpView, dim: Dim) -> Term:
    """A size without the names of `let`."""
    term = term_of(dim)
    lets = view.low.plan.lets
    while names := variables(term) & lets.keys():
        term = substitute(term, {var(name): lets[name] for name in names})
    return term


def _wanted(view: OpView) -> tuple[int, ...]:
    """The sizes of the result, -1 for one that is open or that the text leaves over."""
    return tuple(
        -1 if isinstance(size, OpenDim) or left else size
        for size, left in zip(view.out.shape, _left_over(view), strict=True)
    )


def _left_over(view: OpView) -> tuple[bool, ...]:
    """Where the text says -1: one instance may run on other sizes than its first."""
    return tuple(not hasattr(d, "term") and d == -1 for d in view.settings.dims("shape"))


def _run_sizes(view: OpView) -> Expr:
    return b.tup(*(view.run(d) for d in _wanted(view)))


def _general(view: OpView, x: Expr) -> Expr:
    sizes = [view.run(d) for d in _wanted(view)]
    if not view.x.batched:
        return b.call(b.attr(x, "reshape"), *sizes)
    if any(type(d) is int and d == -1 for d in _wanted(view)):
        x = view.variable(x)
        open_dims = [d for d in view.out.shape if isinstance(d, OpenDim)]
        if len(open_dims) > 1:
            sizes = [view.run(d) for d in view.out.shape]
        return b.call(b.attr(x, "reshape"), b.index(b.attr(x, "shape"), 0), *sizes)
    return b.call(b.attr(x, "reshape"), -1, *sizes)


def _permute(view: OpView, ins: tuple[Expr, ...]) -> Result:
    """Only the meaning of the axes changes; they move when something insists."""
    order = view.settings.ints("axes" if "axes" in view.settings.items else "order")
    return Result(ins, (tuple(order.index(axis) for axis in view.order),))


# ---- margins -----------------------------------------------------------------------------------


def _sides(view: OpView) -> Sides:
    op = view.step.op
    assert isinstance(op, Margins), op
    return op.sides(Call(view.settings, tuple(v.type for v in view.step.ins)))


MODES = {"constant": "Zero", "zero": "Zero", "zeros": "Zero", "reflect": "Reflection",
         "replicate": "Replication", "edge": "Replication"}  # fmt: skip


def _pad(view: OpView) -> tuple[Piece, ...]:
    pairs, n = _sides(view), view.x.rank - 1
    word = view.settings.word("mode")
    kind = MODES[word or "constant"]
    value = view.settings.items.get("value", 0)
    if kind == "Zero":
        return (_constant_pad(view, pairs, value),)
    mode = {"Reflection": "reflect", "Replication": "replicate"}[kind]
    return (
        Piece(
            b.call(f"nn.{kind}Pad{n}d", flat_sides(view, pairs)),
            lambda x: b.call("F.pad", x, run_sides(view, pairs), mode=mode),
        ),
    )


def _constant_pad(view: OpView, pairs: Sides, value: object) -> Piece:
    n = len(pairs)
    if plain(value) == 0 or (type(value) is float and value == 0):
        return Piece(
            b.call(f"nn.ZeroPad{n}d", flat_sides(view, pairs)),
            lambda x: b.call("F.pad", x, run_sides(view, pairs)),
        )
    number = view.get("value")
    return Piece(
        b.call(f"nn.ConstantPad{n}d", flat_sides(view, pairs), number),
        lambda x: b.call("F.pad", x, run_sides(view, pairs), value=view.run(value)),  # type: ignore[arg-type]
    )


def _crop(view: OpView) -> tuple[Piece, ...]:
    """Negative padding cuts off."""
    pairs = tuple((-before, -after) for before, after in _sides(view))
    n = len(pairs)
    return (
        Piece(
            b.call(f"nn.ZeroPad{n}d", flat_sides(view, pairs)),
            lambda x: b.call("F.pad", x, run_sides(view, pairs)),
        ),
    )


def _upsample(view: OpView) -> tuple[Piece, ...]:
    sizes = view.sizes(view.settings.ints("size"))
    mode = view.settings.word("mode")
    args: dict[str, Expr] = {"scale_factor": sizes}
    if mode != "nearest":
        args["mode"] = Const(mode)
    return (Piece(b.call("nn.Upsample", **args), lambda x: b.call("F.interpolate", x, **args)),)


def _shuffle(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call("nn.PixelShuffle", view.get("n"))),)


def _unshuffle(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call("nn.PixelUnshuffle", view.get("n"))),)


ROWS = {
    "Flatten": Row("file", pieces=_flatten, order=_flat_order),
    "Reshape": Row("file", pieces=_reshape),
    "Permute": Row("any", apply=_permute),
    "transpose": Row("any", apply=_permute),
    "Pad": Row("first", pieces=_pad),
    "Crop": Row("first", pieces=_crop),
    "Upsample": Row("first", pieces=_upsample, batch=True),
    "PixelShuffle": Row("first", pieces=_shuffle, batch=True),
    "PixelUnshuffle": Row("first", pieces=_unshuffle, batch=True),
}
