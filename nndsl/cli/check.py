"""`nndsl check`: every diagnostic of files."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from nndsl.cli.console import exit_code, say, show
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments
from nndsl.compiler import check
from nndsl.diagnostics import Diagnostic
from nndsl.diagnostics.differing import Differing
from nndsl.source import Source


def run(arguments: Arguments) -> int:
    """Prints all diagnostics of all files in one of the formats."""
    items: list[Diagnostic] = []
    differing: list[Differing] = []
    targets = [name.strip() for name in arguments.text("targets").split(",") if name.strip()]
    sources: dict[str, Source] = {}
    for path in arguments.operands:
        found = check(read_source(path), Folder(path), targets)
        differing += found.differences
        items += [item for item in found.diagnostics if item not in items]
        sources |= found.sources
    form = arguments.text("format")
    if form != "text":
        say(_report(form, items, sources, differing if targets else None))
        return exit_code(items)
    for each in differing:
        say(_line(each, sources))
    if not items and not differing:
        count = len(arguments.operands)
        say(f"{count} file{'s' if count > 1 else ''} checked: nothing to say\n")
    return show(items, sources, sys.stdout)


def _line(each: Differing, sources: Mapping[str, Source]) -> str:
    """`net.nn:4: torch: stage[0].norm and 3 more (training): what it does: by how much`."""
    line = sources[each.span.file].place(each.span.start).line
    more = f" and {each.others} more" if each.others else ""
    where = f"{each.span.file}:{line}: {each.target}: {each.path}{more} ({each.when})"
    return f"{where}: {each.what}: {each.amount}\n"


def _report(
    form: str,
    items: list[Diagnostic],
    sources: Mapping[str, Source],
    differing: list[Differing] | None,
) -> str:
    """differing: None where no targets were named, which the JSON form then does not tell."""
    from nndsl.diagnostics import reports

    if form == "json" and differing is not None:
        return reports.with_differences(items, sources, differing)
    if form == "json":
        return reports.as_json(items, sources)
    if form == "github":
        return reports.as_github(items, sources)
    from nndsl._version import __version__
    from nndsl.cli.pages import pages

    return reports.as_sarif(items, sources, pages(), __version__)
