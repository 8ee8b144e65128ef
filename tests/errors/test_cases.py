"""Every error has a case: a text, and what `nndsl check` says of it, for people to read."""

from pathlib import Path

import pytest

from nndsl.cli.files import Folder
from nndsl.cli.pages import pages
from nndsl.compiler import check
from nndsl.diagnostics.render import render
from nndsl.source import Source

CASES = Path(__file__).resolve().parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.nn"))
ELSEWHERE = {
    "NN014": "takes a large file: test_bombs",
    "NN337": "no mistake of a file, only of a command: tests/cli",
    "NN404": "takes a thousand files: test_bombs",
    "NN601": "of a target: tests/conformance",
    "NN801": "of a command: tests/cli",
    "NN802": "of a target that is not ours",
    "NN803": "of a command: tests/cli",
    "NN901": "a mistake of the compiler's own: tests/validate",
}


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, golden) -> None:  # type: ignore[no-untyped-def]
    path = CASES / f"{name}.nn"
    source = Source(path.name, path.read_text(encoding="utf-8"))
    resolve = Folder(str(path))
    found = check(source, lambda wanted, importer: renamed(resolve(wanted, str(CASES / importer))))
    assert name in [item.code for item in found.diagnostics]
    golden(path.with_suffix(".txt"), render(found.diagnostics, found.sources))


def renamed(found: Source | str) -> Source | str:
    """Imported files go by their bare names, wherever the checkout is."""
    return Source(Path(found.name).name, found.text) if isinstance(found, Source) else found


def test_every_code_has_a_case() -> None:
    assert set(NAMES) | set(ELSEWHERE) == set(pages())
    assert not set(NAMES) & set(ELSEWHERE)


def test_no_golden_without_its_case() -> None:
    assert {path.stem for path in CASES.glob("*.txt")} == set(NAMES)


def test_files_that_say_nothing_wrong_say_nothing() -> None:
    found = check("model Net { input x: [8]; Dense(4) }")
    assert found.ok
    assert render(found.diagnostics, found.sources) == ""
