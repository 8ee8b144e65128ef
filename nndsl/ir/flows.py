"""Small readings of syntax that the walk needs: subscripts of tensors."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import fail
from nndsl.ir.context import Context
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.source import Span
from nndsl.syntax import ast


def index_settings(
    context: Context, items: Sequence[ast.Arg | ast.Slice], span: Span
) -> dict[str, SettingValue]:
    """`x[0]`, `x[1:]`, `x[:, 2]` as the settings of `slice`: a column for each part of an axis."""
    starts: list[SettingValue] = []
    stops: list[SettingValue] = []
    steps: list[SettingValue] = []
    drop: list[SettingValue] = []
    for item in items:
        if isinstance(item, ast.Slice):
            starts.append(_bound(context, item.start))
            stops.append(_bound(context, item.stop))
            steps.append(_whole(context, item.step))
            drop.append(False)
            continue
        if item.name is not None:
            raise fail("NN301", item.span, "a subscript has no names", "write `x[0]`, or `x[1:4]`")
        starts.append(_whole(context, item.value))
        stops.append(None)
        steps.append(None)
        drop.append(True)
    return {
        "starts": tuple(starts),
        "stops": tuple(stops),
        "steps": tuple(steps),
        "drop": tuple(drop),
    }


def _bound(context: Context, expr: ast.Expr | None) -> Dim | None:
    """A bound of a slice, which may be open: `x[:shape(y)[0]]`."""
    value = None if expr is None else context.evaluate(expr)
    return value if isinstance(value, OpenDim) else _number(value, expr)


def _whole(context: Context, expr: ast.Expr | None) -> int | None:
    value = None if expr is None else context.evaluate(expr)
    return _number(value, expr)


def _number(value: object, expr: ast.Expr | None) -> int | None:
    if expr is None:
        return None
    if isinstance(value, OpenDim):
        raise fail(
            "NN219",
            expr.span,
            f"the open dimension {value!r} chooses no single element",
            "bounds of slices may be open: `x[:shape(y)[0]]`; steps and indices are numbers",
        )
    if not isinstance(value, int) or isinstance(value, bool):
        raise fail(
            "NN301",
            expr.span,
            "a subscript is a whole number",
            "to choose by a value use `gather(x, indices)`",
        )
    return value
