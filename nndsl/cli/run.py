"""`nndsl run`: compiles a model and runs its training script."""

from __future__ import annotations

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

from nndsl.cli.compile import compiled
from nndsl.cli.console import show, tell
from nndsl.cli.files import write_all
from nndsl.cli.options import Arguments, UsageError
from nndsl.results import Compilation


def run(arguments: Arguments) -> int:
    """The exit code of the script, or of what kept it from running."""
    output = arguments.text("output")
    if output == "-" or output.endswith(".py"):
        raise UsageError(f"`nndsl run` writes two files: `-o` takes a folder, not `{output}`")
    found = compiled(arguments, train=True)
    code = show(found.diagnostics, found.sources)
    if not found.files:
        return code
    if output:
        return _train(found, output, arguments.rest)
    with TemporaryDirectory(prefix="nndsl-") as folder:
        return _train(found, folder, arguments.rest)


def _train(found: Compilation, folder: str, flags: list[str]) -> int:
    """Runs the script where the user is: data and checkpoints have their places there."""
    write_all(folder, found.files)
    script = os.path.join(folder, found.script)
    tell(f"running {found.script} {' '.join(flags)}".rstrip())
    sys.stdout.flush()
    done = subprocess.run([sys.executable, script, *flags], check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode
