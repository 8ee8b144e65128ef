"""Known faults: each is still there, and is what its file says. One that is mended has to go."""

import pytest

from nndsl.compiler import compile_model
from prove.known import FOLDER, WORDS


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_known_fault_is_still_there(name: str) -> None:
    text = (FOLDER / f"{name}.nn").read_text(encoding="utf-8")
    target, code = text[2:].partition(":")[0].split()
    made = compile_model(text, target)
    assert [each.code for each in made.diagnostics if each.severity == "error"] == [code], (
        f"{name} is mended: make it a case in tests/cases, and take it out of prove/known.py"
    )


def test_every_file_is_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.nn")} == set(WORDS)
