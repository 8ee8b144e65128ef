"""The command line: arguments in, text and exit codes out; the only code that prints or exits."""

from nndsl.cli.main import main

__all__ = ["main"]
