"""Sums of multiply-accumulates: plain, or a formula where a dimension is open.

Counted are those of matrix-like work for one example (convolutions, dense and recurrent layers,
the products of attention); elementwise work and pooling count none. Each op knows its own.
"""

from __future__ import annotations

from nndsl.ops.numbers import Dim


def add(left: Dim, right: Dim) -> Dim:
    """left + right; no formula grows by a zero."""
    if isinstance(left, int) and not left:
        return right
    if isinstance(right, int) and not right:
        return left
    return left + right


def times(macs: Dim, rounds: int) -> Dim:
    """The cost of `rounds` equal rounds."""
    return macs if rounds == 1 else macs * rounds
