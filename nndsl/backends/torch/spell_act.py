"""Activations, dropout and noise in torch."""

from __future__ import annotations

from nndsl.backends.torch import acts
from nndsl.backends.torch.piece import Piece, Row
from nndsl.backends.torch.starts import started
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr


def _prelu(view: OpView) -> tuple[Piece, ...]:
    weight = view.step.weights[0]
    if weight.init.name in ("zeros", "ones", "constant"):
        number: Expr = {"zeros": Const(0.0), "ones": Const(1.0)}.get(weight.init.name) or (
            view.code(weight.init.args[0])
        )
        return (Piece(b.call("nn.PReLU", view.channels, init=number)),)
    made = b.call("nn.PReLU", view.channels)
    return (Piece(started(view, made, (("alpha", "weight"),))),)


def _dropout(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call("nn.Dropout", view.get("rate"))),)


def _spatial(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call(f"nn.Dropout{view.x.rank - 1}d", view.get("rate"))),)


def _drop_path(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call(view.helper("DropPath"), view.get("rate"))),)


def _noise(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call(view.helper("GaussianNoise"), view.get("deviation"))),)


def _gaussian_dropout(view: OpView) -> tuple[Piece, ...]:
    return (Piece(b.call(view.helper("GaussianDropout"), view.get("rate"))),)


ROWS = {
    **{word: Row("any", pieces=acts.of_step) for word in (*acts.ACTS, *acts.AXIS_ACTS, "gelu")},
    "identity": Row("any", pieces=acts.of_step),
    "PReLU": Row("first", pieces=_prelu, batch=True),
    "Dropout": Row("any", pieces=_dropout),
    "SpatialDropout": Row("first", pieces=_spatial),
    "DropPath": Row("any", pieces=_drop_path),
    "GaussianNoise": Row("any", pieces=_noise),
    "GaussianDropout": Row("any", pieces=_gaussian_dropout),
}
