"""The README shows what the commands print today, and its program runs."""

from __future__ import annotations

import re

import pytest

from support.blocks import blocks
from tools import readme

TEXT = readme.README.read_text(encoding="utf-8")


def test_outputs_are_real() -> None:
    assert readme.remade(TEXT) == TEXT, "run `make docs`"


def test_it_shows_outputs() -> None:
    """So that a lost comment cannot make the test above say nothing."""
    sources = [found[2].split() for found in readme.BLOCK.finditer(TEXT)]
    assert [s[1] for s in sources if s[0] == "nndsl"] == ["params", "compile", "compile", "check"]


def test_the_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    programs = [block for block in blocks(readme.README, "python") if "import nndsl" in block.text]
    assert len(programs) == 1
    exec(compile(programs[0].text, "README.md", "exec"), {})
    assert "did you mean `Dense`" in capsys.readouterr().out


def test_make_knows_the_targets() -> None:
    makefile = (readme.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make (\w+)", TEXT, re.MULTILINE))
    assert {"demo", "test", "help"} <= targets
    assert not [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)]
