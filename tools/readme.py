"""Runs the commands that README.md shows, and puts what they print into it: `make docs`.

A comment before a code block says where its text is from: `<!-- digits.nn -->` is a file for the
commands below it, `<!-- nndsl params digits.nn -->` a command whose output the block holds.
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- ([^\n]+) -->\n```\w*\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


def remade(text: str) -> str:
    """The text with the output of every command as it is now."""
    with TemporaryDirectory() as folder:
        return BLOCK.sub(lambda found: found[1] + _content(found[2], found[3], folder) + found[4],
                         text)  # fmt: skip


def _content(source: str, old: str, folder: str) -> str:
    if source.startswith("nndsl "):
        return output(source.removeprefix("nndsl "), folder)
    if source.endswith(".nn"):
        Path(folder, source).write_text(old, encoding="utf-8")
    return old


def output(arguments: str, folder: str) -> str:
    """What a command line prints on both streams, in a folder; SystemExit where nndsl broke."""
    done = subprocess.run(
        [sys.executable, "-m", "nndsl", *arguments.split()],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    if done.returncode > 1:
        sys.exit(f"nndsl {arguments}: {printed}")
    return printed


def main() -> None:
    """Brings README.md up to date."""
    README.write_text(remade(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
