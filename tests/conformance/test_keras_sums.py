"""Sums of values that broadcast: where `nndsl` lets Keras add, Keras adds right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from nndsl.backends.keras.plus import Size, mistaken

keras = pytest.importorskip("keras", reason="the sums are Keras' own")
pytestmark = pytest.mark.framework
SIZES = (1, 2, 3)
Pair = tuple[tuple[Size, ...], tuple[Size, ...]]


def pairs() -> list[Pair]:
    """Values of up to two axes, with a batch and without."""
    shapes: list[tuple[Size, ...]] = [()]
    shapes += [(a,) for a in SIZES] + list(product(SIZES, SIZES))
    batched: list[tuple[Size, ...]] = [(None, *shape) for shape in shapes if len(shape) == 2]
    return [(one, other) for one in batched for other in [*batched, *shapes]]


def arrays(one: tuple[Size, ...], other: tuple[Size, ...], batch: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(batch)
    for shape in (one, other):
        yield random.normal(size=[batch if size is None else size for size in shape])


def fits(one: tuple[Size, ...], other: tuple[Size, ...]) -> bool:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return all(a == b or 1 in (a, b) for a, b in pairs)


def right(left: np.ndarray, other: np.ndarray) -> bool:
    made = keras.ops.convert_to_numpy(keras.ops.add(left, other))
    return made.shape == (left + other).shape and np.allclose(made, left + other)


@pytest.mark.parametrize("batch", SIZES)
def test_a_sum_that_is_left_to_keras_is_right(batch: int) -> None:
    tried = 0
    for one, other in pairs():
        for left, more in ((one, other), (other, one)):
            if fits(left, more) and not mistaken(left, more):
                assert right(*arrays(left, more, batch)), (left, more)
                tried += 1
    assert tried > 100


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it is TensorFlow's bias_add")
def test_what_is_taken_for_a_bias() -> None:
    """The two shapes that the module names: when Keras gets them right, the module can go."""
    assert not right(np.ones((2, 8, 8)), np.arange(8.0)[:, None])
    assert not right(np.ones((2, 2, 8)), np.arange(2.0)[:, None, None])
    assert mistaken((None, 8, 8), (8, 1))
    assert mistaken((None, 2, 8), (None, 1, 1))
