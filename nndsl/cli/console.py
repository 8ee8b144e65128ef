"""What the commands print with: streams, colours, diagnostics, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from nndsl.diagnostics import Diagnostic
from nndsl.source import Source

CLEAN, WRONG, USAGE, INTERNAL = 0, 1, 2, 3


def say(text: str) -> None:
    """Text for the standard output, as it is."""
    sys.stdout.write(text)


def tell(text: str) -> None:
    """A line for people, on the standard error."""
    try:
        sys.stderr.write(f"{text}\n")
    except (OSError, ValueError):
        return  # there is nobody to say it to; the exit code says it as well


def show(
    items: Sequence[Diagnostic], sources: Mapping[str, Source], stream: TextIO | None = None
) -> int:
    """Prints diagnostics (on the standard error unless told otherwise); the exit code they mean."""
    if items:
        from nndsl.diagnostics.render import COLOURS, PLAIN, render

        out = stream or sys.stderr
        out.write(render(items, sources, COLOURS if _colours(out) else PLAIN))
    return exit_code(items)


def exit_code(items: Sequence[Diagnostic]) -> int:
    """1 where there is an error; warnings exit 0."""
    return WRONG if any(item.severity == "error" for item in items) else CLEAN


def _colours(stream: TextIO) -> bool:
    """True for a terminal that shows them (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
