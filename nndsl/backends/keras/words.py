"""Settings that are words, layers or none, as texts of the emitted code."""

from __future__ import annotations

from nndsl.ir.sites import snake_case
from nndsl.ops.base import Recipe, Word


def word_of(value: object) -> str | None:
    """A setting as a word of the emitted code: `same`, `batch_norm`, None; "" for what is none."""
    if value is None:
        return None
    if isinstance(value, Word):
        return "" if value.args else value.name
    if isinstance(value, Recipe):
        head = value.text.partition("(")[0]
        return snake_case(head) if head.isidentifier() else ""
    return ""
