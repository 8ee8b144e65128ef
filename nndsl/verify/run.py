"""Runs the jobs, each target's in a process of its own, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib.util import find_spec
from typing import NamedTuple

from nndsl.compiler import SettingText, Text
from nndsl.diagnostics import Diagnostic
from nndsl.ir.files import Resolver, no_imports
from nndsl.source import Source
from nndsl.verify.compare import Row, parting, rows, with_rounding
from nndsl.verify.job import Job, Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.worker import Workers

NEEDS: Mapping[str, tuple[str, ...]] = {
    "torch": ("numpy", "torch"),
    "keras": ("numpy", "keras"),
}


REFERENCE = "torch"  # computes all of float64 in float64


class Count(NamedTuple):
    """Parameters, as the analyser (`nndsl`) or a framework counts them."""

    who: str
    trainable: int
    non_trainable: int
    version: str = ""


class Verdict(NamedTuple):
    """What came of it.

    rows: what was compared, none after an error; parting: for a failure, the first layer (and its
    place in the source) that is not given the same numbers; missing: packages that are not
    installed; failures: by target, why its process ended early.
    """

    model: str
    options: Options
    counts: tuple[Count, ...]
    rows: tuple[Row, ...]
    parting: str
    missing: tuple[str, ...]
    failures: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]

    @property
    def counted(self) -> bool:
        """True where every framework counts what the analyser counts."""
        return len({(c.trainable, c.non_trainable) for c in self.counts}) == 1

    @property
    def ok(self) -> bool:
        """True where everything was compared and is within its tolerance."""
        done = not (self.missing or self.failures) and bool(self.rows)
        return done and self.counted and all(row.ok for row in self.rows)


def verify(
    source: Text,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    targets: Sequence[str] = ("keras", "torch"),
    options: Options | None = None,
    resolver: Resolver = no_imports,
    workers: Workers | None = None,
) -> Verdict:
    """Builds a model on every target from its emitted code, and compares them with the first.

    Equal weights, equal batches, dropout off: outputs, gradients, steps of training with the
    file's loss and optimizer (without a train section gradient descent on the outputs' sum).
    workers: processes to run them in, for whoever verifies many; None starts new ones. What is
    above its tolerance in float32 is measured against the rounding of one target alone.
    """
    options = options or Options()
    needed = {need for target in targets for need in NEEDS.get(target, ())}
    missing = sorted(need for need in needed if find_spec(need) is None)
    if missing:
        return Verdict("", options, (), (), "", tuple(missing), {}, (), {})
    planned = plan(source, targets, model, settings, options, resolver)
    with nullcontext(workers) if workers is not None else Workers() as own:
        found = own.run(planned.jobs, planned.files, planned.arrays)
        judged = verdict(planned, options, found)
        if options.precision != "float32" or all(row.ok for row in judged.rows):
            return judged
        target = REFERENCE if REFERENCE in planned.jobs else targets[0]
        job = _together(planned, *planned.jobs)
        precise = planned.jobs[target]._replace(precision="float64")
        again = own.run({target: precise}, planned.files, planned.arrays)[target]
        alone = found[target]
        if isinstance(again, str) or isinstance(alone, str):
            return judged
        rounded = rows(job, planned.arrays, alone, again)
        return judged._replace(rows=tuple(with_rounding(judged.rows, rounded)))


def _together(planned: Planned, *targets: str) -> Job:
    """What to compare: the last target's job, with what any of them is known to do otherwise."""
    apart = next((a for a in (planned.jobs[t].apart for t in targets) if a), "")
    return planned.jobs[targets[-1]]._replace(apart=apart)


def verdict(planned: Planned, options: Options, found: Mapping[str, Result | str]) -> Verdict:
    """What the results of a plan's jobs, or the reasons why there are none, amount to."""
    results = {target: each for target, each in found.items() if not isinstance(each, str)}
    failures = {target: each for target, each in found.items() if isinstance(each, str)}
    counts = [Count("nndsl", *planned.counted)] if results else []
    counts += [Count(t, r.trainable, r.non_trainable, r.version) for t, r in results.items()]
    compared: list[Row] = []
    where = ""
    first, *others = results or [""]
    for other in others:
        job = _together(planned, first, other)
        compared += rows(job, planned.arrays, results[first], results[other])
        if not where and not all(row.ok for row in compared if row.what.startswith("output")):
            path = parting(job, results[first], results[other])
            where = f"{path} ({planned.places[path]})" if path else "behind the last layer"
    return Verdict(planned.model, options, tuple(counts), tuple(compared), where, (), failures,
                   planned.diagnostics, planned.sources)  # fmt: skip
