"""Activations as torch spells them: a module and a function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nndsl.backends.torch.piece import Piece
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr
from nndsl.ir.binding import Given, bind_op, default_settings
from nndsl.ir.steps import OpStep
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Settings, Value
from nndsl.source import NOWHERE
from nndsl.syntax import ast


class Act(NamedTuple):
    """module: the class of `nn`, or a helper. call: the function. args: settings as arguments.

    args: (setting, the default that module and function have).
    """

    module: str
    call: str
    args: tuple[tuple[str, float | None], ...] = ()


ACTS = {
    "relu": Act("nn.ReLU", "F.relu"),
    "relu6": Act("nn.ReLU6", "F.relu6"),
    "leaky_relu": Act("nn.LeakyReLU", "F.leaky_relu", (("slope", None),)),
    "elu": Act("nn.ELU", "F.elu", (("alpha", 1.0),)),
    "selu": Act("nn.SELU", "F.selu"),
    "celu": Act("nn.CELU", "F.celu", (("alpha", 1.0),)),
    "silu": Act("nn.SiLU", "F.silu"),
    "mish": Act("nn.Mish", "F.mish"),
    "softplus": Act("Softplus", ""),
    "softsign": Act("nn.Softsign", "F.softsign"),
    "squareplus": Act("Squareplus", "", (("b", None),)),
    "tanh": Act("nn.Tanh", "torch.tanh"),
    "sigmoid": Act("nn.Sigmoid", "torch.sigmoid"),
    "log_sigmoid": Act("nn.LogSigmoid", "F.logsigmoid"),
    "hard_sigmoid": Act("nn.Hardsigmoid", "F.hardsigmoid"),
    "hard_silu": Act("nn.Hardswish", "F.hardswish"),
    "hard_tanh": Act("nn.Hardtanh", "F.hardtanh"),
    "tanh_shrink": Act("nn.Tanhshrink", "F.tanhshrink"),
    "hard_shrink": Act("nn.Hardshrink", "F.hardshrink", (("limit", 0.5),)),
    "soft_shrink": Act("nn.Softshrink", "F.softshrink", (("limit", 0.5),)),
    "threshold": Act("nn.Threshold", "F.threshold", (("limit", None), ("value", None))),
}  # fmt: skip
AXIS_ACTS = {
    "softmax": ("nn.Softmax", "F.softmax"),
    "log_softmax": ("nn.LogSoftmax", "F.log_softmax"),
    "glu": ("nn.GLU", "F.glu"),
}


def of_step(view: OpView) -> tuple[Piece, ...]:
    """An activation as a layer of its own."""
    if view.step.symbol is not None:
        name = view.low.code(view.step.symbol)
        return (Piece(b.call(name), None, seam=True),)
    return pieces(view, view.step.op.word, view.settings, "")


def of_recipe(view: OpView, recipe: Recipe) -> tuple[Piece, ...]:
    """The activation in another layer's `act` setting."""
    symbol = getattr(recipe, "term", None)
    if symbol is not None:
        return (Piece(b.call(view.low.code(symbol)), None, "act", seam=True),)
    return pieces(view, recipe.act, recipe_settings(recipe), "act")


def recipe_settings(recipe: Recipe) -> Settings:
    """The settings of a bare activation held by a recipe: what its text gives, else defaults."""
    op = registry.find(recipe.act)
    assert op is not None, recipe
    stages = getattr(recipe.closure, "stages", ())
    expr = stages[0].expr if stages and isinstance(stages[0], ast.ExprStage) else None
    if not isinstance(expr, ast.Call) or not expr.args:
        return default_settings(op)
    given = [Given(a.name, _number(a.value), a.span) for a in expr.args]
    return Settings(bind_op(op, given, NOWHERE))


def _number(expr: object) -> int | float | bool:
    if isinstance(expr, ast.Unary) and expr.op == "-":
        return -_number(expr.value)
    value = getattr(expr, "value", None)
    assert isinstance(value, int | float), expr
    return value


def pieces(view: OpView, word: str, settings: Settings, name: str) -> tuple[Piece, ...]:
    """One activation; none for `identity`."""
    if word == "identity":
        return ()
    if word == "gelu":
        return (_gelu(settings, view, name),)
    if word in AXIS_ACTS:
        return (_along(view, word, settings, name),)
    act = ACTS[word]
    args = _args(view, act, settings)
    if not act.call:
        view.helper(act.module)
    function = _function(act.call, args) if act.call else None
    return (Piece(b.call(act.module, *args), function, name, True),)


def _args(view: OpView, act: Act, settings: Settings) -> list[Expr]:
    values = [(settings.get(setting), default) for setting, default in act.args]
    return [_number_code(view, v) for v, default in values if not _is_default(v, default)]


def _number_code(view: OpView, value: Value) -> Expr:
    """A number of an activation; a plain one needs no constructor around it."""
    if isinstance(value, int | float) and type(value) in (int, float):
        return Const(value)
    return view.code(value)


def _is_default(value: object, default: float | None) -> bool:
    return default is not None and type(value) in (int, float) and value == default


def _function(name: str, args: list[Expr]) -> Callable[[Expr], Expr]:
    return lambda x: b.call(name, x, *args)


def _gelu(settings: Settings, view: OpView, name: str) -> Piece:
    value = settings.get("approximate")
    if value is False:
        return Piece(b.call("nn.GELU"), lambda x: b.call("F.gelu", x), name, True)
    if value is True:
        how: Expr = Const("tanh")
    else:
        how = b.cond("tanh", view.code(value), "none")
    return Piece(
        b.call("nn.GELU", approximate=how),
        lambda x: b.call("F.gelu", x, approximate=how),
        name,
        True,
    )


def _along(view: OpView, word: str, settings: Settings, name: str) -> Piece:
    module, function = AXIS_ACTS[word]
    axis = settings.get("axis")
    if not view.order:  # as an argument: along the last axis, wherever it will stand
        return Piece(b.call(module, dim=-1), None, name, True)
    type_ = view.out if name else view.x
    at = type_.channel_axis if axis is None else int(str(axis))
    dim = view.order.index(at) + (1 if type_.batched else 0)
    if dim == len(view.order) - (0 if type_.batched else 1):
        dim = -1
    return Piece(b.call(module, dim=dim), lambda x: b.call(function, x, dim=dim), name, True)


def class_of(step_or_recipe: OpStep | Recipe | None, view: OpView) -> Expr:
    """An activation as an argument: the class, `nn.Identity` for none, a partial with numbers."""
    if step_or_recipe is None:
        return b.dotted("nn.Identity")
    assert isinstance(step_or_recipe, Recipe), step_or_recipe
    if step_or_recipe.act == "identity":
        return b.dotted("nn.Identity")
    made = pieces(view, step_or_recipe.act, recipe_settings(step_or_recipe), "act")[0].module
    assert made is not None
    call = made
    if not (getattr(call, "args", ()) or getattr(call, "kwargs", ())):
        func: Expr = call.func  # type: ignore[union-attr]
        return func
    return b.call("partial", call.func, *call.args, **dict(call.kwargs))  # type: ignore[union-attr]
