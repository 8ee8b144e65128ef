"""The report of a mistake of the compiler's own: short, with the place in the source."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nndsl._version import __version__
from nndsl.cli.files import read_source
from nndsl.cli.options import UsageError
from nndsl.diagnostics.crash import place_of, raised_at
from nndsl.diagnostics.excerpt import Mark, excerpt


def report(error: Exception, files: Sequence[str]) -> str:
    """What to send to the people who make nndsl."""
    what = "nesting too deep" if isinstance(error, RecursionError) else f"{error}"
    lines = [f"internal error: {type(error).__name__}: {what}".rstrip(": ")]
    span = place_of(error)
    for name in files:
        if span is not None and span.file == name:
            lines += _place(name, span.start, [Mark(span, "^", "here")])
    python = ".".join(map(str, sys.version_info[:3]))
    lines.append(f"  at {raised_at(error)}, nndsl {__version__}, Python {python}")
    lines.append("  this is a mistake in nndsl: please report it with the file and these lines")
    return "\n".join(lines)


def _place(name: str, start: int, marks: list[Mark]) -> list[str]:
    try:
        source = read_source(name)
    except UsageError:
        return [f"  --> {name}"]
    line, column = source.place(start)
    return [f"  --> {name}:{line}:{column}", *excerpt(source, marks)]
