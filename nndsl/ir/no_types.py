"""Shapes as Keras and PyTorch write them, in the spelling of the language: for errors only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndsl.diagnostics.model import Failure, did_you_mean, fail
from nndsl.source import Span
from nndsl.syntax import ast

if TYPE_CHECKING:
    from nndsl.ir.context import Context

BATCHES = frozenset(["batch", "batch_size", "bs", "bsz", "B", "N", "None", "none"])
OPEN_SIZE = "a size that is known only at run time is `?` and a name: `[?T, 64]`"
BATCH = "shapes are those of one example: the batch is always there and never written"
TYPE = "write `[28, 28, 1]`, `int[?T]`, `bool[16]` or `int`"
KINDS = {
    **dict.fromkeys(("float16", "float32", "float64", "double", "Tensor"), "float"),
    **dict.fromkeys(("int32", "int64", "uint8", "long", "str"), "int"),
    "boolean": "bool",
}


def batch_is_left_out(context: Context, expr: ast.Expr, items: Sequence[ast.Arg]) -> None:
    """NN221 for `[None, 28, 28]`, `int[batch, 128]` and `[-1, 4]`, and for names that are no size:
    the first of several axes is taken for the batch, others for sizes that are open."""
    for place, item in enumerate(items):
        word = _word(item.value)
        unknown = word not in ("", "none", "-1") and context.lookup(word) is None
        if word not in ("none", "-1") and not (unknown and word in BATCHES):
            continue
        rest = ", ".join(context.quoted(other.span) for other in items[place + 1 :])
        if place == 0 and rest:
            head = "" if isinstance(expr, ast.ListExpr) else context.quoted(expr.span).split("[")[0]
            fix = f"{BATCH}: `{head}[{rest}]`;\n{OPEN_SIZE}"
            raise fail("NN221", item.span, f"`{word}` stands where the batch would be", fix)
        raise fail("NN221", item.span, f"`{word}` is no size", OPEN_SIZE)
    for item in items:
        if isinstance(item.value, ast.Name):
            _known(context, item.value.id, item.value.span)


def _known(context: Context, word: str, span: Span) -> None:
    """NN101 for a size that has no number."""
    if context.lookup(word) is None and word:
        failure = context.unknown(word, span, "size")
        raise failure


def _word(expr: ast.Expr) -> str:
    """A bare name, `none` or `-1`; empty for everything else."""
    match expr:
        case ast.Name(word):
            return word
        case ast.Nothing():
            return "none"
        case ast.Unary("-", ast.Num(value=1)):
            return "-1"
    return ""


def no_type(context: Context, expr: ast.Expr) -> Failure:
    """NN221 for what is no type: `(28, 28)`, `float32[3]`, `784`."""
    match expr:
        case ast.TupleExpr(items):
            sizes = ", ".join(context.quoted(item.span) for item in items)
            return fail("NN221", expr.span, "a shape stands in brackets", f"write `[{sizes}]`")
        case ast.Num():
            text = context.quoted(expr.span)
            return fail("NN221", expr.span, "a shape stands in brackets", f"write `[{text}]`")
        case ast.Name(word) | ast.Index(ast.Name(word)) if word in KINDS:
            fix = (
                f"the kinds are `float`, which is left out, `int` and `bool`: here `{KINDS[word]}`"
            )
            return fail("NN221", expr.span, f"there is no kind `{word}`", fix)
        case ast.Index(ast.Name(word)) if word not in ("float", "int", "bool"):
            fix = did_you_mean(word, ("float", "int", "bool")) or TYPE
            return fail("NN221", expr.span, f"there is no kind `{word}`", fix)
    return fail("NN221", expr.span, "this is no type", TYPE)
