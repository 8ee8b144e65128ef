"""What becomes of a program: the same on both frameworks, refused with a reason, or a fault."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nndsl.compiler import Session
from nndsl.ir.flatten import FlatOp, flatten
from nndsl.ir.steps import OpStep
from nndsl.source import Source
from nndsl.verify.compare import Row
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.run import Verdict, verdict
from nndsl.verify.worker import Workers

TARGETS = ("keras", "torch")
LIMIT_S = 300.0  # for a job, the start of its process included; a busy machine is slow


class Outcome(NamedTuple):
    """kind: `same`, `refused`, `not finite` (in both, at the same places), or a fault's; words."""

    kind: str
    words: str = ""
    apart: tuple[Row, ...] = ()  # the comparisons that failed

    @property
    def fault(self) -> bool:
        return self.kind not in ("same", "refused", "not finite")


def judged(text: str, workers: Workers, steps: int = 2, batch: int = 4) -> Outcome:
    """Compiles a program for both targets, runs it and compares. It raises nothing."""
    try:
        options = Options(tier(text), steps, batch)
        planned = plan(Source("model.nn", text), TARGETS, options=options)
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong is a verdict
        return Outcome(f"compiler: {type(fault).__name__}", _first(str(fault)))
    return ran(planned, options, workers)


def ran(planned: Planned, options: Options, workers: Workers) -> Outcome:
    """The same for what is compiled."""
    errors = [each for each in planned.diagnostics if each.severity == "error"]
    if errors or not planned.jobs:
        code = errors[0].code if errors else "nothing"
        words = errors[0].message if errors else ""
        return Outcome("refused" if code == "NN601" else f"compiler: {code}", words)
    found = workers.run(planned.jobs, planned.files, planned.arrays, LIMIT_S)
    for target, each in found.items():
        if isinstance(each, str):
            return Outcome(f"{target}: {_kind(each)}", each)
    return compared(planned, options, {t: r for t, r in found.items() if isinstance(r, Result)})


def compared(planned: Planned, options: Options, results: dict[str, Result]) -> Outcome:
    """The same for what has run."""
    alike = _without_holes(results)
    return told(verdict(planned, options, alike or results), holes=alike is not None)


def told(found: Verdict, holes: bool = False) -> Outcome:
    """A verdict in a word, and what was worst."""
    if not found.counted:
        return Outcome("counts", ", ".join(f"{c.who} {c[1:3]}" for c in found.counts))
    bad = [row for row in found.rows if not row.ok]
    if bad:
        kind = "gradient" if "gradient" in bad[0].what else bad[0].what.split()[0]
        words = "; ".join(f"{row.what} {row.worst} {row.difference:.1e}" for row in bad)
        return Outcome(f"differ: {kind}", f"{words}; {found.parting}", tuple(bad))
    return Outcome("not finite" if holes else "same")


def _without_holes(results: dict[str, Result]) -> dict[str, Result] | None:
    """Numbers in place of those that are infinite or none in both; None where there are none."""
    first, other = results.values()
    both: dict[str, np.ndarray] = {}
    for key, mine in first.arrays.items():
        theirs = other.arrays.get(key)
        if theirs is None or mine.dtype.kind != "f" or mine.shape != theirs.shape:
            continue
        hole = ~np.isfinite(mine)
        if hole.any() and (hole == ~np.isfinite(theirs)).all():
            both[key] = hole
    if not both:
        return None
    made = {}
    for target, result in results.items():
        arrays = {k: np.where(both[k], 0, v) if k in both else v for k, v in result.arrays.items()}
        made[target] = result._replace(arrays=arrays)
    return made


def tier(text: str) -> str:
    """The exact one, but where TensorFlow has no kernel in float64: pools over three axes."""
    pooled = any(
        step.op.word.startswith(("MaxPool", "AvgPool")) and step.ins[0].type.rank == 4
        for step in operations(text)
    )
    return "practical" if pooled else "exact"


def operations(text: str) -> list[OpStep]:
    """What a program computes, one after the other; a shared layer for each of its uses."""
    elaborated = Session(Source("model.nn", text)).elaborate(None, {})
    if elaborated is None:
        return []
    items = (item.step for item in flatten(elaborated.root) if isinstance(item, FlatOp))
    return [step for step in items if isinstance(step, OpStep)]


def _kind(said: str) -> str:
    """The exception that a process ended with."""
    last = [line for line in said.splitlines() if line and not line[0].isspace()]
    named = [line.partition(":")[0] for line in last if "Error" in line.partition(":")[0]]
    return named[-1].rpartition(".")[2] if named else "ended"


def _first(words: str) -> str:
    return words.splitlines()[0] if words else ""
