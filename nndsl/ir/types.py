"""Types as the text writes them: of inputs, and of assertions; open dimensions are bound here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from nndsl.diagnostics.model import fail
from nndsl.ir.context import Context
from nndsl.ir.no_types import OPEN_SIZE, batch_is_left_out, no_type
from nndsl.ir.silent import Silent
from nndsl.ir.statics import shown
from nndsl.ops.base import Type
from nndsl.ops.kinds import SIZE_BITS, show_value
from nndsl.ops.numbers import Dim, OpenDim, open_dim, same_dim, show_dim, surely_less, term_of
from nndsl.ops.symbols import Term
from nndsl.source import Span
from nndsl.syntax import ast

DTYPES = ("float", "int", "bool")


Equalities: TypeAlias = "tuple[tuple[int, Term], ...]"
"""Sizes that only run time can check, as (axis, formula)."""


def declared_type(context: Context, expr: ast.Expr, actual: Type | None) -> tuple[Type, Equalities]:
    """The type that a declaration means. With `actual`, what arrives is checked against it.

    Raises NN220 where they differ, NN221 where the text is no type.
    """
    dtype, items, span = _parts(context, expr)
    axes = tuple(item.name or "" for item in items)
    named = axes if any(axes) else ()
    if actual is not None and len(actual.shape) != len(items):
        raise _differs(expr.span, context, actual, "another number of axes")
    if actual is not None and actual.dtype != dtype:
        raise _differs(expr.span, context, actual, f"{actual.dtype}, not {dtype}")
    batch_is_left_out(context, expr, items)
    shape = [
        dim_of(context, item.value, actual.shape[i] if actual is not None else None, span)
        for i, item in enumerate(items)
    ]
    if actual is None:
        return Type(tuple(shape), dtype, named), ()
    type_ = Type(tuple(shape), dtype, named or actual.axes, actual.batched)
    return type_, tuple(_left(context, items, actual))


def _left(context: Context, items: Sequence[ast.Arg], actual: Type) -> Iterator[tuple[int, Term]]:
    """Where what arrives is what is declared only for some sizes of what is open."""
    for axis, (item, dim) in enumerate(zip(items, actual.shape, strict=True)):
        if isinstance(item.value, ast.Compare):
            continue
        wanted = context.evaluate(item.value)
        assert isinstance(wanted, int | OpenDim), wanted
        if not same_dim(wanted, dim):
            if never_equal(wanted, dim):
                raise _wanted(item.value.span, wanted, dim)
            yield axis, term_of(wanted)


def never_equal(left: Dim, right: Dim) -> bool:
    """True where two sizes differ by a number, whatever is open, or bounds keep them apart."""
    apart = surely_less(left, right) or surely_less(right, left)
    return apart or (isinstance(left - right, int) and not same_dim(left, right))


def _wanted(span: Span, wanted: Dim, given: Dim) -> Exception:
    return fail(
        "NN220",
        span,
        f"{show_dim(wanted)} is wanted here, and {show_dim(given)} arrives",
        "give it what its input says, or change the input's type",
    )


def _differs(span: Span, context: Context, actual: Type, why: str) -> Exception:
    return fail(
        "NN220",
        span,
        f"`{context.instance.name}` is given {actual.show()}: {why}",
        "give it what its input says, or change the input's type",
    )


def _parts(context: Context, expr: ast.Expr) -> tuple[str, Sequence[ast.Arg], Span]:
    match expr:
        case ast.ListExpr(items, span):
            return "float", items, span
        case ast.Name(word, span) if word in DTYPES:
            return word, (), span
        case ast.Index(ast.Name(word), items, span) if word in DTYPES:
            if all(isinstance(item, ast.Arg) for item in items):
                return word, [i for i in items if isinstance(i, ast.Arg)], span
        case ast.Name(""):
            raise Silent
    raise no_type(context, expr)


def dim_of(context: Context, expr: ast.Expr, actual: Dim | None, span: Span) -> Dim:
    """One dimension of a type; its first `?T` is bound to what arrives, or is open."""
    match expr:
        case ast.Compare(values, ops, where):
            return _bounded(context, values, ops, actual, where)
        case ast.Open(name) if context.scope.find_open(name) is None:
            dim = open_dim(name, 1) if actual is None else actual
            context.scope.opens[name] = dim
            return dim
        case ast.Binary(op, left, right, where) if _unbound(context, expr):
            return _solved(context, op, left, right, actual, where)
    value = context.evaluate(expr)
    if isinstance(value, bool) or not isinstance(value, int | OpenDim):
        raise fail("NN221", expr.span, "a dimension is a whole number or `?name`", OPEN_SIZE)
    if isinstance(value, int) and int(value) < 1:
        message = f"a dimension cannot be {show_value(int(value))}"
        raise fail("NN221", expr.span, message, OPEN_SIZE)
    if isinstance(value, int) and int(value).bit_length() > SIZE_BITS:
        fix = f"sizes are below 2**{SIZE_BITS}"
        raise fail("NN221", expr.span, f"a dimension cannot be {show_value(int(value))}", fix)
    if actual is not None and not same_dim(value, actual):
        if never_equal(value, actual):
            raise _wanted(expr.span, value, actual)
        return actual
    return value


def _unbound(context: Context, expr: ast.Expr) -> bool:
    match expr:
        case ast.Open(name):
            return context.scope.find_open(name) is None
        case ast.Binary(_, left, right):
            return _unbound(context, left) or _unbound(context, right)
        case _:
            return False


def _bounded(
    context: Context,
    values: tuple[ast.Expr, ...],
    ops: tuple[str, ...],
    actual: Dim | None,
    where: Span,
) -> Dim:
    """`?T <= context`, `16 <= ?T <= 1024`: the dimension, with its bounds checked or kept."""
    at = next((i for i, v in enumerate(values) if isinstance(v, ast.Open)), None)
    if at is None or any(op not in ("<", "<=", ">", ">=") for op in ops):
        fix = "write `?T <= 1024`, or `4 <= ?T <= 20`"
        raise fail("NN221", where, "these are no bounds of an open dimension", fix)
    low, high = 1, None
    for i, op in enumerate(ops):
        left_side = i < at
        limit = context.evaluate(values[i] if left_side else values[i + 1])
        if not isinstance(limit, int) or isinstance(limit, bool):
            fix = "write `?T <= 1024`, say"
            raise fail("NN221", where, f"a bound is a whole number, not {shown(limit)}", fix)
        upper = (op in ("<", "<=")) != left_side
        strict = 1 if op in ("<", ">") else 0
        if upper:
            high = int(limit) - strict
        else:
            low = int(limit) + strict
    dim = dim_of(context, values[at], actual, where)
    if isinstance(dim, OpenDim) and actual is None:
        name = values[at]
        assert isinstance(name, ast.Open)
        dim = open_dim(name.name, low, high)
        context.scope.opens[name.name] = dim
    elif isinstance(dim, int) and (int(dim) < low or (high is not None and int(dim) > high)):
        bounds = f"at least {low}" if high is None else f"{low} to {high}"
        fix = "give a size within them, or change the bounds"
        raise fail("NN220", where, f"{int(dim)} arrives, and {bounds} is wanted", fix)
    return dim


def _solved(
    context: Context, op: str, left: ast.Expr, right: ast.Expr, actual: Dim | None, where: Span
) -> Dim:
    """`32*?h` or `?h + 2`: binds the open name so that the formula fits what arrives."""
    open_side, other = (left, right) if _unbound(context, left) else (right, left)
    if op not in ("*", "+") or _unbound(context, other):
        fix = "write `?h`, `32*?h` or `?h + 2`"
        raise fail("NN221", where, "no open dimension can be worked out of this", fix)
    factor = context.evaluate(other)
    if not isinstance(factor, int) or isinstance(factor, bool) or int(factor) < 1:
        fix = "write `32*?h`, say; `//` divides whole numbers"
        raise fail("NN221", where, f"a dimension is a whole number, not {shown(factor)}", fix)
    if actual is None:
        inner = dim_of(context, open_side, None, where)
        return inner * factor if op == "*" else inner + factor
    rest: Dim = actual // factor if op == "*" else actual - factor
    if isinstance(actual, int) and op == "*" and int(actual) % int(factor):
        raise fail(
            "NN220",
            where,
            f"{int(actual)} arrives, which is no multiple of {int(factor)}",
            f"bring it to one, `Crop` and `Pad` change sizes, or leave the {int(factor)} away",
        )
    dim_of(context, open_side, rest, where)
    return actual


def assertion(context: Context, expr: ast.Index, actual: Type) -> Equalities:
    """Checks `shape[…]` against a value; the equalities that only run time can check."""
    items = [i for i in expr.items if isinstance(i, ast.Arg)]
    if len(items) != len(expr.items) or len(items) != len(actual.shape):
        raise fail(
            "NN222",
            expr.span,
            f"the shape here is {actual.show()}",
            f"it has {len(actual.shape)} axes, {len(expr.items)} are asserted",
        )
    left: list[tuple[int, Term]] = []
    for axis, (item, dim) in enumerate(zip(items, actual.shape, strict=True)):
        unbound = _unbound(context, item.value)
        wanted = dim_of(context, item.value, dim if unbound else None, expr.span)
        if unbound and isinstance(dim, OpenDim) and isinstance(item.value, ast.Binary):
            wanted = dim_of(context, item.value, None, expr.span)  # perhaps no multiple arrives
        if same_dim(wanted, dim):
            continue
        if not never_equal(wanted, dim):
            left.append((axis, term_of(wanted)))
            continue
        raise fail(
            "NN222",
            item.span,
            f"axis {axis} is {show_dim(dim)}, not {show_dim(wanted)}",
            f"the shape here is {actual.show()}",
        )
    return tuple(left)
