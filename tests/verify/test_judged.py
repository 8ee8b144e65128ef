"""What is allowed, and what is told and not judged."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from nndsl.verify.compare import FIRST, MOST, ROUNDINGS, Row, rows, with_rounding
from nndsl.verify.job import Job, Result
from nndsl.verify.plan import Options, plan

SECTION = "\ntrain { loss mse; optimizer OPTIMIZER; batch 4 }\n"
MODEL = "model Line { input x: [5]; Dense(3) }"


def job_of(optimizer: str, *, emission: str = "idiomatic", steps: int = 8) -> Job:
    text = MODEL + SECTION.replace("OPTIMIZER", optimizer)
    return plan(text, ["torch"], options=Options(steps=steps, emission=emission)).jobs["torch"]


def result_of(job: Job, losses: list[float]) -> Result:
    arrays = {f"after:{path}": np.ones(shape) for path, shape in job.shapes.items()}
    return Result("", 0, 0, tuple(losses), {**arrays, "output:0": np.ones((8, 3))})


def losses_of(job: Job, factor: float) -> dict[str, Row]:
    """The rows of losses, where from the sixth step on one target's are `factor` times more."""
    start = {f"weight:{path}": np.zeros(shape) for path, shape in job.shapes.items()}
    left = result_of(job, [1.0] * job.steps)
    right = result_of(job, [1.0] * FIRST + [factor] * (job.steps - FIRST))
    return {r.what: r for r in rows(job, start, left, right) if r.what.startswith("losses")}


def test_rounding_of_a_target_alone_is_allowed_four_times() -> None:
    row = Row("output", 3e-4, 1e-5)
    alone = Row("output", 1e-4, 1e-5)
    assert ROUNDINGS == 4
    assert not row.ok
    assert with_rounding([row], [alone])[0].ok
    assert not with_rounding([row], [alone._replace(difference=5e-5)])[0].ok
    assert not with_rounding([row], [alone._replace(what="losses")])[0].ok


@pytest.mark.parametrize("difference", [inf, nan])
def test_what_is_not_finite_is_never_allowed(difference: float) -> None:
    assert not Row("output", difference, inf).ok
    assert not Row("output", difference, 1e-5, rounding=inf).ok


def test_rounding_that_leaves_no_digits_excuses_little() -> None:
    assert not Row("output", ROUNDINGS * MOST * 1.01, 1e-5, rounding=inf).ok


@pytest.mark.parametrize("optimizer", ["adam(0.001)", "adamw(0.001)"])
def test_later_steps_of_adam_are_told_in_idiomatic_code_and_judged_in_exact_code(
    optimizer: str,
) -> None:
    idiomatic = losses_of(job_of(optimizer), 1.1)
    assert idiomatic["losses of the first 5 steps"].tolerance == 2e-3
    assert idiomatic["losses of 8 steps"].tolerance == inf
    exact = losses_of(job_of(optimizer, emission="exact"), 1.1)
    assert list(exact) == ["losses of 8 steps"]
    assert not exact["losses of 8 steps"].ok


def test_gradient_descent_is_judged_to_the_last_step() -> None:
    found = losses_of(job_of("sgd(0.01)"), 1 + 2e-5)
    assert not found["losses of 8 steps"].ok
    assert losses_of(job_of("sgd(0.01)"), 1 + 5e-6)["losses of 8 steps"].ok
