"""Code blocks of the pages, and what their comments promise.

A block is a whole file, or the lines of a model's body: then a comment that gives the inputs,
`# x: [8]`, stands before the first of them (lines above it belong to the file). `#>` comments are
promises: `#> error NN101` of their own line, `#> [10], 7,850 parameters` of the first model,
`#> ResNet: [10]` of a named one, `#> --set depth=2: [10]` with other settings. A block without an
error or warning promised has none. A block that begins with `# blocks.nn` is a file of that name,
which later blocks may import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nndsl.compiler import analyse, check
from nndsl.source import Source

FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INPUTS = re.compile(r"^# (\w+: [^;\n]+(?:; \w+: [^;\n]+)*)$", re.MULTILINE)
PROMISE = re.compile(r"#> ?(.*)$", re.MULTILINE)
FILE = re.compile(r"# ([\w/]+\.nn)\n")
COUNT = re.compile(r"^([\d,]+) (parameters|trainable|frozen|MACs)$")


class Block(NamedTuple):
    """A code block: its page, line, language and text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def program(self) -> str:
        """The file that the block is: fragments inside a model."""
        found = INPUTS.search(self.text)
        if found is None:
            return self.text
        inputs = "; ".join(f"input {one}" for one in found[1].split("; "))
        head, body = self.text[: found.start()], self.text[found.end() :].strip("\n")
        return f"{head}model Example {{ {inputs}\n{body}\n}}\n"

    @property
    def file(self) -> str:
        """The name of the file that later blocks import, or of a file on its own."""
        found = FILE.match(self.text)
        return found[1] if found else "model.nn"

    @property
    def model(self) -> bool:
        """True where the block holds a model."""
        return "model " in self.program

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Promise(NamedTuple):
    """What one `#>` comment says, and its line in the program."""

    text: str
    line: int


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of a page in one language."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page.name, text.count("\n", 0, found.start()) + 1, found[1], found[3])
        for found in FENCE.finditer(text)
        if found[1] == language
    ]


def promises(block: Block) -> list[Promise]:
    """The `#>` comments of a block."""
    program = block.program
    return [
        Promise(found[1].strip(), program.count("\n", 0, found.start()) + 1)
        for found in PROMISE.finditer(program)
    ]


def is_diagnostic(promise: Promise) -> bool:
    """True where a promise is of an error or a warning."""
    return promise.text.startswith(("error ", "warning "))


class Files:
    """The files that blocks of a page may import."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def __call__(self, path: str, importer: str) -> Source | str:
        text = self.texts.get(path)
        return Source(path, text) if text is not None else "there is no such file"


def found_diagnostics(block: Block, files: Files) -> list[Promise]:
    """What `nndsl check` says of a block, in the form of its promises."""
    checked = check(Source(block.file, block.program), files)
    return sorted(
        Promise(
            f"{item.severity} {item.code}",
            checked.sources[item.span.file].place(item.span.start)[0],
        )
        for item in checked.diagnostics
    )


def facts(block: Block, promise: Promise, files: Files) -> tuple[str, str]:
    """What a promise says of a model, and what is so, in the same words."""
    which, _, what = promise.text.rpartition(": ")
    settings = dict(item.split("=", 1) for item in re.findall(r"--set (\S+)", which))
    name = re.sub(r"--set \S+", "", which).strip() or None
    made = analyse(Source(block.file, block.program), name, settings, files)
    if made.table is None:
        return what, "; ".join(f"{d.code} {d.message}" for d in made.diagnostics)
    totals = made.table.totals
    numbers = {
        "parameters": totals.params, "trainable": totals.trainable,
        "frozen": totals.non_trainable, "MACs": totals.macs,
    }  # fmt: skip
    shown = ", ".join(f"{name} {type_}" if name else type_ for name, type_ in made.table.outputs)
    parts = [_counted(part, numbers) or shown for part in _split(what)]
    return what, ", ".join(dict.fromkeys(parts))


def _split(what: str) -> list[str]:
    """At commas between facts, not those inside numbers and brackets."""
    return re.split(r", (?![^\[(]*[\])])", what)


def _counted(part: str, numbers: Mapping[str, object]) -> str:
    found = COUNT.match(part)
    return f"{numbers[found[2]]:,} {found[2]}" if found else ""
