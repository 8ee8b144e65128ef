"""Hostile input is told soon and in little memory; benchmarks/errors has the figures."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from nndsl.cli.pages import pages
from support.bombs import BOMBS, Bomb

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 20  # of CPU: a machine may be slow and busy; without a bound they would take hours
MEMORY = 512 * 2**20


def limits() -> None:
    """The process is ended past the time, and gets no memory past the bound."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_bomb(bomb: Bomb, tmp_path: Path) -> None:
    bomb.write(tmp_path)
    program = "from nndsl.cli.main import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *bomb.command.split()],
        cwd=tmp_path / "in", env={"PYTHONPATH": str(ROOT), "PATH": ""}, preexec_fn=limits,
        capture_output=True, check=False,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == bomb.exit, said[-2000:]
    assert "Traceback" not in said
    found = [code for code in pages() if f"[{code}]" in said]
    assert found == sorted(bomb.wanted)
    assert not (tmp_path / "in/broken").exists()
    for path in tmp_path.glob("in/out/*.py"):
        compile(path.read_text(encoding="utf-8"), path.name, "exec")
