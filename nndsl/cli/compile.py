"""`nndsl compile`: the code of a model, written to files or printed."""

from __future__ import annotations

import os
import re

from nndsl.cli.console import CLEAN, say, show, tell
from nndsl.cli.files import STDIN, Folder, head, read_source, write_all, write_one
from nndsl.cli.options import Arguments, UsageError
from nndsl.cli.settings import settings
from nndsl.compiler import compile_model
from nndsl.results import Compilation

NO_TARGET = "NN801"
MOST = 4  # names in a note
MADE = re.compile(r"^ *Made by nndsl \S+ from (.+): [\d,]+ trainable", re.MULTILINE)


def run(arguments: Arguments) -> int:
    """Writes the files of a model for a target; says which on the standard error."""
    if arguments.text("stage"):
        from nndsl.cli.stages import print_stage

        return print_stage(arguments)
    found = compiled(
        arguments, arguments.flag("train"), arguments.flag("single-file"), arguments.flag("exact")
    )
    code = show(found.diagnostics, found.sources)
    if not found.files:
        return code
    if found.others and not arguments.text("model"):
        _tell_others(arguments.operands[0], found.others)
    return write(found, arguments.text("output"))


def _tell_others(path: str, others: tuple[str, ...]) -> None:
    listed = ", ".join(others[:MOST]) + (", ..." if len(others) > MOST else "")
    tell(f"note: {os.path.basename(path)} has other models too: {listed} (`--model {others[0]}`)")


def compiled(
    arguments: Arguments, train: bool, single_file: bool = False, exact: bool = False
) -> Compilation:
    """The compilation that a command line asks for."""
    path = arguments.operands[0]
    found = compile_model(
        read_source(path), target(arguments), arguments.text("model") or None,
        settings(arguments), train or single_file, single_file, Folder(path), exact,
    )  # fmt: skip
    for item in found.diagnostics:
        if item.code == NO_TARGET:
            raise UsageError(f"{item.message}; {item.fix}")
    return found


def target(arguments: Arguments) -> str:
    """The target; raises UsageError where none is given."""
    name = arguments.text("target")
    if not name:
        raise UsageError("which framework? write `--target keras` or `--target torch`")
    return name


def write(found: Compilation, output: str) -> int:
    """Writes the files: `-` prints the model, a name that ends in .py is the model's file."""
    name = found.model if found.model in found.files else found.script
    model = found.files[name]
    if output == STDIN:
        say(model)
        return CLEAN
    if output.endswith(".py") and not os.path.isdir(output):
        beside = _beside(found, output)
        _tell_replaced(output, model)
        written = [write_one(path, text) for path, text in ((output, model), *beside.items())]
    else:
        _tell_replaced(os.path.join(output, name), model)
        written = write_all(output, found.files)
    for path in written:
        tell(f"wrote {os.path.normpath(path)}")
    return CLEAN


def _tell_replaced(path: str, text: str) -> None:
    """A note where the file of another source, or nobody's, makes way for the new one."""
    old = head(path)
    new, theirs = MADE.search(text), MADE.search(old)
    if old and new and (theirs is None or theirs[1] != new[1]):
        whose = f"from {theirs[1]}" if theirs else "not from nndsl"
        tell(f"note: replacing {os.path.normpath(path)}, which was {whose}")


def _beside(found: Compilation, output: str) -> dict[str, str]:
    """The script next to a model that goes under another name, importing it by that name."""
    if found.script in ("", found.model):
        return {}
    folder, name = os.path.split(output)
    module = name.removesuffix(".py")
    if not module.isidentifier():
        raise UsageError(f"a training script cannot import `{name}`: use a name like `model.py`")
    old = found.model.removesuffix(".py")
    text = found.files[found.script].replace(f"from {old} import", f"from {module} import")
    return {os.path.join(folder, f"train_{module}.py"): text}
