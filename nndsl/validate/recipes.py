"""The activation that a setting holds (`act=leaky_relu(0.1)`): its op and all its settings."""

from __future__ import annotations

from nndsl.ir.binding import Given, bind_op, default_settings
from nndsl.ir.scope import Closure
from nndsl.ops import registry
from nndsl.ops.base import Op, Recipe, Settings, Value
from nndsl.source import NOWHERE
from nndsl.syntax import ast
from nndsl.validate.views import Misfit


def activation_of(recipe: Recipe) -> tuple[Op, Settings]:
    """The activation's op, with what the recipe's text gives and the defaults."""
    op = registry.find(recipe.act)
    if op is None:
        raise Misfit(f"`{recipe.text}` is no activation")
    args = _arguments(recipe)
    if not args:
        return op, default_settings(op)
    given = [Given(arg.name, _value(arg.value, recipe), arg.span) for arg in args]
    return op, Settings(bind_op(op, given, NOWHERE))


def _arguments(recipe: Recipe) -> tuple[ast.Arg, ...]:
    closure = recipe.closure
    if not isinstance(closure, Closure) or len(closure.stages) != 1:
        return ()
    stage = closure.stages[0]
    expr = stage.expr if isinstance(stage, ast.ExprStage) else None
    return expr.args if isinstance(expr, ast.Call) else ()


def _value(expr: object, recipe: Recipe) -> Value:
    """A literal, a negative one, or a name of the scope that the recipe was written in."""
    if isinstance(expr, ast.Num | ast.Bool):
        return expr.value
    if isinstance(expr, ast.Unary) and expr.op == "-":
        inner: object = expr.value
        if isinstance(inner, ast.Num):
            return -inner.value
    if isinstance(expr, ast.Name):
        closure = recipe.closure
        assert isinstance(closure, Closure)
        bound = closure.scope.find(expr.id)
        held = bound.what if bound is not None else None
        if isinstance(held, int | float):
            return held
    raise Misfit(f"validation cannot read the argument of `{recipe.text}`")
