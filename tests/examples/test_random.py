"""Random small models compile for both targets, run, count equal and mean the same.

A sample: `make fuzz` runs many more.
"""

from __future__ import annotations

import pytest

from nndsl.compiler import compile_model
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program
from support.random_models import random_model

pytestmark = [pytest.mark.framework, pytest.mark.slow]


@pytest.mark.parametrize("seed", range(24))
def test_a_random_model_means_the_same_on_both(seed: int) -> None:
    model = random_model(seed)
    for target in ("torch", "keras"):
        made = compile_model(model.text, target)
        errors = [item for item in made.diagnostics if item.severity == "error"]
        assert not errors, model.text
    agree(Program(Source("model.nn", model.text), {}), model.feeds, exact=True)


def test_a_seed_is_a_model() -> None:
    assert random_model(7) == random_model(7)
    assert len({random_model(seed).text for seed in range(20)}) == 20
