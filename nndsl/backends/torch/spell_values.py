"""Values that a file makes itself, in torch: constants are buffers, the rest is made as it runs."""

from __future__ import annotations

from nndsl.backends.torch.batches import repeated
from nndsl.backends.torch.piece import Apply, Result, Row
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Expr, ListE
from nndsl.ir.statics import SymList
from nndsl.ops.base import Value


def _nested(view: OpView, value: Value) -> Expr:
    """Nested lists of numbers."""
    if isinstance(value, tuple) and not hasattr(value, "term"):
        return ListE(tuple(_nested(view, item) for item in value))  # type: ignore[arg-type]
    if isinstance(value, SymList):
        return view.low.formulas.listed(value.term)
    return view.code(value)


def _constant(view: OpView, ins: tuple[Expr, ...]) -> Result:
    made = b.call("torch.tensor", _nested(view, view.settings.get("value")))
    return Result((view.low.keep_buffer(view.step.site.name, made),))


def _full(view: OpView, ins: tuple[Expr, ...]) -> Result:
    shape = b.tup(*(view.code(d) for d in view.settings.ints("shape")))
    made = b.call("torch.full", shape, view.get("value"))
    return Result((view.low.keep_buffer(view.step.site.name, made),))


def _made(function: str) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        made = b.call(function, view.get("n"))
        return Result((view.low.keep_buffer(view.step.site.name, made),))

    return apply


def _like(function: str) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        return Result((b.call(function, ins[0]),), (view.order,))

    return apply


def _noise(view: OpView, ins: tuple[Expr, ...]) -> Result:
    like = view.step.ins[0]
    order = view.low.flow.order(like)
    code = view.low.flow.read(like)
    if like.type.dtype != "float":
        code = b.call(b.attr(code, "float"))
    return Result((b.call("torch.randn_like", code),), (order,))


def _per_example(view: OpView, ins: tuple[Expr, ...]) -> Result:
    value, like = view.step.ins
    if value.type.batched or not like.type.batched:
        return Result(ins, (view.order,))
    given = view.variable(view.low.flow.read(like))
    examples = b.index(b.attr(given, "shape"), 0)
    return Result((repeated(ins[0], value.type.rank, examples),), (view.order,))


def _positions(view: OpView, ins: tuple[Expr, ...]) -> Result:
    x = view.variable(ins[0])
    length = b.index(b.attr(x, "shape"), view.axis(0))
    return Result((b.call("torch.arange", length, device=b.attr(x, "device")),))


def _sinusoids(view: OpView, ins: tuple[Expr, ...]) -> Result:
    x = view.variable(ins[0])
    base = view.settings.float("base")
    more = {} if type(base) is float and base == 10_000.0 else {"base": view.run(base, "base")}
    return Result((b.call(view.helper("sinusoids"), x, **more),))


ROWS = {
    "constant": Row("file", apply=_constant),
    "full": Row("file", apply=_full),
    "eye": Row("file", apply=_made("torch.eye")),
    "arange": Row("file", apply=_made("torch.arange")),
    "zeros_like": Row("any", apply=_like("torch.zeros_like")),
    "ones_like": Row("any", apply=_like("torch.ones_like")),
    "noise": Row("any", apply=_noise),
    "per_example": Row("any", apply=_per_example),
    "positions": Row("any", apply=_positions),
    "sinusoids": Row("file", apply=_sinusoids),
}
