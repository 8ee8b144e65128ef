"""Every seeded miscompilation is told by the programs of the sample."""

from collections.abc import Iterator

import pytest

from nndsl.verify.worker import Workers
from prove.hunt import Hunt
from prove.mutations import MUTATIONS, UNTOLD, Mutation

TOLD = [each for each in MUTATIONS if (each.target, each.name) not in UNTOLD]


@pytest.fixture(scope="module")
def hunt() -> Iterator[Hunt]:
    with Workers() as workers:
        yield Hunt(workers)


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.xdist_group("mutations")
@pytest.mark.parametrize("mutation", TOLD, ids=lambda m: f"{m.target} {m.name}")
def test_a_miscompilation_is_told(hunt: Hunt, mutation: Mutation) -> None:
    assert hunt.caught(mutation) is not None


def test_there_are_many() -> None:
    assert len({(each.target, each.name) for each in MUTATIONS}) == len(MUTATIONS)
    assert len(TOLD) >= 60
