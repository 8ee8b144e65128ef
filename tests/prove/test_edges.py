"""Every function on edge values, and windows, rows and masks in their odd cases: both targets."""

from collections.abc import Iterator

import pytest

from nndsl.verify.worker import Workers
from prove.edges import Edge, chunks, unlike

# Gradients where a formula has none, which each framework makes up for itself.
ALLOWED = ("gradient of std(axis=-1)", "gradient of norm(axis=-1)", "gradient of maximum(_, -_)")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as made:
        yield made


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.parametrize("chunk", chunks(), ids=lambda chunk: chunk[0].name)
def test_edge_values_are_the_same(workers: Workers, chunk: tuple[Edge, ...]) -> None:
    found = [each for each in unlike(chunk, workers) or () if not each.startswith(ALLOWED)]
    assert not found, "\n".join(found)
