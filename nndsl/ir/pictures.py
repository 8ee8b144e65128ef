"""Pictures whose channels come first, as PyTorch has them, or are left out, as a grey picture's:
told where a convolution takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndsl.diagnostics.model import Diagnostic, Failure, Label
from nndsl.ops.base import Call, Op, Type
from nndsl.source import Span

if TYPE_CHECKING:
    from nndsl.ir.context import Home

CODE = "NN354"
WINDOWS = frozenset(["Conv", "DepthwiseConv", "SeparableConv", "MaxPool", "AvgPool"])
LAYERS = frozenset(["Conv", "DepthwiseConv", "SeparableConv"])  # of a row of steps as well
SMALLEST = 8  # side of a picture without channels
MOST_CHANNELS = 32  # of a picture that is one or three rows high


def noted(home: Home, type_: Type, span: Span) -> None:
    """Keeps the place of a model's input that is plainly channels, height and width: 1 or 3 first,
    then larger sizes that are equal, or the last too large for the channels of a narrow picture;
    and of one that is height and width alone, two equal sizes."""
    if type_.axes or not all(isinstance(dim, int) for dim in type_.shape):
        return
    sizes = [int(dim) for dim in type_.shape if isinstance(dim, int)]
    if len(sizes) == 2 and SMALLEST <= sizes[0] == sizes[1]:
        home.pictures[type_.shape] = span
    if len(sizes) != 3:
        return
    first, height, width = sizes
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
    if x.rank == 2:
        return _without_channels(op, call, where)
    first, height, width = x.shape
    message = f"this is a picture of {first} x {height} positions with {width} channels"
    label = Label(call.span, f"`{op.word}` goes over {first} x {height} positions")
    return Diagnostic(CODE, where, message, _fix(x), (label,), "warning")


def _without_channels(op: Op, call: Call, where: Span) -> Diagnostic | None:
    """NN354 for `[28, 28]`, which `Conv` takes for 28 steps; who wants that writes `Conv1D`."""
    steps, channels = call.x.shape
    if op.word not in LAYERS:
        return None
    message = f"this is a row of {steps} steps with {channels} channels each, not a picture"
    fix = (
        f"a picture has channels: `[{steps}, {channels}, 1]`; of an input that comes without,\n"
        f"`Reshape({steps}, {channels}, 1)` makes one; for a row of steps write `{op.word}1D`"
    )
    label = Label(call.span, f"`{op.word}` goes over {steps} steps")
    return Diagnostic(CODE, where, message, fix, (label,), "warning")


def mended(home: Home, op: Op, call: Call, failure: Failure) -> Failure:
    """The same failure of a window, with what is to be done where the picture is turned."""
    if home.pictures and failure.diagnostic.code == "NN203" and turned(home, op, call) is not None:
        return Failure(failure.diagnostic._replace(fix=_fix(call.x)))
    return failure


def _fix(x: Type) -> str:
    if x.rank != 3:
        return f"a picture has channels: `[{', '.join(map(str, x.shape))}, 1]`"
    first, height, width = x.shape
    return (
        f"channels come last: `[{height}, {width}, {first}]`; "
        f"or name the axes: `[C={first}, H={height}, W={width}]`"
    )
