"""A block is one plan, and one class or function, however its uses differ in numbers and flags."""

from __future__ import annotations

from collections import Counter

import pytest

from examples.front import elaborated
from nndsl.ir.generalise import generalise
from nndsl.validate import validate
from nndsl.validate.check import READERS
from validate.programs import TARGETS, lower

PROGRAMS = ("ends_in_if", "both_sides", "sums_that_broadcast")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_block_is_one_plan(name: str) -> None:
    program = generalise(elaborated(name))
    assert program.reasons == {}
    assert {
        n for n, k in Counter(p.definition.name for p in program.plans).items() if k > 1
    } == set()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_model_keeps_its_settings(name: str, target: str) -> None:
    case = lower(elaborated(name), target)
    taken = READERS[target](case.program.root, case.emitted).parameters(case.emitted.entry)
    assert set(taken) == {setting for setting, _ in case.program.root.settings}
    assert validate(case.program, case.emitted, target).ok
