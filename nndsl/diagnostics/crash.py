"""Where in the source the compiler was when it failed: for the report of an internal failure."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType

from nndsl.source import NOWHERE, Span

TELLING = ("span", "where", "step", "stage", "line", "expr", "call", "site", "definition", "self")


def place_of(error: BaseException) -> Span | None:
    """The place in the source that the innermost frame knows; None where no frame knows one."""
    found: Span | None = None
    trace = error.__traceback__
    while trace is not None:
        found = next(_spans(trace.tb_frame), found)
        trace = trace.tb_next
    return found


def raised_at(error: BaseException) -> str:
    """`module:line` of the frame that raised, for the report."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


def _spans(frame: FrameType) -> Iterator[Span]:
    names = frame.f_locals
    for name in TELLING:
        span = _span(names.get(name))
        if span is not None:
            yield span


def _span(value: object) -> Span | None:
    """The span that a local variable is, or has."""
    for held in (value, getattr(value, "span", None), getattr(value, "site", None)):
        span = held if isinstance(held, Span) else getattr(held, "span", None)
        if isinstance(span, Span) and span != NOWHERE:
            return span
    return None
