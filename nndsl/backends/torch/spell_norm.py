"""Norms in torch: every number written out that the two frameworks default differently."""

from __future__ import annotations

from nndsl.backends.torch.layout import Order
from nndsl.backends.torch.piece import Piece, Row
from nndsl.backends.torch.starts import started
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Const, Expr
from nndsl.ir.steps import OpStep

TENSORS = (("gamma", "weight"), ("beta", "bias"))


def _eps(view: OpView, default: float = 1e-5) -> dict[str, Expr]:
    value = view.settings.get("eps")
    return {} if type(value) is float and value == default else {"eps": view.code(value)}


def _on(view: OpView, name: str) -> bool:
    """A flag of the settings; one that the file decides elsewhere is baked in."""
    return view.settings.flag(name)


def _affine(view: OpView, made: Expr, off: str) -> Expr:
    """The module with the learned scale and shift that the file asks for."""
    scale, center = _on(view, "scale"), _on(view, "center")
    assert isinstance(made, Call)
    if not scale and not center:
        made = b.call(made.func, *made.args, **dict(made.kwargs), **{off: False})
    elif not (scale and center):
        missing = "bias" if scale else "weight"
        made = b.call(view.helper("without"), made, missing)
    return started(view, made, TENSORS, none=True)


def _batch(view: OpView) -> tuple[Piece, ...]:
    s = view.settings
    n = max(view.x.rank - 1, 1)
    if n > 3:
        view.low.unsayable(view.step.site, f"BatchNorm over a value of {n + 1} axes")
    momentum = s.float("momentum")
    rate = Const(round(1 - momentum, 15)) if type(momentum) is float else view.code(1 - momentum)
    args = _eps(view) | ({} if rate == Const(0.1) else {"momentum": rate})
    own = view.exact()
    layer = b.dotted(f"nn.BatchNorm{n}d") if own is None else view.helper(own.exact)
    return (Piece(_affine(view, b.call(layer, view.channels, **args), "affine")),)


def _normalised(view: OpView) -> Expr:
    axes = view.settings.ints("axis")
    sizes = [view.dim(axis) for axis in axes]
    return sizes[0] if len(sizes) == 1 else b.tup(*sizes)


def _layer(view: OpView) -> tuple[Piece, ...]:
    made = b.call("nn.LayerNorm", _normalised(view), **_eps(view))
    if _on(view, "scale") and not _on(view, "center"):
        made = b.call("nn.LayerNorm", _normalised(view), **_eps(view), bias=False)
        return (Piece(started(view, made, TENSORS, none=True)),)
    return (Piece(_affine(view, made, "elementwise_affine")),)


def _rms(view: OpView) -> tuple[Piece, ...]:
    args: dict[str, Expr] = {"eps": view.get("eps")}
    if not _on(view, "scale"):
        args["elementwise_affine"] = Const(False)
    made = b.call("nn.RMSNorm", _normalised(view), **args)
    return (Piece(started(view, made, TENSORS, none=True)),)


def _group(view: OpView) -> tuple[Piece, ...]:
    made = b.call("nn.GroupNorm", view.get("groups"), view.channels, **_eps(view))
    return (Piece(_affine(view, made, "affine")),)


def _instance(view: OpView) -> tuple[Piece, ...]:
    made = b.call("nn.GroupNorm", view.channels, view.channels, **_eps(view))
    return (Piece(_affine(view, made, "affine")),)


def last_axes(step: OpStep, given: Order) -> Order:
    """The normalised axes at the end, in the file's order."""
    axes = step.settings.ints("axis")
    return (*(i for i in range(len(given)) if i not in axes), *axes)


ROWS = {
    "BatchNorm": Row("first", pieces=_batch),
    "LayerNorm": Row("file", pieces=_layer, order=last_axes),
    "RMSNorm": Row("file", pieces=_rms, order=last_axes),
    "GroupNorm": Row("first", pieces=_group, batch=True),
    "InstanceNorm": Row("first", pieces=_instance, batch=True),
}
