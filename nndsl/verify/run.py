"""Runs the jobs, each in a process of its own, and says what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from nndsl.compiler import SettingText, Text
from nndsl.diagnostics import Diagnostic
from nndsl.ir.files import Resolver, no_imports
from nndsl.source import Source
from nndsl.verify.compare import Row, parting, rows
from nndsl.verify.job import Job, Result, load_result, save_job
from nndsl.verify.plan import Options, Planned, plan

NEEDS: Mapping[str, tuple[str, ...]] = {
    "torch": ("numpy", "torch"),
    "keras": ("numpy", "keras"),
}
LAST_LINES = 12  # of a process that failed


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
) -> Verdict:
    """Builds a model on every target from its emitted code, and compares them with the first.

    Equal weights, equal batches, dropout off: outputs, gradients, steps of training with the
    file's loss and optimizer (without a train section gradient descent on the outputs' sum).
    """
    options = options or Options()
    needed = {need for target in targets for need in NEEDS.get(target, ())}
    missing = sorted(need for need in needed if find_spec(need) is None)
    if missing:
        return Verdict("", options, (), (), "", tuple(missing), {}, (), {})
    planned = plan(source, targets, model, settings, options, resolver)
    results: dict[str, Result] = {}
    failures: dict[str, str] = {}
    for target, job in planned.jobs.items():
        found = _run(job, planned)
        if isinstance(found, str):
            failures[target] = found
        else:
            results[target] = found
    return _verdict(planned, options, results, failures)


def _verdict(
    planned: Planned, options: Options, results: Mapping[str, Result], failures: Mapping[str, str]
) -> Verdict:
    counts = [Count("nndsl", *planned.counted)] if results else []
    counts += [Count(t, r.trainable, r.non_trainable, r.version) for t, r in results.items()]
    found: list[Row] = []
    where = ""
    first, *others = results or [""]
    for other in others:
        job = planned.jobs[other]
        found += rows(job, planned.arrays, results[first], results[other])
        if not where and not all(row.ok for row in found if row.what.startswith("output")):
            path = parting(job, results[first], results[other])
            where = f"{path} ({planned.places[path]})" if path else "behind the last layer"
    return Verdict(planned.model, options, tuple(counts), tuple(found), where, (), failures,
                   planned.diagnostics, planned.sources)  # fmt: skip


def _run(job: Job, planned: Planned) -> Result | str:
    """A job's result, or the last lines of the process that failed."""
    with TemporaryDirectory(prefix="nndsl-verify-") as name:
        folder = Path(name)
        save_job(folder, job, planned.files[job.target], planned.arrays)
        command = [sys.executable, "-m", f"nndsl.verify.{job.target}_side", name]
        done = subprocess.run(
            command, cwd=name, env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and (folder / "result.json").exists():
            return load_result(folder)
        lines = (done.stderr or done.stdout).strip().splitlines()
        return "\n".join(lines[-LAST_LINES:]) or f"it ended with {done.returncode}"


def _environment() -> dict[str, str]:
    """The user's, where nndsl is found as here; on the processor, where sums have one order."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**os.environ, **quiet, "PYTHONPATH": os.pathsep.join(paths)}
