"""Pieces of Markdown that the generated pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def made(source: str) -> str:
    """The first comment of a generated page. source: where to edit, from nndsl/ on."""
    return f"<!-- Made by `make docs` from nndsl/{source}; edit that. -->"


def code(text: str) -> str:
    """A block of Python that tests of the pages do not run as it stands."""
    return f"```py\n{text.strip()}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns that are empty throughout are left out."""
    lines = [head, *rows]
    kept = [i for i in range(len(head)) if any(line[i] for line in lines[1:])]
    shown = [[line[i].replace("|", "\\|") for i in kept] for line in lines]
    rule = ["---"] * len(kept)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [shown[0], rule, *shown[1:]])
