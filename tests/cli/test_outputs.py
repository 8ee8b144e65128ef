"""Full disks, read-only folders and closed pipes: nothing is lost, and it is said."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nndsl.cli import files
from nndsl.cli.options import UsageError

ROOT = Path(__file__).resolve().parents[2]
MAIN = [sys.executable, "-c", "from nndsl.cli.main import main; raise SystemExit(main())"]
COMPILE = ["compile", str(ROOT / "examples/digits.nn"), "--target", "torch", "-o"]
PARAMS = ["params", str(ROOT / "examples/resnet.nn")]
FULL = Path("/dev/full")


def nndsl(
    *words: str, before: Callable[[], None] | None = None, **streams: object
) -> tuple[int, str]:
    """The exit code and the standard error of a process."""
    done = subprocess.run(  # type: ignore[call-overload]
        [*MAIN, *words], env={**os.environ, "PYTHONPATH": str(ROOT)}, preexec_fn=before,
        **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams}, check=False,
    )  # fmt: skip
    said = (done.stderr or b"").decode()
    assert "Traceback" not in said
    assert "internal error" not in said
    return done.returncode, said


def small_files() -> None:
    """No file may be larger than 100 bytes, as on a full disk; Python ignores the signal."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_a_full_disk_leaves_the_old_files(tmp_path: Path) -> None:
    assert nndsl(*COMPILE, str(tmp_path))[0] == 0
    old = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert len(old) == 2
    code, said = nndsl(*COMPILE, str(tmp_path), before=small_files)
    assert code == 2
    assert said == f"nndsl: cannot write into `{tmp_path}`: File too large\n"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == old


def test_a_full_disk_leaves_the_text_that_is_formatted(tmp_path: Path) -> None:
    path = tmp_path / "m.nn"
    text = "model M {input x:[8]\n" + "Dense( 4 )\n" * 50 + "}\n"
    path.write_text(text)
    code, said = nndsl("fmt", str(path), before=small_files)
    assert (code, said) == (2, f"nndsl: cannot write `{path}`: File too large\n")
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_file_that_fails_leaves_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("old")
    bad = "x" * 10 + "\ud800"  # no encoding has it: fails while the second is written
    with pytest.raises(UnicodeEncodeError):
        files.write_all(str(tmp_path), {"a.py": "new", "b.py": bad})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.py": "old",
        "b.py": "old",
    }


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may write everywhere, so the system's refusal is played."""

    def refuse(old: str, new: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.py").write_text("old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UsageError, match=r"cannot write into .*: Permission denied"):
        files.write_all(str(tmp_path), {"a.py": "new"})
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [PARAMS, [*COMPILE, "-"], ["explain", "NN101"], ["--help"]])
def test_a_full_standard_output(words: list[str]) -> None:
    with FULL.open("wb") as out:
        code, said = nndsl(*words, stdout=out)
    assert (code, said) == (2, "nndsl: cannot write the output: No space left on device\n")


@pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")
def test_a_full_standard_error(tmp_path: Path) -> None:
    with FULL.open("wb") as out:
        assert nndsl("check", "nosuch.nn", stderr=out)[0] == 2
        assert nndsl(*COMPILE, str(tmp_path), stderr=out)[0] == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_reader_that_leaves() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code, said = nndsl(*PARAMS, stdout=writer)
    finally:
        os.close(writer)
    assert (code, said) == (141, "")


def test_a_closed_standard_output() -> None:
    code, said = nndsl(*PARAMS, before=lambda: os.close(1))
    assert (code, said) == (2, "nndsl: the standard output is closed\n")
