"""Formulas say what the text said, to the last bit: fractions are not regrouped."""

from __future__ import annotations

import pytest

from nndsl.ops.symbols import add, const, mul, neg, substitute, var

X, Y = var("x"), var("y")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 1.1])
def test_a_share_of_a_sum_is_that_of_its_value(share: float) -> None:
    """0.7 * (3 + 7) is 7.0, but 0.7 * 3 + 0.7 * 7 is 6.999999999999999, a whole number less."""
    formula = mul(const(share), add(X, Y))
    for x in range(1, 30):
        for y in range(1, 30):
            assert substitute(formula, {X: const(x), Y: const(y)}) == const(share * (x + y))


def test_products_and_sums_of_fractions_are_not_merged() -> None:
    for x in range(1, 50):
        at = {X: const(x)}
        assert substitute(mul(const(0.1), mul(const(3), X)), at) == const(0.1 * (3 * x))
        both = add(mul(const(0.1), X), mul(const(0.2), X))
        assert substitute(both, at) == const(0.1 * x + 0.2 * x)
        assert substitute(neg(mul(const(0.3), X)), at) == const(-(0.3 * x))
        assert substitute(mul(mul(const(0.3), X), const(7)), at) == const(0.3 * x * 7)


def test_whole_numbers_are_merged() -> None:
    assert mul(const(2), add(X, const(3))) == add(mul(const(2), X), const(6))
    assert add(mul(const(2), X), mul(const(3), X)) == mul(const(5), X)
