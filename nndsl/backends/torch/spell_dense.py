"""Dense, embeddings and tied matrices in torch."""

from __future__ import annotations

from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.piece import Piece, Result, Row
from nndsl.backends.torch.starts import started
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Expr


def flag(view: OpView, name: str) -> dict[str, Expr]:
    """`bias=False` where a setting is off; nothing where it is on."""
    value = view.settings.get(name)
    return {} if value is True else {name: view.code(value)}


def _dense(view: OpView) -> tuple[Piece, ...]:
    s = view.settings
    channels = view.dim(view.x.rank - 1)
    made = b.call("nn.Linear", channels, view.code(s.int("units")), **flag(view, "bias"))
    made_ = started(view, made, (("kernel", "weight"), ("bias", "bias")), plain=("weight",))
    return (Piece(made_), *view.act())


def _embedding(view: OpView) -> tuple[Piece, ...]:
    made = b.call("nn.Embedding", view.get("vocab"), view.get("dim"))
    return (Piece(started(view, made, (("table", "weight"),))),)


def _tied(view: OpView, ins: tuple[Expr, ...]) -> Result:
    low: Lowering = view.low
    weight = b.attr(low.owned[view.step.owner, ""], "weight")
    if view.settings.get("weight") == "table":
        return Result((b.call("F.linear", ins[0], weight),), (view.order,))
    return Result((b.binop(ins[0], "@", weight),), (view.order,))


ROWS = {
    "Dense": Row("file", pieces=_dense),
    "Embedding": Row("file", pieces=_embedding),
    "Tied": Row("file", apply=_tied),
}
