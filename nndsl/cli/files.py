"""Files in and out: sources, imports within their root, and outputs that are whole or not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from nndsl.cli.options import UsageError
from nndsl.diagnostics.model import did_you_mean
from nndsl.source import LARGEST, Source

STDIN = "-"
MEGABYTE = 1_000_000
HEAD = 10_000  # characters, in which an emitted file says where it is from
BYTES = 4  # of a character, at most
_limit = LARGEST


def allow(megabytes: int) -> None:
    """Reads files up to another size than 8 MB from now on."""
    global _limit
    _limit = megabytes * MEGABYTE


def read_source(path: str) -> Source:
    """The text of a file, or of the standard input for `-`; raises UsageError."""
    if path == STDIN:
        data = sys.stdin.buffer.read(BYTES * _limit + 1)
        return Source("<stdin>", _decoded(data, "the standard input"), _limit)
    try:
        with open(path, "rb") as file:
            return Source(path, _decoded(file.read(BYTES * _limit + 1), f"`{path}`"), _limit)
    except FileNotFoundError:
        raise UsageError(_missing(path)) from None
    except IsADirectoryError:
        raise UsageError(f"`{path}` is a folder; give a file that ends in .nn") from None
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from None


def _decoded(data: bytes, name: str) -> str:
    if len(data) > BYTES * _limit:
        return " " * (_limit + 1)  # too large, whatever it holds: the parser says so
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name} is no UTF-8 text: see line {line}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _missing(path: str) -> str:
    folder = os.path.dirname(path) or "."
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".nn")]
    except OSError:
        return f"there is no folder `{folder}`"
    hint = did_you_mean(os.path.basename(path), names)
    return f"there is no file `{path}`" + (f"; {hint}" if hint else "")


class Folder:
    """Resolves imports: relative to the importing file, inside the main file's folder."""

    def __init__(self, main: str) -> None:
        self.root = os.path.realpath(os.path.dirname(main) if main != STDIN else ".")

    def __call__(self, path: str, importer: str) -> Source | str:
        """The text of an imported file, or why there is none."""
        if os.path.isabs(path) or "\\" in path or "\0" in path:
            return "an import is a relative path with `/`"
        name = os.path.normpath(os.path.join(os.path.dirname(importer), path))
        real = os.path.realpath(name)
        if os.path.commonpath([real, self.root]) != self.root:
            return "it lies outside the folder of the main file"
        try:
            return read_source(name)
        except UsageError as error:
            return str(error).replace(name, path)  # as it is written, whatever the folder


def write_all(folder: str, files: Mapping[str, str]) -> list[str]:
    """Writes files by name into a folder, made if needed; all are new, or as they were before."""
    try:
        os.makedirs(folder or ".", exist_ok=True)
        return _replace({os.path.join(folder, name): text for name, text in files.items()})
    except OSError as error:
        raise UsageError(f"cannot write into `{folder}`: {error.strerror}") from None


def write_one(path: str, text: str) -> str:
    """Writes one file, whole or not at all, and makes its folder if needed; gives its path."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return _replace({path: text})[0]
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def head(path: str) -> str:
    """The first lines of a file that is there, as far as they are text; else nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(HEAD)
    except OSError:
        return ""


def _replace(files: Mapping[str, str]) -> list[str]:
    """The new texts beside the old files, then in their places: no reader ever sees half of one,
    and where a disk is full nothing is changed."""
    asides = {path: f"{path}.{os.getpid()}.part" for path in files}
    try:
        for path, text in files.items():
            with open(asides[path], "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        for path, aside in asides.items():
            os.replace(aside, path)
    finally:
        for aside in asides.values():
            if os.path.exists(aside):
                os.unlink(aside)
    return list(files)
