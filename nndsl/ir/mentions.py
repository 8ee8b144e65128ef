"""Does an expression hold a tensor? The rule that tells values from stages (rule 5)."""

from __future__ import annotations

from nndsl.ir.context import Context
from nndsl.ir.recipes import is_function
from nndsl.ir.scope import Bound, LetFunction, StackRef
from nndsl.ir.statics import is_list, items_of
from nndsl.ir.steps import Value
from nndsl.ir.words import mentioned
from nndsl.ops import registry
from nndsl.ops.base import Recipe
from nndsl.syntax import ast

NUMBERS = ("shape", "channels", "len")


def mentions_value(expr: ast.Expr, context: Context) -> bool:
    """True where the expression's value is made from a tensor."""
    return _mentions(expr, context, flow_only=False)


def mentions_flow(expr: ast.Expr, context: Context) -> bool:
    """True where the expression mentions `_`."""
    return _mentions(expr, context, flow_only=True)


def _mentions(expr: ast.Expr, context: Context, flow_only: bool) -> bool:
    if isinstance(expr, ast.Num | ast.Bool):
        return False
    if isinstance(expr, ast.Call):
        return _call_mentions(expr.func, expr.args, context, flow_only)

    def inside(*parts: ast.Expr) -> bool:
        return any(_mentions(part, context, flow_only) for part in parts)

    match expr:
        case ast.Flow(first):
            return not (flow_only and first)
        case ast.Name(word):
            return not flow_only and _is_tensor(word, context)
        case ast.ListExpr(items):
            return inside(*(item.value for item in items))
        case ast.TupleExpr(items):
            return inside(*items)
        case ast.Attr(value):
            return not flow_only and not (isinstance(value, ast.Name) and expr.name == "transposed")
        case ast.Index(value):
            return inside(value)
        case ast.Unary(_, value):
            return inside(value)
        case ast.Binary(_, left, right) | ast.BoolOp(_, left, right):
            return inside(left, right)
        case ast.Compare(values):
            return inside(*values)
        case ast.Ternary(_, then, other):
            return inside(then, other)
        case ast.Comprehension(element):
            return inside(element)
        case ast.PipeExpr(pipeline):
            head = pipeline.stages[0]
            if flow_only:
                return isinstance(head, ast.ExprStage) and inside(head.expr)
            return starts_with_value(head, context)
        case _:
            return False


def _call_mentions(
    func: ast.Expr, args: tuple[ast.Arg, ...], context: Context, flow_only: bool
) -> bool:
    if not isinstance(func, ast.Name):
        return False
    word = func.id
    bound = context.lookup(word)
    if bound is not None and not _gives_values(bound.what):
        return False
    if isinstance(bound, Bound) and isinstance(bound.what, LetFunction):
        inner = not flow_only and _holds(bound.what)
        return inner or any(_mentions(arg.value, context, flow_only) for arg in args)
    if bound is None and word == "pop":
        return not flow_only
    if bound is None and (word in NUMBERS or is_layer(word, context)):
        return False
    if bound is None and not flow_only and makes_values(word):
        return True
    return any(_mentions(arg.value, context, flow_only) for arg in args)


def makes_values(word: str) -> bool:
    """True for built-in functions that make a value of numbers alone: `constant`, `arange`."""
    op = registry.find(word)
    return op is not None and op.unbatched and "" not in op.operands


def _gives_values(what: object) -> bool:
    """True for names whose calls with a value in parentheses are values."""
    return isinstance(what, LetFunction) or (isinstance(what, Recipe) and is_function(what))


def _holds(function: LetFunction, seen: frozenset[str] = frozenset()) -> bool:
    """True where the body of a `let` function mentions a value."""
    for word in mentioned(function.body) - {*function.params, *seen, function.name}:
        bound = function.scope.find(word)
        if bound is None:
            continue
        if _tensors(bound.what):
            return True
        if isinstance(bound.what, LetFunction) and _holds(bound.what, seen | {function.name, word}):
            return True
    return False


def is_layer(word: str, context: Context) -> bool:
    """True for blocks and for built-in layers, whose calls are stages whatever they hold."""
    if word in context.unit.definitions:
        return True
    op = registry.find(word)
    return op is not None and op.kind == "layer"


def _is_tensor(word: str, context: Context) -> bool:
    bound = context.lookup(word)
    return bound is not None and _tensors(bound.what)


def _tensors(what: object) -> bool:
    """True for a value of the network, a pushed list, and a list that holds either."""
    if isinstance(what, Value | StackRef):
        return True
    return is_list(what) and any(_tensors(item) for item in items_of(what))


def starts_with_value(stage: ast.Stage, context: Context) -> bool:
    """True where a pipeline that begins with this stage begins with a value (rule 3)."""
    if not isinstance(stage, ast.ExprStage):
        return False
    return mentions_value(stage.expr, context)
