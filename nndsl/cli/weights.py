"""`nndsl weights convert`: weights from one framework's file to another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nndsl.cli.console import CLEAN, WRONG, say, show, tell
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments, UsageError, usage
from nndsl.cli.settings import settings

if TYPE_CHECKING:
    from nndsl.weights import Kind


def run(arguments: Arguments) -> int:
    """0 where the file is written; 1 where the model or the weights are wrong, and nothing is."""
    from nndsl.weights import Options, Program, ProgramError, WeightsError, convert, find_map

    action, source, target = arguments.operands
    if action != "convert":
        raise UsageError(f"there is no `weights {action}`: {usage(arguments.command)}")
    path = arguments.text("model")
    if not path:
        raise UsageError("`nndsl weights convert` needs the model: --model FILE")
    text = read_source(path)
    try:
        maps = [find_map(word) if (word := arguments.text(o)) else None for o in ("map", "to-map")]
        program = Program(text, arguments.text("name") or None, settings(arguments), Folder(path))
        options = Options(maps[0], maps[1], arguments.flag("round"), arguments.flag("allow-nan"))
        done = convert(source, target, program, _kind(arguments, "from"), _kind(arguments, "to"),
                       options)  # fmt: skip
    except ProgramError as error:
        return show(error.diagnostics, error.sources)
    except WeightsError as error:
        tell("\n".join(["nndsl: " + error.problems[0], *error.problems[1:]]))
        return WRONG
    except OSError as error:
        raise UsageError(f"`{error.filename or source}`: {error.strerror or error}") from None
    for note in done.notes:
        tell(f"nndsl: {note}")
    say(
        f"{done.model}: {done.weights:,} weights, {done.numbers:,} numbers, "
        f"{done.source} -> {done.target}: {target}\n"
    )
    return CLEAN


def _kind(arguments: Arguments, option: str) -> Kind | None:
    word = arguments.text(option)
    return cast("Kind", word) if word else None
