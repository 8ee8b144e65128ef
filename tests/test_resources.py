"""The data files are found in an installed package and in a checkout."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nndsl import _resources

SAY = """
from nndsl import _resources
print(_resources.grammar_text(), _resources.template_text("torch/a.jinja"))
print(*_resources.template_names())
"""


@pytest.mark.parametrize("data", ["nndsl/_data", "."])
def test_found_beside_or_in_the_package(tmp_path: Path, root: Path, data: str) -> None:
    fill(tmp_path, root, data, "found")
    assert say(tmp_path) == "found found\nkeras/b.jinja torch/a.jinja\n"


def test_the_packages_own_data_comes_first(tmp_path: Path, root: Path) -> None:
    fill(tmp_path, root, "nndsl/_data", "own")
    fill(tmp_path, root, ".", "a neighbour's")
    assert say(tmp_path).startswith("own own\n")


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        _resources.template_text("no/such.jinja")


def fill(folder: Path, root: Path, data: str, text: str) -> None:
    """A package with nothing but its resources module, and data files that hold the text."""
    (folder / "nndsl").mkdir(exist_ok=True)
    (folder / "nndsl" / "__init__.py").touch()
    shutil.copy(root / "nndsl" / "_resources.py", folder / "nndsl")
    names = ("grammars/nn.lark", "templates/torch/a.jinja", "templates/keras/b.jinja")
    for name in (*names, "templates/README.md"):
        path = folder / data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def say(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SAY], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout
