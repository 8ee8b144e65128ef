"""Real numbers of a program: as the text has them, or with so few digits that float32 holds them.

Keras on TensorFlow keeps Python's numbers in float32 even where it computes in float64. The exact
tier of `nndsl verify` therefore compiles with coarse ones, which no target rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import frexp, isfinite, ldexp
from typing import TypeVar

BITS = 12  # of a coarse number's significand: float32 holds 1 - x and the product of two as well
_coarse: ContextVar[bool] = ContextVar("coarse", default=False)
Value = TypeVar("Value")


def coarse() -> bool:
    """True inside `coarse_numbers`."""
    return _coarse.get()


@contextmanager
def coarse_numbers() -> Iterator[None]:
    """Within it, real numbers of texts and real defaults are the nearest ones of 12 bits."""
    token = _coarse.set(True)
    try:
        yield
    finally:
        _coarse.reset(token)


def real(value: Value) -> Value:
    """A number of a text, or a default, as it is to be taken; only floats ever change."""
    if not _coarse.get() or not isinstance(value, float) or not isfinite(value):
        return value
    fraction, exponent = frexp(value)
    return type(value)(ldexp(round(ldexp(fraction, BITS)), exponent - BITS))
