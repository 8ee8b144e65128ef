"""Activations as settings of other layers."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl._real import real
from nndsl.backends.keras.at import At, Option
from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ir.scope import Closure
from nndsl.ops import registry
from nndsl.ops.base import Recipe
from nndsl.syntax import ast

# Activations with numbers of their own: the parameters of Keras' functions, in our order.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "leaky_relu": ("negative_slope",), "elu": ("alpha",), "celu": ("alpha",),
    "gelu": ("approximate",), "squareplus": ("b",), "hard_shrink": ("threshold",),
    "soft_shrink": ("threshold",), "threshold": ("threshold", "default_value"),
}  # fmt: skip


def act_option(at: At) -> list[Option]:
    """`activation="relu"`, or the setting that names one; nothing where there is none, or where it
    has numbers of its own and stands behind the layer (see `acted`)."""
    value = at.s.get("act")
    if value is None or numbered(value):
        return []
    if isinstance(value, Recipe) and value.act == "identity" and not hasattr(value, "term"):
        return []
    if isinstance(value, Recipe) and value.act == "glu":
        raise at.refuse("glu as the activation of a layer", "write it behind: `-> glu`")
    return [("activation", at.code(value))]


def numbered(value: object) -> bool:
    """True for `leaky_relu(0.1)`: an activation that is called; and for a bare one whose defaults
    are not Keras' (the coarse numbers of the exact tier)."""
    if not isinstance(value, Recipe) or hasattr(value, "term"):
        return False
    return isinstance(_call(value), ast.Call) or bool(_coarse_defaults(value))


def _coarse_defaults(recipe: Recipe) -> dict[str, float]:
    """The defaults of an activation that coarse numbers change, by Keras' names of them."""
    op = registry.find(recipe.act)
    names = NUMBERS.get(recipe.act, ())
    changed = {}
    for name, setting in zip(names, op.settings if op else (), strict=False):
        default = setting.default
        if isinstance(default, float) and real(default) != default:
            changed[name] = real(default)
    return changed


def _call(recipe: Recipe) -> object:
    closure: object = recipe.closure
    stages: tuple[object, ...] = closure.stages if isinstance(closure, Closure) else ()
    return stages[0].expr if stages and isinstance(stages[0], ast.ExprStage) else None


def acted(at: At, result: Expr) -> Expr:
    """The result through an activation with numbers of its own."""
    value = at.s.items.get("act")
    if not isinstance(value, Recipe) or not numbered(value):
        return result
    call = _call(value)
    names = NUMBERS.get(value.act, ())
    given: dict[str, int | float | bool] = dict(_coarse_defaults(value))
    for number, arg in enumerate(call.args if isinstance(call, ast.Call) else ()):
        found = _literal(arg.value)
        if found is None or number >= len(names):
            raise at.refuse(f"`{value.text}` as a setting", "write it behind: `-> …`")
        given[names[number]] = found
    return b.call(f"ops.{value.act}", at.site.assign(result), **given)


def _literal(expr: object) -> int | float | bool | None:
    if isinstance(expr, ast.PipeExpr):
        return None
    match expr:
        case ast.Num(value=value) | ast.Bool(value=value):
            return value
        case ast.Unary(op="-", value=ast.Num(value=value)):
            return -value
        case _:
            return None
