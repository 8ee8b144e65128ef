"""The sample of the long run that CI makes: as many programs as three minutes hold, 500 at most."""

import time
from random import Random

import pytest

from nndsl.ops.registry import find
from nndsl.verify.worker import Workers
from prove.calls import pairs
from prove.judge import judged
from prove.known import known
from prove.programs import program
from prove.values import proposal

PROGRAMS = 500
SECONDS = 180
FIRST = 0


def test_every_setting_of_every_layer_has_values() -> None:
    for word, name in pairs():
        setting = find(word).setting(name) if name else None  # type: ignore[union-attr]
        if setting is not None and setting.kind.group != "tensor" and word != "slice":
            assert proposal(setting, Random(0), 2)


def test_a_seed_is_a_program() -> None:
    for seed in range(12):
        assert program(seed) == program(seed)


@pytest.mark.slow
def test_few_seeds_use_most_pairs() -> None:
    """Three pairs a program, evenly: what a range of seeds leaves out no proposal fits."""
    count = len(pairs()) // 3 + 1
    seen = {pair for seed in range(count) for pair in program(seed).pairs}
    assert len(seen) > 0.97 * len(pairs()), sorted(set(pairs()) - seen)


@pytest.mark.framework
@pytest.mark.slow
def test_programs_mean_the_same_on_both() -> None:
    start = time.monotonic()
    faults = []
    with Workers() as workers:
        for seed in range(FIRST, FIRST + PROGRAMS):
            made = program(seed)
            found = judged(made.text, workers, made.steps)
            if found.fault and not known(found, made.text):
                faults.append(f"seed {seed}: {found.kind}: {found.words[-300:]}\n{made.text}")
            if time.monotonic() - start > SECONDS:
                break
    assert not faults, "\n".join(faults)
