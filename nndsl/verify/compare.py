"""Two results side by side: rows of what was compared, how far apart, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import NamedTuple

from nndsl.verify.job import Job, Result
from nndsl.weights.arrays import Array

TINY = 1e-30
SMALL = 1e-2  # below this part of the largest array, what is left is rounding
FIRST = 5  # steps in which optimizers of the Adam family stay near each other
ROUNDINGS = 4  # times what rounding alone does: either target may round to either side
MOST = 0.1  # a rounding that is larger says nothing any more


class Tolerances(NamedTuple):
    """Largest relative differences. losses: in training, descent: where nothing is divided by
    gradients; weights: after it in the exact tier, in the practical one of what it adds to them;
    statistics: moving means and variances after it."""

    output: float
    gradient: float
    losses: float
    descent: float
    weights: float
    statistics: float


# As attained by hand for both frameworks (docs/semantics.md).
TOLERANCES: Mapping[str, Tolerances] = {
    "practical": Tolerances(1e-5, 1e-4, 2e-3, 1e-5, 2e-2, 2e-2),
    "exact": Tolerances(1e-12, 1e-9, 1e-12, 1e-12, 1e-10, 1e-12),
}


class Row(NamedTuple):
    """One comparison. difference: relative to the largest number; worst: where it is largest.

    tolerance: infinite where it is told and not judged. rounding: the difference between one
    target's own code in float32 and in float64, where that was measured.
    """

    what: str
    difference: float
    tolerance: float
    worst: str = ""
    compared: int = 1
    rounding: float = 0.0

    @property
    def allowed(self) -> float:
        """The tolerance, or what rounding may do to this model if that is more."""
        return max(self.tolerance, ROUNDINGS * min(self.rounding, MOST))

    @property
    def ok(self) -> bool:
        return isfinite(self.difference) and self.difference <= self.allowed


def rows(job: Job, start: Mapping[str, Array], left: Result, right: Result) -> list[Row]:
    """Outputs, gradients, steps and what they did to the weights. start: the weights before."""
    allowed = TOLERANCES[job.tier]
    names = {f"output:{i}": port.name or "output" for i, port in enumerate(job.outputs)}
    found = [
        _row(f"output {name}", [(name, key)], left, right, allowed.output)
        for key, name in names.items()
    ]
    slopes = [port.name for port in job.inputs if port.dtype == "float"]
    keys = [f"input gradient:{name}" for name in slopes] + [f"gradient:{p}" for p in job.trained]
    # A gradient that is 0 by the formula is rounding in both: it is measured by the largest one.
    least = SMALL * max((_size(left.arrays.get(k), right.arrays.get(k)) for k in keys), default=0.0)
    found += [
        _row(f"gradient of input {name}", [(name, f"input gradient:{name}")], left, right,
             allowed.gradient, least)
        for name in slopes
    ]  # fmt: skip
    gradients = [(path, f"gradient:{path}") for path in job.trained]
    found.append(_row("gradients of weights", gradients, left, right, allowed.gradient, least))
    if job.steps:
        found += _losses(job, left.losses, right.losses, allowed)
        found += (_after if job.tier == "exact" else _added)(job, start, left, right, allowed)
    return [row for row in found if row.compared]


def _after(
    job: Job, start: Mapping[str, Array], left: Result, right: Result, allowed: Tolerances
) -> list[Row]:
    """What became of weights and statistics."""
    trained = [(path, f"after:{path}") for path in job.trained]
    kept = [(path, f"after:{path}") for path in job.shapes if path not in job.trained]
    return [
        _row("weights after them", trained, left, right, allowed.weights),
        _row("moving statistics, frozen weights", kept, left, right, allowed.statistics),
    ]


def _added(
    job: Job, start: Mapping[str, Array], left: Result, right: Result, allowed: Tolerances
) -> list[Row]:
    """What was added to them, which says more in float32; torch's variances are unbiased."""
    left, right = _moved(job, start, left), _moved(job, start, right)
    judged = inf if job.adaptive or job.apart else allowed.weights
    trained = [(path, f"moved:{path}") for path in job.trained]
    kept = [path for path in job.shapes if path not in job.trained]
    unlike = set() if job.exact else {p for p in kept if p.endswith(".moving_variance")}
    variances = [(p, f"after:{p}") for p in kept if p in unlike]
    others = [(p, f"moved:{p}") for p in kept if p not in unlike]
    unbiased = allowed.losses + 1 / (job.batch - 1)  # n / (n - 1), of at least `batch` numbers
    return [
        _row("what they did to weights", trained, left, right, judged),
        _row("what they did to statistics", others, left, right, judged),
        _row("moving variances (torch's are unbiased)", variances, left, right, unbiased),
    ]


