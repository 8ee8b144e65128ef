"""`nndsl ir`: the graph of a model as JSON, for other tools."""

from __future__ import annotations

from nndsl.cli.console import CLEAN, say, show
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments, UsageError, usage
from nndsl.cli.settings import settings
from nndsl.compiler import graph


def run(arguments: Arguments) -> int:
    """Prints the graph, or the schema of its form; diagnostics go to the standard error."""
    if arguments.flag("schema"):
        from nndsl._resources import schema_text

        say(schema_text())
        return CLEAN
    if not arguments.operands:
        raise UsageError(f"`nndsl ir` needs a FILE: {usage(arguments.command)}")
    path = arguments.operands[0]
    model = arguments.text("model") or None
    found = graph(read_source(path), model, settings(arguments), Folder(path))
    code = show(found.diagnostics, found.sources)
    if found.data is not None:
        import json

        say(json.dumps(found.data, indent=2, allow_nan=False) + "\n")
        return CLEAN
    return code
