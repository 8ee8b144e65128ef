"""The examples at full size: their tables and code, as a person reads and keeps them.

`make golden` writes the files anew; what changed is then read in the diff.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import black
import pytest

from examples.front import EXAMPLES, example, names
from nndsl.analysis.text import as_text
from nndsl.compiler import analyse, compile_model
from nndsl.source import Source

GOLDEN = Path(__file__).resolve().parent / "golden"
NAMES = names(EXAMPLES)
TARGETS = ("torch", "keras")
CODE = [f"{name}.{target}.py" for name in NAMES for target in TARGETS]
LIMITS: Mapping[str, int] = {
    "resnet.torch.py": 120,
    "resnet.keras.py": 80,
    "gpt2.torch.py": 120,
    "gpt2.keras.py": 110,
}
"""The most lines that these may have; without the training script."""


def _source(name: str) -> Source:
    return Source(f"{name}.nn", example(name).read_text(encoding="utf-8"))


@cache
def _code(file: str) -> str:
    name, target, _ = file.split(".")
    made = compile_model(_source(name), target)
    assert made.files, made.diagnostics
    return made.files[made.model]


@pytest.mark.parametrize("name", NAMES)
def test_table(name: str, golden: Callable[[Path, str], None]) -> None:
    made = analyse(_source(name))
    assert made.table is not None, made.diagnostics
    golden(GOLDEN / f"{name}.params.txt", as_text(made.table).rstrip("\n") + "\n")


@pytest.mark.parametrize("file", CODE)
def test_code(file: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / file, _code(file))


@pytest.mark.parametrize("file", LIMITS)
def test_is_within_its_line_limit(file: str) -> None:
    assert len(_code(file).splitlines()) <= LIMITS[file]


@pytest.mark.parametrize("file", CODE)
def test_black_leaves_it_alone(file: str) -> None:
    assert black.format_str(_code(file), mode=black.Mode()) == _code(file)


@pytest.mark.parametrize("file", CODE)
def test_imports_only_its_framework(file: str) -> None:
    target = file.split(".")[1]
    allowed = {target, "numpy", *sys.stdlib_module_names}
    found = {module.partition(".")[0] for module in _imported(ast.parse(_code(file)))}
    assert found - allowed == set()
    assert target in found


def _imported(tree: ast.Module) -> list[str]:
    """Every module that a text imports, at its top and inside functions."""
    whole = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    parts = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return whole + parts


@pytest.mark.parametrize("file", CODE)
def test_every_argument_is_read(file: str) -> None:
    """An argument that a constructor or a block's function takes and ignores is noise."""
    unread = {
        f"{function.name}({name})"
        for function in ast.walk(ast.parse(_code(file)))
        if isinstance(function, ast.FunctionDef) and _makes(function)
        for name in _arguments(function) - {"self"} - _read(function)
    }
    assert unread == set()


def _makes(function: ast.FunctionDef) -> bool:
    """True of what takes settings; a framework says what its other methods take."""
    first = next(iter(function.args.args), None)
    return function.name == "__init__" or first is None or first.arg != "self"


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}


def _read(function: ast.FunctionDef) -> set[str]:
    """The names that a function's body reads."""
    names = [n for line in function.body for n in ast.walk(line) if isinstance(n, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    """With no settings but these: a person's project has its own, or none."""
    for file in CODE:
        (tmp_path / file).write_text(_code(file), encoding="utf-8")
    # B905 (`strict=` on every zip) is a project's choice: nobody writes it in a forward.
    options = ["--isolated", "--no-cache", "--select", "E,F,I,W,UP,B,PLW0127", "--ignore", "B905",
               "--line-length", "88", "--target-version", "py311"]  # fmt: skip
    command = [sys.executable, "-m", "ruff", "check", *options, "--output-format", "concise"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_golden_has_an_example() -> None:
    expected = {*CODE, *(f"{name}.params.txt" for name in NAMES)}
    assert {path.name for path in GOLDEN.iterdir()} == expected
