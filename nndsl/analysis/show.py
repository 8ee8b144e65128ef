"""Counts as people read them."""

from __future__ import annotations

import re

from nndsl.analysis.params import BYTES
from nndsl.ops.numbers import Dim

_NUMBER = re.compile(r"(?<![\w.])\d+")
_POWER = re.compile(r"(\?\w+)((?: \* \1\b)+)")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def show_count(count: Dim) -> str:
    """`1,234,567`; a formula where a dimension is open: `1,536 * ?T**2`."""
    if isinstance(count, int):
        return f"{count:,}"
    text = _NUMBER.sub(lambda found: f"{int(found[0]):,}", repr(count))
    return _POWER.sub(lambda found: f"{found[1]}**{found[2].count('*') + 1}", text)


def show_size(numbers: int) -> str:
    """The memory that so many numbers take in float32, as Keras' summary counts it: `1.04 MiB`."""
    size, unit = float(numbers * BYTES), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.2f} {_UNITS[unit]}" if unit else f"{int(size)} B"
