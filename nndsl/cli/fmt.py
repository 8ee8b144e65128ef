"""`nndsl fmt`: files in the one format of the language."""

from __future__ import annotations

from nndsl.cli.console import CLEAN, WRONG, say, show, tell
from nndsl.cli.files import STDIN, read_source, write_one
from nndsl.cli.options import Arguments
from nndsl.diagnostics import Failure
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source


def run(arguments: Arguments) -> int:
    """Formats files in place, the standard input to the standard output; or only checks."""
    code = CLEAN
    for path in arguments.operands:
        code = max(code, _format(path, arguments.flag("check")))
    return code


def _format(path: str, check: bool) -> int:
    source = read_source(path)
    try:
        text = format_source(source, ALIASES)
    except Failure as failure:
        return show([failure.diagnostic], {source.name: source})
    same = text == source.text if path == STDIN else _holds(path, text)
    return _checked(source, same) if check else _written(path, same, text)


def _holds(path: str, text: str) -> bool:
    """True where a file is this text to the byte: its newlines are the language's, too."""
    with open(path, "rb") as file:
        return file.read() == text.encode("utf-8", "surrogatepass")


def _checked(source: Source, same: bool) -> int:
    if same:
        return CLEAN
    tell(f"{source.name} is not formatted: nndsl fmt {source.name}")
    return WRONG


def _written(path: str, same: bool, text: str) -> int:
    if path == STDIN:
        say(text)
    elif not same:
        write_one(path, text)
        tell(f"formatted {path}")
    return CLEAN
