"""Operators, elementwise mathematics and reductions in torch."""

from __future__ import annotations

from collections.abc import Callable

from nndsl.backends.torch.layout import Order
from nndsl.backends.torch.piece import Apply, Piece, Result, Row
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import BinOp, CompareOp, Const, Expr, Starred, Unary
from nndsl.ir.steps import MergeStep

FUNCTIONS = (
    "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "erf",
    "abs", "sign", "square", "floor", "ceil", "round",
)  # fmt: skip


def _function(name: str) -> Callable[[OpView], tuple[Piece, ...]]:
    return lambda view: (Piece(None, lambda x: b.call(f"torch.{name}", x)),)


def _negative(view: OpView) -> tuple[Piece, ...]:
    return (Piece(None, lambda x: Unary("-", x)),)


def _clip(view: OpView) -> tuple[Piece, ...]:
    s = view.settings
    bounds = {
        torch: view.run(s.get(name), name)
        for name, torch in (("low", "min"), ("high", "max"))
        if s.has(name)
    }
    return (Piece(None, lambda x: b.call(b.attr(x, "clamp"), **bounds)),)


CASTS = {"float": "float", "int": "long", "bool": "bool"}


def _cast(view: OpView) -> tuple[Piece, ...]:
    name = CASTS[view.settings.word("dtype")]
    return (Piece(None, lambda x: b.call(b.attr(x, name))),)


# ---- operators ---------------------------------------------------------------------------------


def operands(view: OpView, ins: tuple[Expr, ...]) -> list[Expr]:
    """All operands, numbers among them, in order; bools alone count as 0 and 1."""
    s = view.settings
    types = [v.type for v, name in zip(view.step.ins, view.step.names, strict=True) if not name]
    codes = list(ins)
    if types and view.out.dtype != "bool" and all(t.dtype == "bool" for t in types):
        codes = [b.call(b.attr(code, "long")) for code in codes]
    left = [view.run(s.get("left"), "left")] if s.has("left") else []
    right = [view.run(s.get("right"), "right")] if s.has("right") else []
    return [*left, *codes, *right]


def _binary(op: BinOp) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        if ins and isinstance(ins[0], Starred):
            return Result((_summed(op, ins[0]),), (view.order,))
        return Result((b.chain(op, *operands(view, ins)),), (view.order,))

    return apply


def _floor_divide(view: OpView, ins: tuple[Expr, ...]) -> Result:
    """torch has no derivative of `//`, not even 0, so that real operands are taken as they are."""
    given = operands(view, ins)
    if view.out.dtype == "float":
        given = [b.call(b.attr(e, "detach")) if e in ins else e for e in given]
    return Result((b.chain("//", *given),), (view.order,))


def _summed(op: BinOp, listed: Starred) -> Expr:
    """A pushed list folded by an operator."""
    return b.call("sum" if op == "+" else "math.prod", listed.value)


def _compare(op: CompareOp) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        left, right = operands(view, ins)
        return Result((b.compare(left, op, right),), (view.order,))

    return apply


def _extreme(name: str) -> Apply:
    """maximum and minimum: pairwise for tensors, a clamp against a number."""

    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        s = view.settings
        code = ins[0]
        for other in ins[1:]:
            code = b.call(f"torch.{name}imum", code, other)
        for side in ("left", "right"):
            if s.has(side):
                bound = "min" if name == "max" else "max"
                code = b.call(b.attr(code, "clamp"), **{bound: view.run(s.get(side), side)})
        return Result((code,), (view.order,))

    return apply


def _average(view: OpView, ins: tuple[Expr, ...]) -> Result:
    terms = operands(view, ins)
    return Result((b.binop(b.chain("+", *terms), "/", len(terms)),), (view.order,))


def _not(view: OpView, ins: tuple[Expr, ...]) -> Result:
    return Result((Unary("~", ins[0]),), (view.order,))


def _where(view: OpView, ins: tuple[Expr, ...]) -> Result:
    cond, *rest = ins
    s = view.settings
    left = view.run(s.get("left"), "left") if s.has("left") else rest.pop(0)
    right = view.run(s.get("right"), "right") if s.has("right") else rest.pop(0)
    return Result((b.call("torch.where", cond, left, right),), (view.order,))


def _total(step: MergeStep, listed: Expr, order: Order) -> Expr:
    return b.call("sum", listed)


def _product(step: MergeStep, listed: Expr, order: Order) -> Expr:
    return b.call("math.prod", listed)


def _mean(step: MergeStep, listed: Expr, order: Order) -> Expr:
    return b.binop(b.call("sum", listed), "/", b.call("len", listed))


def _gathered(how: str) -> Callable[[MergeStep, Expr, Order], Expr]:
    def fold(step: MergeStep, listed: Expr, order: Order) -> Expr:
        stacked = b.call("torch.stack", listed)
        return b.call(b.attr(stacked, how), 0)

    return fold


# ---- reductions --------------------------------------------------------------------------------


def kept(view: OpView, axes: tuple[int, ...]) -> Order:
    """The order of a result without some of the operand's axes."""
    stay = [axis for axis in range(view.x.rank) if axis not in axes]
    return tuple(stay.index(axis) for axis in view.order if axis in stay)


