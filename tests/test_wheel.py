"""The wheel works outside of the checkout: it carries its grammar, templates and entry points."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the tools that are here."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    run(*command, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def nndsl(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment of its own, with lark and jinja2 from this one."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    run(
        sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet",
        "--disable-pip-version-check", "--ignore-installed", "--prefix", folder, wheel, cwd=folder,
    )  # fmt: skip
    import jinja2
    import lark
    import markupsafe

    for module in (jinja2, lark, markupsafe):
        home = Path(module.__file__).parent  # type: ignore[arg-type]
        (site / home.name).symlink_to(home)
    command = folder / "bin" / "nndsl"
    text = command.read_text().split("\n", 1)[1]
    command.write_text(f"#!{python}\n{text}")
    return command


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder far from the checkout, with one network."""
    (tmp_path / "net.nn").write_text((ROOT / "examples" / "digits.nn").read_text())
    return tmp_path


def test_the_wheel_carries_its_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "nndsl/_data/grammars/nn.lark" in names
    assert "nndsl/py.typed" in names
    templates = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*.jinja")
    }
    assert {f"nndsl/_data/{name}" for name in templates} <= names
    maps = (ROOT / "nndsl/weights/maps").glob("*.map")
    assert {path.relative_to(ROOT).as_posix() for path in maps} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_params_runs_from_another_folder(nndsl: Path, elsewhere: Path) -> None:
    here = run(sys.executable, "-m", "nndsl", "params", "examples/digits.nn", cwd=ROOT)
    assert run(nndsl, "params", "net.nn", cwd=elsewhere) == here


@pytest.mark.parametrize("target", ["keras", "torch"])
def test_compile_runs_from_another_folder(nndsl: Path, elsewhere: Path, target: str) -> None:
    run(nndsl, "compile", "net.nn", "--target", target, "-o", "out", cwd=elsewhere)
    written = sorted(path.name for path in (elsewhere / "out").iterdir())
    assert written == ["digits.py", "train_digits.py"]


def test_it_is_the_wheel_that_runs(nndsl: Path, elsewhere: Path) -> None:
    python = nndsl.parent / "python"
    home = run(python, "-c", "import nndsl; print(nndsl.__file__)", cwd=elsewhere).strip()
    assert Path(home).is_relative_to(nndsl.parent.parent)
