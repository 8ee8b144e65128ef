"""The generated pages are fresh, and no link of any page leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import pages

ROOT = Path(__file__).parents[2]
WRITTEN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def test_fresh() -> None:
    made = pages.files()
    stale = [name for name, text in made.items() if _text(pages.DOCS / name) != text]
    assert not stale, "run `make docs`"


def test_no_page_of_a_layer_that_is_gone() -> None:
    kept = {path.name for path in (pages.DOCS / "layers").glob("*.md")}
    assert kept == {Path(name).name for name in pages.files() if name.startswith("layers/")}


def test_pages_do_not_collide_where_case_does_not_count() -> None:
    names = [name.lower() for name in pages.files()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    broken = [
        f"{target}#{anchor}" if anchor else target
        for target, anchor in LINK.findall(FENCED.sub("", _text(page)))
        if not _leads_somewhere(page, target, anchor)
    ]
    assert not broken


def _leads_somewhere(page: Path, target: str, anchor: str) -> bool:
    found = page.parent / target if target else page
    return found.exists() and (not anchor or anchor in _anchors(_text(found)))


def _anchors(text: str) -> Iterator[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    for heading in HEADING.findall(FENCED.sub("", text)):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
