"""One text has one output: in any process, locale, folder and thread, with any newlines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import nndsl
from nndsl.ops.numbers import Sym, unwatched, watch
from nndsl.ops.symbols import var

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
SURROUNDINGS: dict[str, dict[str, str]] = {
    "as usual": {"PYTHONHASHSEED": "0"},
    "other hashes": {"PYTHONHASHSEED": "4711"},
    "no locale": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0",
                  "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    "another locale": {"PYTHONHASHSEED": "random", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8",
                       "TZ": "Asia/Kolkata", "COLUMNS": "40"},
}  # fmt: skip
PARTS = ["few", pytest.param("all", marks=pytest.mark.slow)]


def outputs(words: list[str], folder: Path, more: dict[str, str]) -> object:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-m", "support.outputs", *words], cwd=folder, capture_output=True,
        env={**os.environ, **more, "PYTHONPATH": path}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return json.loads(done.stdout)


@pytest.mark.parametrize("part", PARTS)
def test_surroundings_change_nothing(part: str, tmp_path: Path) -> None:
    found = [
        outputs([part], folder, more)
        for more, folder in zip(
            SURROUNDINGS.values(), (ROOT, tmp_path, tmp_path, ROOT), strict=True
        )
    ]
    first = found[0]
    assert isinstance(first, dict)
    assert len(first) > 15
    for name, other in zip(SURROUNDINGS, found, strict=True):
        assert other == first, name


@pytest.mark.parametrize("count", [25, pytest.param(200, marks=pytest.mark.slow)])
def test_eight_threads_say_what_one_says(count: int, tmp_path: Path) -> None:
    assert outputs(["threads", str(count)], tmp_path, {}) == {"files": count, "differ": []}


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines_change_nothing(newline: str, tmp_path: Path) -> None:
    """A file with other newlines, by the command line: the same bytes are printed and written."""
    text = (ROOT / "examples" / "gpt2.nn").read_text(encoding="utf-8")
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, given in zip(folders, (text, text.replace("\n", newline)), strict=True):
        folder.mkdir()
        (folder / "gpt2.nn").write_bytes(given.encode())
    for words in (["params"], ["ir"], ["compile", "--target", "torch", "-o", "-"]):
        one, other = (_printed([words[0], "gpt2.nn", *words[1:]], folder) for folder in folders)
        assert one == other
        assert b"\r" not in one
    for folder in folders:
        _printed(["compile", "gpt2.nn", "--target", "keras", "-o", "out"], folder)
        _printed(["fmt", "gpt2.nn"], folder)
    for name in ("out/gpt2.py", "gpt2.nn"):
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second
        assert b"\r" not in first


def _printed(words: list[str], folder: Path) -> bytes:
    command = [sys.executable, "-m", "nndsl", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_platforms_newline_is_not_written() -> None:
    """As on a system whose text files end their lines in two characters."""
    code = """
import io, os, sys
os.linesep = "\\r\\n"
sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8", newline="\\r\\n")
from nndsl.cli import main

sys.exit(main(["params", sys.argv[1]]))
"""
    path = str(ROOT / "examples" / "digits.nn")
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") > 10
    assert b"\r" not in done.stdout


def test_what_one_thread_compares_is_not_seen_by_another() -> None:
    meet = Barrier(2, timeout=600)

    def watcher() -> list[object]:
        with watch() as seen:
            meet.wait()
            meet.wait()
        return list(seen)

    def other() -> bool:
        meet.wait()
        found = Sym(3, var("n")) < Sym(4, var("m"))
        with unwatched():
            meet.wait()
        return found

    with ThreadPoolExecutor(2) as pool:
        seen, found = pool.submit(watcher), pool.submit(other)
        assert found.result()
        assert seen.result() == []


def test_the_collector_is_as_it_was() -> None:
    import gc

    assert gc.isenabled()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(nndsl.check, ["model M { input x: [4]; Dense(3) }"] * 20))
    assert gc.isenabled()
