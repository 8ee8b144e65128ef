"""Recipes: stages held by names and settings, made with what they capture, and applied."""

from __future__ import annotations

from collections.abc import Iterator

from nndsl.ir.context import Context
from nndsl.ir.scope import Closure, SharedRef, StackRef
from nndsl.ir.statics import bare
from nndsl.ir.steps import Value
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Settings
from nndsl.source import Span
from nndsl.syntax import ast


def make_recipe(context: Context, stages: tuple[ast.Stage, ...], text: str, span: Span) -> Recipe:
    """A recipe of these stages in the walk's scope."""
    closure = Closure(stages, context.scope, context.unit)
    word = _bare_word(stages)
    if word and context.lookup(word) is None:
        if word in context.unit.definitions:
            key: tuple[object, ...] = ("block", id(context.unit.definitions[word][0]))
            return Recipe(word, "", key, closure)
        op = registry.find(word)
        if op is not None:
            act = op.word if op.kind == "activation" else ""
            return Recipe(op.word, act, ("op", op.word), closure)
    captured = tuple(sorted(_captured(context, stages), key=lambda pair: pair[0]))
    act = _called_activation(context, stages)
    return Recipe(text, act, (span.file, span.start, span.end, captured), closure)


def _bare_word(stages: tuple[ast.Stage, ...]) -> str:
    if len(stages) == 1 and isinstance(stages[0], ast.ExprStage):
        expr = stages[0].expr
        if isinstance(expr, ast.Name):
            return expr.id
    return ""


def _called_activation(context: Context, stages: tuple[ast.Stage, ...]) -> str:
    """The activation's word of `leaky_relu(0.1)`, so that `act=` settings take it."""
    if len(stages) == 1 and isinstance(stages[0], ast.ExprStage):
        expr = stages[0].expr
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            op = registry.find(expr.func.id)
            if op is not None and op.kind == "activation" and not context.lookup(expr.func.id):
                return op.word
    return ""


def _captured(context: Context, stages: tuple[ast.Stage, ...]) -> Iterator[tuple[str, object]]:
    for word in set(_names(stages)):
        bound = context.lookup(word)
        if bound is None or isinstance(bound.what, Value | SharedRef | StackRef):
            continue
        yield word, freeze(bound.what)


def freeze(value: object) -> object:
    """A static value as part of a key: bare, with types; recipes by their key."""
    plain = bare(value)
    if isinstance(plain, Recipe):
        return ("recipe", *plain.key)
    if type(plain) is tuple:
        return tuple(freeze(item) for item in plain)
    if isinstance(plain, int | float | str | bool | tuple) or plain is None:
        return (type(plain).__name__, plain)
    return ("other", id(plain))


def _names(node: object) -> Iterator[str]:
    """Every word that a piece of syntax mentions."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Name):
            yield item.id
        elif isinstance(item, tuple) and not isinstance(item, Span):
            stack.extend(item)


def recipe_call(recipe: Recipe) -> ast.Call | ast.Name | None:
    """The one call or name that a recipe is, so that `cell(64)` can add arguments; else None."""
    closure = recipe.closure
    assert isinstance(closure, Closure)
    if len(closure.stages) == 1 and isinstance(closure.stages[0], ast.ExprStage):
        expr = closure.stages[0].expr
        if isinstance(expr, ast.Name | ast.Call):
            return expr
    return None


def is_function(recipe: Recipe) -> bool:
    """True where a call of it with a value in parentheses is a value: activations, functions."""
    if recipe.act:
        return True
    op = registry.find(str(recipe.key[1])) if recipe.key[0] == "op" else None
    return op is not None and op.kind in ("activation", "function", "merge")


def activation_settings(op_settings: Settings) -> Recipe | None:
    """The recipe in an op's `act`, if it has one."""
    value = op_settings.items.get("act")
    return value if isinstance(value, Recipe) else None
