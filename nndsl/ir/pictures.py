"""Pictures whose channels come first, as PyTorch has them: told where a convolution takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndsl.diagnostics.model import Diagnostic, Failure, Label
from nndsl.ops.base import Call, Op, Type
from nndsl.source import Span

if TYPE_CHECKING:
    from nndsl.ir.context import Home

CODE = "NN354"
WINDOWS = frozenset(["Conv", "DepthwiseConv", "SeparableConv", "MaxPool", "AvgPool"])
MOST_CHANNELS = 32  # of a picture that is one or three rows high


def noted(home: Home, type_: Type, span: Span) -> None:
    """Keeps the place of a model's input that is plainly channels, height and width: 1 or 3 first,
    then larger sizes that are equal, or the last too large for the channels of a narrow picture."""
    if type_.rank != 3 or type_.axes or not all(isinstance(dim, int) for dim in type_.shape):
        return
    first, height, width = (int(dim) for dim in type_.shape if isinstance(dim, int))
    if first in (1, 3) and min(height, width) > 3 and (height == width or width > MOST_CHANNELS):
        home.pictures[type_.shape] = span


def turned(home: Home, op: Op, call: Call) -> Diagnostic | None:
    """NN354, a warning, for a window that goes over such a picture: where the input is declared."""
    x = call.x
    where = home.pictures.get(x.shape) if (op.like or op.word) in WINDOWS and not x.axes else None
    kernel = call.settings.items.get("kernel")
    flat = isinstance(kernel, tuple) and len(kernel) == 2 and kernel[0] == 1 != kernel[1]
    if where is None or flat:
        return None
    first, height, width = x.shape
    message = f"this is a picture of {first} x {height} positions with {width} channels"
    label = Label(call.span, f"`{op.word}` goes over {first} x {height} positions")
    return Diagnostic(CODE, where, message, _fix(x), (label,), "warning")


def mended(home: Home, op: Op, call: Call, failure: Failure) -> Failure:
    """The same failure of a window, with what is to be done where the picture is turned."""
    if home.pictures and failure.diagnostic.code == "NN203" and turned(home, op, call) is not None:
        return Failure(failure.diagnostic._replace(fix=_fix(call.x)))
    return failure


def _fix(x: Type) -> str:
    first, height, width = x.shape
    return (
        f"channels come last: `[{height}, {width}, {first}]`; "
        f"or name the axes: `[C={first}, H={height}, W={width}]`"
    )
