"""`nndsl params`: the table of a model."""

from __future__ import annotations

from nndsl.analysis.rows import Table
from nndsl.cli.console import CLEAN, say, show
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments
from nndsl.cli.settings import settings
from nndsl.compiler import analyse


def run(arguments: Arguments) -> int:
    """Prints the table; diagnostics go to the standard error."""
    path = arguments.operands[0]
    source = read_source(path)
    model = arguments.text("model") or None
    found = analyse(source, model, settings(arguments), Folder(path))
    code = show(found.diagnostics, found.sources)
    if found.table is not None:
        say(formatted(found.table, arguments.text("format"), arguments.number("depth")))
        return CLEAN
    return code


def formatted(table: Table, form: str, depth: int | None) -> str:
    """The table in one of the formats."""
    from nndsl.analysis import data, text

    if form == "json":
        return data.as_json(table, depth)
    if form == "csv":
        return data.as_csv(table, depth)
    return text.as_markdown(table, depth) if form == "markdown" else text.as_text(table, depth)
