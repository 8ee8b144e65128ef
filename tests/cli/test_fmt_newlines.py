"""`nndsl fmt` writes the language's own newlines, also where nothing else is to be done."""

from pathlib import Path

from cli.conftest import SEED, Run


def test_other_newlines_are_not_the_format(nndsl: Run, tmp_path: Path) -> None:
    path = tmp_path / "windows.nn"
    path.write_bytes(SEED.replace("\n", "\r\n").encode())
    assert nndsl("fmt", "--check", "windows.nn").code == 1
    assert nndsl("fmt", "windows.nn").code == 0
    assert path.read_bytes() == SEED.encode()
    assert nndsl("fmt", "--check", "windows.nn").code == 0
