"""Very long programs: turns of a loop that are all alike, checked for a few of them.

Only where a program has more operations than `LONG`: its loops are cut to few turns, and the loops
of the emitted code with them, by their exact bounds, so that a wrong bound is still told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LoopStep,
    MergeStep,
    OpStep,
    OwnStep,
    Step,
    Turn,
    UseStep,
)

LONG = 5_000  # operations
KEPT = 4  # turns of a kind that stay
NEAR = 3  # bounds below a loop's own that belong to it: `depth - 1` after a first turn by itself


class Shortened:
    """root: the instance with fewer turns. bounds: what the code's `range` gives instead."""

    def __init__(self, root: Instance, bounds: Mapping[int, int]) -> None:
        self.root = root
        self.bounds = bounds


def shortened(root: Instance) -> Shortened:
    """The program itself unless it is long; a long one with its loops cut."""
    if _Counter().instance(root) <= LONG:
        return Shortened(root, {})
    loops = list(_loops(root, set()))
    kinds: dict[int, int] = {}
    for loop in loops:
        kinds[_total(loop)] = max(kinds.get(_total(loop), 0), len(loop.turns))
    cut = _agreed(kinds)
    for loop in loops:
        if _total(loop) in cut and not _fits(loop, cut[_total(loop)]):
            del cut[_total(loop)]
    if not cut:
        return Shortened(root, {})
    bounds = dict(cut)
    for total, few in cut.items():
        for less in range(1, NEAR + 1):
            bounds.setdefault(total - less, few - less)
    return Shortened(_Cutter(cut).instance(root), bounds)


def _agreed(kinds: Mapping[int, int]) -> dict[int, int]:
    """How many turns stay of loops of each length: other lengths, other numbers.

    kinds: how many turns differ at most. Lengths that are near stay as far apart as they are.
    """
    cut: dict[int, int] = {}
    last, few = 0, 0
    for total in sorted(kinds):
        apart = min(total - last, NEAR + 1)
        wanted = max(kinds[total] + KEPT, few + apart)
        if wanted < total:
            cut[total] = wanted
            last, few = total, wanted
    return cut


def _fits(loop: LoopStep, few: int) -> bool:
    """True where cutting the longest run of equal turns leaves so few."""
    return _total(loop) - max(turn.count for turn in loop.turns) < few


def _total(loop: LoopStep) -> int:
    return sum(turn.count for turn in loop.turns)


def _bodies(step: Step) -> Iterator[tuple[Step, ...]]:
    """The steps inside a step, one list for each body that runs."""
    if isinstance(step, MergeStep):
        yield step.items
    elif isinstance(step, BranchStep | GroupStep):
        yield step.body.steps
    elif isinstance(step, IfStep):
        yield from (side.steps for side in (step.then, step.other) if side is not None)
    elif isinstance(step, LoopStep):
        yield from (turn.body.steps for turn in step.turns)
    elif isinstance(step, OpStep):
        yield from (part.body.steps for part in step.parts)


def _loops(instance: Instance, seen: set[int]) -> Iterator[LoopStep]:
    if id(instance) in seen:
        return
    seen.add(id(instance))
    stack = [instance.steps]
    while stack:
        for step in stack.pop():
            if isinstance(step, LoopStep):
                yield step
            if isinstance(step, UseStep):
                yield from _loops(step.instance, seen)
            elif not isinstance(step, OpStep) or step.parts:
                stack.extend(_bodies(step))


class _Counter:
    """How many operations an instance runs, each distinct instance counted once."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def instance(self, instance: Instance) -> int:
        found = self.known.get(id(instance))
        if found is None:
            found = self.known[id(instance)] = self.steps(instance.steps)
        return found

    def steps(self, steps: tuple[Step, ...]) -> int:
        return sum(self.step(step) for step in steps)

    def step(self, step: Step) -> int:
        if isinstance(step, OpStep) and not step.parts:
            return 1
        if isinstance(step, UseStep):
            return self.instance(step.instance)
        if isinstance(step, LoopStep):
            return sum(turn.count * self.steps(turn.body.steps) for turn in step.turns)
        own = isinstance(step, OpStep | MergeStep)
        return own + sum(self.steps(body) for body in _bodies(step))


class _Cutter:
    """The same instances with fewer turns; equal uses still share one."""

    def __init__(self, cut: Mapping[int, int]) -> None:
        self.cut = cut
        self.made: dict[int, Instance] = {}

    def instance(self, instance: Instance) -> Instance:
        found = self.made.get(id(instance))
        if found is None:
            found = Instance(instance.definition, instance.key, instance.settings, instance.inputs)
            found.outputs, found.stacks = instance.outputs, instance.stacks
            found.labels, found.unit = instance.labels, instance.unit
            self.made[id(instance)] = found
            found.steps = self.steps(instance.steps)
        return found

    def steps(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(self.step(step) for step in steps)

    def body(self, body: Body) -> Body:
        return body._replace(steps=self.steps(body.steps))

    def step(self, step: Step) -> Step:
        if isinstance(step, UseStep):
            return step._replace(instance=self.instance(step.instance))
        if isinstance(step, OwnStep) and isinstance(step.use, UseStep):
            return step._replace(use=step.use._replace(instance=self.instance(step.use.instance)))
        if isinstance(step, LoopStep):
            return step._replace(turns=self.turns(step))
        if isinstance(step, MergeStep):
            return step._replace(items=self.steps(step.items))
        if isinstance(step, BranchStep | GroupStep):
            return step._replace(body=self.body(step.body))
        if isinstance(step, IfStep):
            then, other = (None if s is None else self.body(s) for s in (step.then, step.other))
            return step._replace(then=then, other=other)
        return step

    def turns(self, loop: LoopStep) -> tuple[Turn, ...]:
        """The turns, the longest run of equal ones cut so that as many are left as agreed."""
        turns = [turn._replace(body=self.body(turn.body)) for turn in loop.turns]
        wanted = self.cut.get(_total(loop))
        if wanted is not None:
            longest = max(range(len(turns)), key=lambda at: turns[at].count)
            others = sum(turn.count for at, turn in enumerate(turns) if at != longest)
            turns[longest] = turns[longest]._replace(count=wanted - others)
        return tuple(turns)
