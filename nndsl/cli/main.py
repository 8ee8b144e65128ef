"""From a command line to a command, and from whatever happens to an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from nndsl.cli.commands import COMMANDS
from nndsl.cli.console import CLEAN, INTERNAL, USAGE, say, tell
from nndsl.cli.options import Arguments, UsageError, help_text, overview, read

INTERRUPTED, BROKEN_PIPE = 130, 141  # 128 and the signal's number, as shells say it


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command line; 0 clean, 1 diagnostics, 2 usage, 3 a mistake of the compiler's own."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process runs
    if sys.stdout is None:
        tell("nndsl: the standard output is closed")
        return USAGE
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
    try:
        code = _main(sys.argv[1:] if words is None else list(words))
        sys.stdout.flush()
        return code
    except UsageError as error:
        tell(f"nndsl: {error}")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _leave_output()  # whoever read it has left
        return BROKEN_PIPE
    except OSError as error:
        _leave_output()
        tell(f"nndsl: cannot write the output: {error.strerror}")
        return USAGE


def _leave_output() -> None:
    """Nothing more can be written there, at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _main(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h", "help"):
        return _help(words[1:])
    if words[0] in ("--version", "-V"):
        from nndsl._version import __version__

        say(f"nndsl {__version__}\n")
        return CLEAN
    command = COMMANDS.get(words[0])
    if command is None:
        raise UsageError(_unknown(words[0]))
    if any(word in ("--help", "-h") for word in _before_rest(words)):
        return _help(words[:1])
    return _run(read(command, words[1:]))


def _before_rest(words: list[str]) -> list[str]:
    return words[: words.index("--")] if "--" in words else words


def _run(arguments: Arguments) -> int:
    """A command; what goes wrong inside it becomes a report, never a traceback."""
    command = import_module(f"nndsl.cli.{arguments.command.name}")
    if "max-size" in arguments.values:
        from nndsl.cli.files import allow

        allow(arguments.number("max-size") or 0)
    try:
        code: int = command.run(arguments)
        return code
    except (UsageError, OSError):
        raise  # of files, or of the streams: what files are read and written for says UsageError
    except Exception as error:  # noqa: BLE001 - no user should ever see a traceback
        from nndsl.cli.crash import report

        tell(report(error, arguments.operands))
        return INTERNAL


def _help(words: list[str]) -> int:
    from nndsl._version import __version__

    if words and words[0] not in COMMANDS:
        raise UsageError(_unknown(words[0]))
    say(help_text(COMMANDS[words[0]]) if words else overview(COMMANDS, __version__))
    return CLEAN


def _unknown(word: str) -> str:
    from nndsl.diagnostics.model import did_you_mean

    if word.endswith(".nn"):
        return f"what should be done with `{word}`? try: nndsl params {word}"
    hint = did_you_mean(word, COMMANDS) or f"there are {', '.join(COMMANDS)}"
    return f"there is no command `{word}`; {hint}"
