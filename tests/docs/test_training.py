"""The page on training: its programs check, its flags are the scripts', its commands run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nndsl.backends.training.spec import WORDS
from nndsl.backends.training.words import LOSSES, METRICS, OPTIMIZERS, SCHEDULES
from nndsl.cli.files import Folder
from nndsl.compiler import check, compile_model
from nndsl.source import Source
from support.blocks import Block, blocks
from training.test_rendered import flags

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "training.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROGRAMS = blocks(PAGE, "nn")
FILES = dict(re.findall(r"<!-- (\S+\.csv) -->\n```\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
STEP = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
PYTHON = {"python": [sys.executable], "nndsl": [sys.executable, "-m", "nndsl"]}


def first_column(title: str) -> list[str]:
    """What stands as code in the first column of the table with this heading."""
    table = TEXT.partition(f"\n| {title} |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return [word for cell in cells for word in re.findall(r"`([-\w]+)", cell)]


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
@pytest.mark.parametrize("target", ["keras", "torch"])
def test_programs_compile_with_a_script(block: Block, target: str) -> None:
    text = block.text
    assert not check(text).diagnostics
    assert compile_model(text, target).script


def test_every_word_is_there() -> None:
    assert sorted(first_column("word")) == sorted(WORDS)
    assert sorted(first_column("loss")) == sorted([*LOSSES, "none"])
    assert set(first_column("metric")) == set(METRICS)
    for word in (*OPTIMIZERS, *SCHEDULES):
        assert f"`{word}" in TEXT


def test_every_flag_is_there() -> None:
    source = Source("flowers.nn", PROGRAMS[0].text)
    made = compile_model(source, "torch", resolver=Folder("flowers.nn"))
    assert first_column("flag") == [f for f in flags(made.files[made.script]) if f != "--help"]


@pytest.mark.framework
def test_what_the_page_does_happens(tmp_path: Path) -> None:
    """Every command and Python block in order, in one folder; `...` stands for anything."""
    (tmp_path / "flowers.nn").write_text(PROGRAMS[0].text, encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ran = 0
    for language, text in STEP.findall(TEXT):
        steps = [("python -", text)] if language == "python" else COMMAND.findall(text)
        for command, rest in steps:
            said = output(command, rest if language == "python" else "", tmp_path)
            assert matches(said, "" if language == "python" else rest), (command, said)
            ran += 1
    assert ran > 10


def output(command: str, given: str, folder: Path) -> str:
    """What a command prints on both streams."""
    program, *words = command.split()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [*PYTHON[program], *words], input=given, cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    told = [
        line for line in done.stderr.splitlines() if line.startswith(("wrote", "error", "note"))
    ]
    return done.stdout + "".join(f"{line}\n" for line in told)


def matches(said: str, wanted: str) -> bool:
    return re.fullmatch(re.escape(wanted).replace(r"\.\.\.", ".*"), said) is not None