def axes_code(view: OpView, axes: tuple[int, ...]) -> Expr:
    """Axes of the tensor: one number, or a tuple in order."""
    found = sorted(view.axis(axis) for axis in axes)
    return Const(found[0]) if len(found) == 1 else b.tup(*found)


def _reduction(method: str, **more: int) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        s = view.settings
        axes, keep = s.ints("axis"), s.flag("keepdims")
        code = ins[0]
        if method in ("mean", "var", "std", "logsumexp") and view.x.dtype != "float":
            code = b.call(b.attr(code, "float"))
        if not axes:
            return Result((_scalar(method, code),), (view.order,))
        args = {name: Const(value) for name, value in more.items()}
        if keep:
            args["keepdim"] = Const(True)
        code = b.call(b.attr(code, method), axes_code(view, axes), **args)
        return Result((code,), (view.order if keep else kept(view, axes),))

    return apply


def _scalar(method: str, code: Expr) -> Expr:
    """A reduction over no axes: spread is 0, all else the number itself."""
    return b.call("torch.zeros_like", code) if method in ("var", "std") else code


def _prod(view: OpView, ins: tuple[Expr, ...]) -> Result:
    s = view.settings
    axes, keep, code = s.ints("axis"), s.flag("keepdims"), ins[0]
    at = sorted(view.axis(a) for a in axes)
    if len(at) > 1 and at == list(range(at[0], at[-1] + 1)):  # torch's prod takes one axis
        code = b.call(b.attr(code, "flatten"), at[0], at[-1])
        code = b.call(b.attr(code, "prod"), at[0])
        for axis in at if keep else ():
            code = b.call(b.attr(code, "unsqueeze"), axis)
        return Result((code,), (view.order if keep else kept(view, axes),))
    for axis in reversed(at):
        code = b.call(b.attr(code, "prod"), axis, **({"keepdim": Const(True)} if keep else {}))
    return Result((code,), (view.order if keep else kept(view, axes),))


def _norm(view: OpView, ins: tuple[Expr, ...]) -> Result:
    s = view.settings
    axes, keep = s.ints("axis"), s.flag("keepdims")
    code = ins[0] if view.x.dtype == "float" else b.call(b.attr(ins[0], "float"))
    if not axes:
        return Result((b.call("torch.abs", code),), (view.order,))
    args: dict[str, Expr] = {"dim": axes_code(view, axes)}
    if s.int("order") != 2:
        args = {"ord": view.run(s.int("order")), **args}
    if keep:
        args["keepdim"] = Const(True)
    code = b.call("torch.linalg.vector_norm", code, **args)
    return Result((code,), (view.order if keep else kept(view, axes),))


def _place(method: str) -> Apply:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        s = view.settings
        axis, keep = s.int("axis"), s.flag("keepdims")
        more = {"keepdim": Const(True)} if keep else {}
        code = b.call(b.attr(ins[0], method), view.axis(axis), **more)
        return Result((code,), (view.order if keep else kept(view, (axis,)),))

    return apply


OPERATORS: dict[str, BinOp] = {
    "subtract": "-", "divide": "/", "power": "**", "mod": "%",
    "logical_and": "&", "logical_or": "|", "logical_xor": "^",
}  # fmt: skip
COMPARISONS: dict[str, CompareOp] = {
    "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">",
    "greater_equal": ">=",
}  # fmt: skip

ROWS = {
    **{name: Row("any", pieces=_function(name)) for name in FUNCTIONS},
    "negative": Row("any", pieces=_negative),
    "clip": Row("any", pieces=_clip),
    "cast": Row("any", pieces=_cast),
    "add": Row("merge", apply=_binary("+"), gathered=_total),
    "multiply": Row("merge", apply=_binary("*"), gathered=_product),
    **{word: Row("merge", apply=_binary(op)) for word, op in OPERATORS.items()},
    "floor_divide": Row("merge", apply=_floor_divide),
    **{word: Row("merge", apply=_compare(op)) for word, op in COMPARISONS.items()},
    "maximum": Row("merge", apply=_extreme("max"), gathered=_gathered("amax")),
    "minimum": Row("merge", apply=_extreme("min"), gathered=_gathered("amin")),
    "average": Row("merge", apply=_average, gathered=_mean),
    "logical_not": Row("any", apply=_not),
    "where": Row("merge", apply=_where),
    "sum": Row("any", apply=_reduction("sum")),
    "prod": Row("any", apply=_prod),
    "mean": Row("any", apply=_reduction("mean")),
    "var": Row("any", apply=_reduction("var", correction=0)),
    "std": Row("any", apply=_reduction("std", correction=0)),
    "max": Row("any", apply=_reduction("amax")),
    "min": Row("any", apply=_reduction("amin")),
    "any": Row("any", apply=_reduction("any")),
    "all": Row("any", apply=_reduction("all")),
    "logsumexp": Row("any", apply=_reduction("logsumexp")),
    "norm": Row("any", apply=_norm),
    "argmax": Row("any", apply=_place("argmax")),
    "argmin": Row("any", apply=_place("argmin")),
}
