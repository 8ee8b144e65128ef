"""How many lines of the package a call runs: the same on every machine, unlike seconds."""

import sys
from collections.abc import Callable
from types import FrameType


def steps(function: Callable[[], object]) -> int:
    """The lines of nndsl that run until the function returns."""
    count = 0

    def line(frame: FrameType, event: str, arg: object) -> object:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, event: str, arg: object) -> object:
        return line if "nndsl" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)  # type: ignore[arg-type]
    try:
        function()
    finally:
        sys.settrace(before)
    return count
