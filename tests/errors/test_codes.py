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


def test_every_mistake_says_what_to_do() -> None:
    """No call that makes a diagnostic has an empty fix, or none at all."""
    short = []
    for path in sorted((ROOT / "nndsl").rglob("*.py")):
        if path.parent.name == "validate":
            continue  # `self.fail` there collects what differs; NN901 says what to do
        short += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and _tells(node.func) and not _has_fix(node)
        ]
    assert short == []


def _tells(func: ast.expr) -> bool:
    if isinstance(func, ast.Name):
        return func.id == "fail"
    if not isinstance(func, ast.Attribute) or func.attr not in ("error", "warning"):
        return False
    return isinstance(func.value, ast.Name | ast.Attribute) and (
        ast.unparse(func.value).split(".")[-1] in ("diagnostics", "out", "report")
    )


def _has_fix(node: ast.Call) -> bool:
    named = [keyword.value for keyword in node.keywords if keyword.arg == "fix"]
    fix = next(iter([*node.args[3:4], *named]), None)
    ends = [fix.body, fix.orelse] if isinstance(fix, ast.IfExp) else [fix]
    return fix is not None and not any(isinstance(e, ast.Constant) and not e.value for e in ends)


def test_pages_are_sentences() -> None:
    for page in pages().values():
        assert page.title
        assert not page.title.endswith("."), page.code
        assert page.text.rstrip().endswith((".", "!", "`", ":")), page.code
        assert len(page.text.split()) >= 4, page.code