def _moved(job: Job, start: Mapping[str, Array], result: Result) -> Result:
    """With what training added to each weight, which says more than what became of it."""
    moved = {
        f"moved:{path}": result.arrays[f"after:{path}"] - start[f"weight:{path}"]
        for path in job.shapes
        if f"after:{path}" in result.arrays
    }
    return result._replace(arrays={**result.arrays, **moved})


def _row(
    what: str,
    names: Sequence[tuple[str, str]],
    left: Result,
    right: Result,
    tolerance: float,
    least: float = 0.0,
) -> Row:
    """The worst of several arrays; one that is tiny beside the largest, or `least`, is measured by
    that."""
    pairs = [(name, left.arrays.get(key), right.arrays.get(key)) for name, key in names]
    known = [(name, a, b) for name, a, b in pairs if a is not None or b is not None]
    least = max((least, *(SMALL * _size(a, b) for _, a, b in known)))
    found = [(difference(a, b, least), name) for name, a, b in known]
    worst, name = max(found, key=lambda each: each[0], default=(0.0, ""))
    return Row(what, worst, tolerance, name if len(known) > 1 else "", len(known))


def _losses(
    job: Job, left: Sequence[float], right: Sequence[float], allowed: Tolerances
) -> list[Row]:
    """Of every step; where the idiomatic optimizers part by and by, the first ones are judged."""
    judged = allowed.losses if job.adaptive else inf if job.apart else allowed.descent
    if not (job.adaptive and job.apart and job.steps > FIRST):
        return [_of_steps(f"losses of {len(left)} steps", left, right, judged)]
    return [
        _of_steps(f"losses of the first {FIRST} steps", left[:FIRST], right[:FIRST], judged),
        _of_steps(f"losses of {len(left)} steps", left, right, inf),
    ]


def _of_steps(what: str, left: Sequence[float], right: Sequence[float], tolerance: float) -> Row:
    pairs = list(zip(left, right, strict=True))
    found = [(abs(a - b) / max(abs(a), abs(b), TINY), f"step {i + 1}") for i, (a, b) in
             enumerate(pairs)]  # fmt: skip
    worst, name = max(found, default=(0.0, ""))
    return Row(what, worst, tolerance, name, len(pairs))


def with_rounding(found: Sequence[Row], alone: Sequence[Row]) -> list[Row]:
    """The rows with what rounding does to each. alone: one target in float32 beside itself in
    float64, in the same rows."""
    measured = {row.what: row.difference for row in alone}
    return [row._replace(rounding=measured.get(row.what, 0.0)) for row in found]


def difference(left: Array | None, right: Array | None, least: float = 0.0) -> float:
    """The largest difference by the largest number; a missing array counts as zeros."""
    import numpy as np

    if left is None or right is None:
        given = left if right is None else right
        assert given is not None
        return difference(given, np.zeros_like(given), least)
    if left.shape != right.shape or not (np.isfinite(left).all() and np.isfinite(right).all()):
        return float("inf")
    gap = np.abs(left.astype("float64") - right.astype("float64")).max(initial=0.0)
    return float(gap / max(_size(left, right), least, TINY))


def _size(left: Array | None, right: Array | None) -> float:
    import numpy as np

    given = (each for each in (left, right) if each is not None)
    return max((float(np.abs(each).max(initial=0)) for each in given), default=0.0)


def parting(job: Job, left: Result, right: Result) -> str:
    """The first layer, in the program's order, that is not given the same numbers; empty if none.

    What layers are given is compared without its order of axes and without zeros of padding.
    """
    allowed = TOLERANCES[job.tier].output * 10
    for path in job.layers:
        mine, other = left.arrays.get(f"layer:{path}"), right.arrays.get(f"layer:{path}")
        if mine is not None and other is not None and difference(mine, other) > allowed:
            return path
    return ""
