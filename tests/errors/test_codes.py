"""Codes are stable: each that the sources raise has exactly one page, and each page is raised."""

import ast
import re
from functools import cache
from pathlib import Path

from nndsl.cli.pages import TABLES, pages

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"NN\d{3}")


@cache
def raised() -> frozenset[str]:
    """The codes that stand in the sources as texts of their own, outside of the tables."""
    found = set()
    for path in (ROOT / "nndsl").rglob("*.py"):
        if path.name in ("codes.py", "errors.py"):
            continue
        text = path.read_text(encoding="utf-8")
        if not CODE.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if CODE.fullmatch(node.value) else set()
    return frozenset(found)


def syntax() -> set[str]:
    """Syntax errors are raised by name; their table is tested in tests/syntax."""
    return {code for code in pages() if code < "NN100"}


def test_every_code_has_one_page() -> None:
    known = [code for table in TABLES for code in table]
    assert sorted(known) == sorted(set(known))
    assert raised() <= set(known)


def test_every_page_is_of_a_code_that_is_raised() -> None:
    assert set(pages()) - syntax() - raised() == set()


def test_pages_are_sentences() -> None:
    for page in pages().values():
        assert page.title
        assert not page.title.endswith("."), page.code
        assert page.text.rstrip().endswith((".", "!", "`", ":")), page.code
        assert len(page.text.split()) >= 4, page.code
