"""Does an expression hold a tensor? The rule that tells values from stages (rule 5)."""

from __future__ import annotations

from nndsl.ir.context import Context
from nndsl.ir.scope import StackRef
from nndsl.ir.steps import Value
from nndsl.ops import registry
from nndsl.syntax import ast

NUMBERS = ("shape", "channels", "len")


def mentions_value(expr: ast.Expr, context: Context) -> bool:
    """True where the expression's value is made from a tensor."""
    return _mentions(expr, context, flow_only=False)


def mentions_flow(expr: ast.Expr, context: Context) -> bool:
    """True where the expression mentions `_`."""
    return _mentions(expr, context, flow_only=True)


def _mentions(expr: ast.Expr, context: Context, flow_only: bool) -> bool:
    def inside(*parts: ast.Expr) -> bool:
        return any(_mentions(part, context, flow_only) for part in parts)

    match expr:
        case ast.Flow(first):
            return not (flow_only and first)
        case ast.Name(word):
            return not flow_only and _is_tensor(word, context)
        case ast.Call(func, args):
            return _call_mentions(func, args, context, flow_only)
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
    if context.lookup(word) is not None:
        return False
    if word == "pop":
        return not flow_only
    if word in NUMBERS:
        return False
    if is_layer(word, context):
        return False
    return any(_mentions(arg.value, context, flow_only) for arg in args)


def is_layer(word: str, context: Context) -> bool:
    """True for blocks and for built-in layers, whose calls are stages whatever they hold."""
    if word in context.unit.definitions:
        return True
    op = registry.find(word)
    return op is not None and op.kind == "layer"


def _is_tensor(word: str, context: Context) -> bool:
    bound = context.lookup(word)
    return bound is not None and isinstance(bound.what, Value | StackRef)


def starts_with_value(stage: ast.Stage, context: Context) -> bool:
    """True where a pipeline that begins with this stage begins with a value (rule 3)."""
    if not isinstance(stage, ast.ExprStage):
        return False
    if isinstance(stage.expr, ast.Call) and isinstance(stage.expr.func, ast.Name):
        op = registry.find(stage.expr.func.id)
        if op is not None and op.unbatched and context.lookup(stage.expr.func.id) is None:
            return True
    return mentions_value(stage.expr, context)
