"""What an error code means: the record that every stage's own table of codes gives."""

from __future__ import annotations

from typing import NamedTuple


class CodePage(NamedTuple):
    """A stable code, its title, and the explanation that `nndsl explain` prints."""

    code: str
    title: str
    text: str
