"""Tiny programs through every stage: a folder holds a program and all that is made of it.

`make golden` writes the files anew; what changed is then read in the diff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nndsl.analysis.text import as_text
from nndsl.compiler import analyse, check, compile_model, stage_text
from nndsl.source import Source
from nndsl.syntax.format import format_source

CASES = Path(__file__).resolve().parent / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
GIVEN = "source.nn"


def _source(name: str) -> Source:
    return Source(GIVEN, (CASES / name / GIVEN).read_text(encoding="utf-8"))


def _stage(stage: str) -> Callable[[Source], str]:
    def text(source: Source) -> str:
        made = stage_text(source, stage)
        assert made.text is not None, made.diagnostics
        return made.text.rstrip("\n") + "\n"

    return text


def _params(source: Source) -> str:
    made = analyse(source)
    assert made.table is not None, made.diagnostics
    return as_text(made.table).rstrip("\n") + "\n"


def _code(target: str) -> Callable[[Source], str]:
    def text(source: Source) -> str:
        made = compile_model(source, target)
        assert list(made.files) == [made.model], made.diagnostics
        return made.files[made.model]

    return text


STAGES: Mapping[str, Callable[[Source], str]] = {
    "ast.txt": _stage("ast"),
    "ir.txt": _stage("ir"),
    "facts.json": _stage("facts"),
    "params.txt": _params,
    "torch.py": _code("torch"),
    "keras.py": _code("keras"),
}


@pytest.mark.parametrize("file", STAGES)
@pytest.mark.parametrize("name", NAMES)
def test_stage(name: str, file: str, golden: Callable[[Path, str], None]) -> None:
    golden(CASES / name / file, STAGES[file](_source(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_clean_and_in_the_one_format(name: str) -> None:
    source = _source(name)
    assert check(source).diagnostics == ()
    assert format_source(source, {}) == source.text


@pytest.mark.parametrize("name", NAMES)
def test_a_case_holds_nothing_else(name: str) -> None:
    assert {path.name for path in (CASES / name).iterdir()} == {GIVEN, *STAGES}
