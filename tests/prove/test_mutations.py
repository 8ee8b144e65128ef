"""Every seeded miscompilation is told by a probe, a program of the sample, or edge values."""

from collections.abc import Iterator

import pytest

from nndsl.verify.worker import Workers
from prove.hunt import Hunt
from prove.mutations import MUTATIONS, Mutation


@pytest.fixture(scope="module")
def hunt() -> Iterator[Hunt]:
    with Workers() as workers:
        yield Hunt(workers)


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.xdist_group("mutations")
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.target} {m.name}")
def test_a_miscompilation_is_told(hunt: Hunt, mutation: Mutation) -> None:
    assert hunt.caught(mutation) is not None


def test_there_are_many() -> None:
    assert len({(each.target, each.name) for each in MUTATIONS}) == len(MUTATIONS)
    assert len(MUTATIONS) >= 90
