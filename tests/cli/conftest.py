"""How tests run the command line: in this process, with what it prints."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from nndsl.cli import main

SEED = """model FashionMLP(classes=10) {
  input image: [28, 28]
  Flatten
  BatchNorm
  Dense(300, elu, init=he_normal)
  BatchNorm
  Dense(100, elu, init=he_normal)
  BatchNorm
  Dense(classes, softmax)
}
"""
TRAINED = f"{SEED}\ntrain {{\n  data synthetic\n  epochs 1\n}}\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def nndsl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command in a folder with seed.nn, trained.nn, wrong.nn, library.nn and latin.nn."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.nn").write_text(SEED)
    (tmp_path / "trained.nn").write_text(TRAINED)
    (tmp_path / "wrong.nn").write_text("model A {\n  input x: [4]\n  Densee(3)\n}\n")
    (tmp_path / "warned.nn").write_text(
        "block B(n, m=1) { Dense(n) }\nmodel A { input x: [4]; B(2) }\n"
    )
    (tmp_path / "library.nn").write_text("block B {\n  Dense(3)\n}\n")
    (tmp_path / "latin.nn").write_bytes(b"# caf\xe9\n")
    (tmp_path / "folder.nn").mkdir()

    def run(*words: str) -> Ran:
        code = main(words)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
