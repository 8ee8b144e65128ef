"""`nndsl check`: every diagnostic of files."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from nndsl.cli.console import exit_code, say, show
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments
from nndsl.compiler import check
from nndsl.diagnostics import Diagnostic
from nndsl.source import Source


def run(arguments: Arguments) -> int:
    """Prints all diagnostics of all files in one of the formats."""
    items: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    for path in arguments.operands:
        found = check(read_source(path), Folder(path))
        items += [item for item in found.diagnostics if item not in items]
        sources |= found.sources
    form = arguments.text("format")
    if form != "text":
        say(_report(form, items, sources))
        return exit_code(items)
    if not items:
        count = len(arguments.operands)
        say(f"{count} file{'s' if count > 1 else ''} checked: nothing to say\n")
    return show(items, sources, sys.stdout)


def _report(form: str, items: list[Diagnostic], sources: Mapping[str, Source]) -> str:
    from nndsl.diagnostics import reports

    if form == "json":
        return reports.as_json(items, sources)
    if form == "github":
        return reports.as_github(items, sources)
    from nndsl._version import __version__
    from nndsl.cli.pages import pages

    return reports.as_sarif(items, sources, pages(), __version__)
