"""`nndsl compile --stage`: what stands between the text and the code, for whoever is curious."""

from __future__ import annotations

from nndsl.cli.console import CLEAN, WRONG, say, show
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments
from nndsl.cli.settings import settings
from nndsl.compiler import stage_text


def print_stage(arguments: Arguments) -> int:
    """Prints one stage of the compilation: ast, ir, facts or code."""
    path = arguments.operands[0]
    stage = arguments.text("stage")
    name = ""
    if stage == "code":
        from nndsl.cli.compile import target

        name = target(arguments)
    found = stage_text(
        read_source(path), stage, name, arguments.text("model") or None, settings(arguments),
        Folder(path),
    )  # fmt: skip
    code = show(found.diagnostics, found.sources)
    if found.text is None:
        return code or WRONG
    say(found.text)
    return CLEAN
