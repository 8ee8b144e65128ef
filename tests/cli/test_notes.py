"""What `nndsl compile` says beside its work: other models, files of others, folders made."""

from pathlib import Path

import pytest

from cli.conftest import Run

A, B = (f"model {name} {{ input x: [3]; Dense(2) }}\n" for name in "AB")
COMPILE = ("--target", "torch", "-o", "out")


@pytest.fixture(autouse=True)
def sources(tmp_path: Path) -> None:
    (tmp_path / "one.nn").write_text(A)
    (tmp_path / "two.nn").write_text(A + B)
    (tmp_path / "many.nn").write_text("".join(A.replace("A", f"M{i}") for i in range(7)))


def test_other_models_are_named(nndsl: Run) -> None:
    note = "note: two.nn has other models too: B (`--model B`)\n"
    assert nndsl("compile", "two.nn", *COMPILE).err == f"{note}wrote out/a.py\n"
    assert nndsl("compile", "two.nn", *COMPILE, "--model", "B").err == "wrote out/b.py\n"
    assert nndsl("compile", "one.nn", "--target", "keras", "-o", "-").err == ""
    said = nndsl("compile", "many.nn", "--target", "keras", "-o", "-").err
    assert said == "note: many.nn has other models too: M1, M2, M3, M4, ... (`--model M1`)\n"


def test_a_file_of_another_source_is_replaced_aloud(nndsl: Run, tmp_path: Path) -> None:
    for expected in ("wrote out/a.py\n", "wrote out/a.py\n"):
        assert nndsl("compile", "one.nn", *COMPILE).err == expected
    (tmp_path / "three.nn").write_text(A)
    said = nndsl("compile", "three.nn", *COMPILE).err
    assert said == "note: replacing out/a.py, which was from one.nn\nwrote out/a.py\n"
    (tmp_path / "mine.py").write_text("import this\n")
    said = nndsl("compile", "one.nn", "--target", "torch", "-o", "mine.py").err
    assert said == "note: replacing mine.py, which was not from nndsl\nwrote mine.py\n"


def test_the_folder_of_a_file_is_made(nndsl: Run, tmp_path: Path) -> None:
    ran = nndsl("compile", "one.nn", "--target", "torch", "-o", "new/deep/net.py")
    assert (ran.code, ran.err) == (0, "wrote new/deep/net.py\n")
    assert (tmp_path / "new" / "deep" / "net.py").exists()
