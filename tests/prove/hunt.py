"""Seeded miscompilations are looked for with probes, and with programs of the sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nndsl.source import Source
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.worker import Workers
from prove.edges import chunks, unlike
from prove.judge import LIMIT_S, TARGETS, Outcome, compared, tier
from prove.known import known
from prove.mutations import Mutation
from prove.programs import program

PROBES = Path(__file__).parent / "probes"
PROGRAMS = 40  # of the sample, where no probe tells it
TRIES = 8  # programs of the sample that have a place for a mutation


class Case(NamedTuple):
    """A program compiled for both targets. name: of its file, or its seed."""

    name: str
    text: str
    planned: Planned
    options: Options


class Hunt:
    """Programs and their sound results are kept: a mutation costs one run of one target.

    First come the probes, which are small and written for mistakes that chance seldom shows.
    """

    def __init__(self, workers: Workers, seeds: Sequence[int] = range(PROGRAMS)) -> None:
        self.workers = workers
        self._seeds = iter(seeds)
        self._probes = sorted(PROBES.glob("*.nn"))
        self._cases: list[Case] = []
        self._edges: dict[int, list[str]] = {}
        self._sound: dict[str, dict[str, Result] | None] = {}

    def caught(self, mutation: Mutation) -> tuple[str, Outcome] | None:
        """The first program that tells it, and how; None where none does."""
        tried = 0
        for case in self.cases():
            mutant = mutation.applied(case.planned) if tried < TRIES else None
            if mutant is None:
                continue
            sound = self.sound(case)
            if sound is None:
                continue
            tried += case.name.isdigit()
            found = self.run(mutation, mutant, case, sound)
            if found.fault and not known(found, case.text):
                return case.name, found
        return self.on_edges(mutation)

    def on_edges(self, mutation: Mutation) -> tuple[str, Outcome] | None:
        """The first program of edge values that tells it."""
        for at, chunk in enumerate(chunks()):
            found = unlike(chunk, self.workers, mutation)
            if found is None:
                continue
            if at not in self._edges:
                self._edges[at] = unlike(chunk, self.workers) or []
            if found != self._edges[at]:
                new = [each for each in found if each not in self._edges[at]]
                return chunk[0].name, Outcome("differ: edge", "; ".join(new))
        return None

    def run(
        self, mutation: Mutation, mutant: Planned, case: Case, sound: dict[str, Result]
    ) -> Outcome:
        target = mutation.target
        found = self.workers.run(
            {target: mutant.jobs[target]}, mutant.files, mutant.arrays, LIMIT_S
        )[target]
        if isinstance(found, str):
            return Outcome(f"{target}: ended", found)
        return compared(mutant, case.options, {**sound, target: found})

    def cases(self) -> Iterator[Case]:
        """The probes, and then programs of the sample."""
        yield from list(self._cases)
        while self._probes:
            path = self._probes.pop(0)
            yield from self._compiled(path.stem, path.read_text(encoding="utf-8"))
        for seed in self._seeds:
            yield from self._compiled(str(seed), program(seed).text)

    def _compiled(self, name: str, text: str) -> Iterator[Case]:
        options = Options(tier(text), 2, 4)
        try:
            planned = plan(Source("model.nn", text), TARGETS, options=options)
        except Exception:  # noqa: BLE001 - a fault of its own, which the sample tells
            return
        if planned.jobs:
            case = Case(name, text, planned, options)
            self._cases.append(case)
            yield case

    def sound(self, case: Case) -> dict[str, Result] | None:
        """The results without a mistake; None where they are not the same."""
        if case.name not in self._sound:
            planned = case.planned
            found = self.workers.run(planned.jobs, planned.files, planned.arrays, LIMIT_S)
            results = {t: each for t, each in found.items() if isinstance(each, Result)}
            same = len(results) == len(found)
            if same:
                told = compared(planned, case.options, results)
                same = told.kind == "same" or known(told, case.text)
            self._sound[case.name] = results if same else None
        return self._sound[case.name]
