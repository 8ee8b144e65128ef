"""The target of docs/adding-a-target.md works when it is installed as a package."""

from __future__ import annotations

from pathlib import Path

import pytest

import nndsl
from support.blocks import blocks

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-target.md"
NET = "model Net { input x: [9]; Dense(3) -> relu }"


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page's target, installed; what the page says that it writes."""
    target, written = (block.text for block in blocks(PAGE, "python"))
    (entry,) = (block.text for block in blocks(PAGE, "toml"))
    (tmp_path / "listing.py").write_text(target, encoding="utf-8")
    info = tmp_path / "listing-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: listing\nVersion: 1\n")
    line = entry.splitlines()[1].replace('"', "")
    (info / "entry_points.txt").write_text(f"[nndsl.targets]\n{line}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return written


def test_it_writes_what_the_page_shows(listing: str) -> None:
    made = nndsl.compile(NET, "listing")
    assert made.files == {"net.py": listing}


def test_it_refuses(listing: str) -> None:
    text = 'model Net { input x: [9, 9]; einsum("ij,kj->ik", x, x) }'
    made = nndsl.compile(text, "listing")
    assert [item.code for item in made.diagnostics] == ["NN601"]
    assert not made.files


def test_it_has_no_training_script(listing: str) -> None:
    made = nndsl.compile(NET, "listing", train=True)
    assert [item.code for item in made.diagnostics] == ["NN802"]
