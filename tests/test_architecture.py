"""The fences hold on the package, and each of them catches its breach."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import fences
from support.imports import Module, Reference, modules, parsed

Fence = Callable[[list[Module]], list[Reference]]

ROOT = Path(__file__).resolve().parent.parent
CODE = modules(ROOT / "nndsl")
LONGEST_FILE = 400

FENCES: dict[Fence, str] = {
    fences.upward: "imports point down",
    fences.sideways: "a target is found by entry point, never imported by another module",
    fences.framework_imports: "no framework and no numpy outside nndsl/verify and nndsl/weights",
    fences.impure_imports: "no threads, processes, sockets or pickles in the core",
    fences.console_calls: "only nndsl/cli prints and exits",
    fences.evaluations: "nothing is evaluated by Python",
    fences.opened_files: "the compiler opens no file but its own",
}

BREACHES: list[tuple[Fence, str, str]] = [
    (fences.upward, "nndsl.ir.x", "from nndsl.backends import y"),
    (fences.upward, "nndsl.ir.x", "def late():\n  import nndsl.cli"),
    (fences.upward, "nndsl.ir.x", "if TYPE_CHECKING:\n  from nndsl.compiler import Result"),
    (fences.upward, "nndsl.ir.x", "from ..cli import y"),
    (fences.upward, "nndsl.ir.x", "from nndsl import compile"),
    (fences.upward, "nndsl.ir.x", "import_module('nndsl.analysis.params')"),
    (fences.upward, "nndsl.ops.x", "from nndsl.ir.graph import Node"),
    (fences.upward, "nndsl.ops.x", "import nndsl.emit.names"),
    (fences.upward, "nndsl.emit.x", "from nndsl import ops"),
    (fences.upward, "nndsl.source", "from nndsl.ops import Dim"),
    (fences.upward, "nndsl.cli.x", "import nndsl.helpers"),
    (fences.upward, "nndsl.helpers.x", "import nndsl.source"),
    (fences.sideways, "nndsl.backends.torch.x", "import nndsl.backends.keras.y"),
    (fences.sideways, "nndsl.compiler", "from nndsl.backends import torch"),
    (fences.framework_imports, "nndsl.ops.x", "from numpy import prod"),
    (fences.framework_imports, "nndsl.cli.x", "importlib.import_module('torch.nn')"),
    (fences.impure_imports, "nndsl.syntax.x", "import pickle"),
    (fences.console_calls, "nndsl.ir.x", "print(1)"),
    (fences.console_calls, "nndsl.compiler", "import sys\nsys.exit(1)"),
    (fences.evaluations, "nndsl.ir.x", "def f(text):\n  return [eval(t) for t in text]"),
    (fences.opened_files, "nndsl.syntax.x", "with open(path) as file:\n  pass"),
]

ALLOWED: list[tuple[str, str]] = [
    ("nndsl", "from nndsl.compiler import compile"),
    ("nndsl.__main__", "from nndsl.cli import main"),
    ("nndsl.cli.x", "def late():\n  from nndsl.verify import run"),
    ("nndsl.verify.x", "import torch"),
    ("nndsl.ir.x", "from nndsl import ops\nfrom nndsl.syntax import ast"),
    ("nndsl.emit.x", "from nndsl import _resources"),
    ("nndsl.ops.x", "from nndsl.source import Span"),
    ("nndsl.backends.torch.x", "from nndsl.backends.torch import y"),
    ("nndsl.backends.torch.x", "from nndsl.backends.target import Target"),
]


def test_the_fences_see_the_package() -> None:
    assert {"nndsl", "nndsl._resources", "nndsl.source"} <= {module.name for module in CODE}


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.__name__)
def test_fence_holds(fence: Fence) -> None:
    broken = fence(CODE)
    assert not broken, "\n  ".join([f"{FENCES[fence]}:", *map(str, broken)])


@pytest.mark.parametrize(("fence", "name", "text"), BREACHES)
def test_fence_catches(fence: Fence, name: str, text: str) -> None:
    assert fence([parsed(name, text)])


@pytest.mark.parametrize(("name", "text"), ALLOWED)
def test_fences_allow(name: str, text: str) -> None:
    assert not [ref for fence in FENCES for ref in fence([parsed(name, text)])]


def test_a_file_is_one_idea() -> None:
    lengths = {module.name: len(module.path.read_text().splitlines()) for module in CODE}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert not long, f"past {LONGEST_FILE} lines a file is two ideas: {long}"


BLOCKED = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {fences.FRAMEWORKS!r}:
            raise AssertionError(f"the compiler imported {{name}}")
sys.meta_path.insert(0, Blocked())
"""


def test_every_module_imports_with_frameworks_blocked() -> None:
    names = [m.name for m in CODE if not {"verify", "weights", "__main__"} & {*m.name.split(".")}]
    imports = "\n".join(f"import {name}" for name in names)
    done = python(f"{BLOCKED}\n{imports}\nprint('imported')")
    assert (done.returncode, done.stdout) == (0, "imported\n"), done.stderr


@pytest.mark.parametrize("name", fences.FRAMEWORKS)
def test_the_block_blocks(name: str) -> None:
    done = python(f"{BLOCKED}\nimport {name}")
    assert done.returncode != 0
    assert f"the compiler imported {name}" in done.stderr


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, at the top of the checkout."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
