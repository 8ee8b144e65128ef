"""Seeded miscompilations are looked for with the programs of the sample, seed by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nndsl.source import Source
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.worker import Workers
from prove.edges import chunks, unlike
from prove.judge import LIMIT_S, TARGETS, Outcome, compared, tier
from prove.mutations import Mutation
from prove.programs import program

PROGRAMS = 300  # of the sample
TRIES = 8  # programs that have a place for a mutation, with a train section and without


class Case(NamedTuple):
    """A program of the sample, compiled for both targets."""

    seed: int
    planned: Planned
    options: Options


class Hunt:
    """Programs and their sound results are kept: a mutation costs one run of one target."""

    def __init__(self, workers: Workers, seeds: Sequence[int] = range(PROGRAMS)) -> None:
        self.workers = workers
        self._seeds = iter(seeds)
        self._cases: list[Case] = []
        self._edges: dict[int, list[str]] = {}
        self._sound: dict[int, dict[str, Result] | None] = {}

    def caught(self, mutation: Mutation) -> tuple[int, Outcome] | None:
        """The seed of the first program that tells it, and how; None where none does."""
        tried = {True: 0, False: 0}
        for case in self.cases():
            trained = bool(case.planned.jobs[mutation.target].script)
            mutant = mutation.applied(case.planned) if tried[trained] < TRIES else None
            if mutant is None:
                continue
            sound = self.sound(case)
            if sound is None:
                continue
            tried[trained] += 1
            found = self.run(mutation, mutant, case, sound)
            if found.fault:
                return case.seed, found
        return self.on_edges(mutation)

    def on_edges(self, mutation: Mutation) -> tuple[int, Outcome] | None:
        """The number of the first program of edge values that tells it, counted from -1 down."""
        for at, chunk in enumerate(chunks()):
            found = unlike(chunk, self.workers, mutation)
            if found is None:
                continue
            if at not in self._edges:
                self._edges[at] = unlike(chunk, self.workers) or []
            if found != self._edges[at]:
                new = [each for each in found if each not in self._edges[at]]
                return -1 - at, Outcome("differ: edge", "; ".join(new))
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
        yield from self._cases
        for seed in self._seeds:
            made = program(seed)
            options = Options(tier(made.text), 2, 4)
            try:
                planned = plan(Source("model.nn", made.text), TARGETS, options=options)
            except Exception:  # noqa: BLE001 - a fault of its own, which the sample tells
                continue
            if planned.jobs:
                case = Case(seed, planned, options)
                self._cases.append(case)
                yield case

    def sound(self, case: Case) -> dict[str, Result] | None:
        """The results without a mistake; None where they are not the same."""
        if case.seed not in self._sound:
            planned = case.planned
            found = self.workers.run(planned.jobs, planned.files, planned.arrays, LIMIT_S)
            results = {t: each for t, each in found.items() if isinstance(each, Result)}
            same = len(results) == len(found)
            same = same and compared(planned, case.options, results).kind == "same"
            self._sound[case.seed] = results if same else None
        return self._sound[case.seed]
