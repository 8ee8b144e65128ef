"""Weights that no output and no loss reads: a functional Keras model would not hold them."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.records import steps_inside
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    Site,
    Step,
    UseStep,
    WeightReadStep,
    WeightStep,
)


def unread_weights(root: Instance) -> Site | None:
    """The place of weights that nothing reads, of a concrete instance; None where there are none.

    Linear in the distinct steps: a turn that runs a thousand times is looked at once.
    """
    memo: dict[tuple[int, frozenset[int]], Found] = {}
    return _found(root, frozenset(range(len(root.outputs))), memo).lost


class Found:
    """What one instance needs: its values and shared layers, read backwards.

    ports: the numbers of the inputs that are read; lost: a place whose weights are not.
    """

    def __init__(self, memo: dict[tuple[int, frozenset[int]], Found]) -> None:
        self.memo = memo
        self.needed: set[int] = set()
        self.owners: set[str] = set()
        self.lost: Site | None = None
        self.losses = False

    def body(self, body: Body | None, needed: bool) -> None:
        """Braces, whose flow at the end is needed or not."""
        if body is None:
            return
        if needed and body.out is not None:
            self.needed.add(body.out.id)
        self.steps(body.steps)

    def steps(self, steps: Sequence[Step]) -> None:
        for step in reversed(steps):
            self.step(step)

    def step(self, step: Step) -> None:
        match step:
            case OpStep():
                self.op(step)
            case UseStep():
                self.use(step)
            case OwnStep(site=site, use=use) if use is not None:
                if site.name not in self.owners and _weighs(use):
                    self.lost = site
            case WeightStep(site=site, out=out):
                self.lost = self.lost if out.id in self.needed else site
            case WeightReadStep(path=path, out=out) if out.id in self.needed:
                self.owners.add(path[0])
            case LossStep(value=value):
                self.losses = True
                self.needed.add(value.id)
            case PopStep(pushed=pushed, out=out) if out.id in self.needed:
                self.needed.add(pushed.id)
            case LoopStep():
                self.loop(step)
            case _:
                self.braces(step)

    def braces(self, step: Step) -> None:
        match step:
            case BranchStep(body=body):
                self.body(body, False)
            case GroupStep(body=body, out=out):
                self.body(body, out is not None and out.id in self.needed)
            case IfStep(then=then, other=other, out=out, entry=entry):
                needed = out is not None and out.id in self.needed
                if needed and entry is not None:
                    self.needed.add(entry.id)
                for side in (then, other):
                    self.body(side, needed)
            case MergeStep(items=items, out=out, entry=entry, residual=residual):
                if out.id in self.needed:
                    self.needed.update(_branches(items))
                    if residual and entry is not None:
                        self.needed.add(entry.id)
                self.steps(items)
            case _:
                pass

    def loop(self, step: LoopStep) -> None:
        """Twice, because a turn may need what only the turn before it makes."""
        if step.out is not None and step.out.id in self.needed and step.entry is not None:
            self.needed.add(step.entry.id)
        kept = self.lost
        for again in (False, True):
            self.lost = kept
            for turn in reversed(step.turns):
                ends = {turn.body.out.id} if turn.body.out is not None else set()
                flows = step.out is not None and step.out.id in self.needed
                self.body(turn.body, flows or bool(ends & self.needed))
                if again and turn.entry is not None and turn.entry.id in self.needed:
                    self.needed |= {step.entry.id} if step.entry is not None else set()

    def op(self, step: OpStep) -> None:
        if not any(out.id in self.needed for out in step.outs):
            self.lost = step.site if step.weights and not step.owner else self.lost
            for part in step.parts:
                self.body(part.body, False)
            return
        self.owners.add(step.owner)
        self.needed.update(value.id for value in step.ins)
        for part in step.parts:
            self.body(part.body, True)

    def use(self, step: UseStep) -> None:
        """A block. One that is a keras.Model of its own keeps all its weights if any are read."""
        wanted = frozenset(i for i, out in enumerate(step.outs) if out.id in self.needed)
        whole = step.owner or step.frozen or step.instance.definition.kind == "model"
        inside = _found(step.instance, wanted, self.memo)
        if inside.losses or wanted:
            self.losses |= inside.losses
            self.owners.add(step.owner)
            self.needed.update(value.id for value in step.ins)
        if wanted and whole:
            inside = _found(step.instance, frozenset(range(len(step.outs))), self.memo)
        if inside.lost is not None and (wanted or not step.owner):
            self.lost = step.site


def _found(
    instance: Instance, wanted: frozenset[int], memo: dict[tuple[int, frozenset[int]], Found]
) -> Found:
    key = id(instance), wanted
    if key not in memo:
        memo[key] = found = Found(memo)
        found.needed.update(instance.outputs[number].value.id for number in wanted)
        found.steps(instance.steps)
    return memo[key]


def _branches(items: Sequence[Step]) -> set[int]:
    """The ends of the branches of a merge, inside loops and ifs too."""
    found: set[int] = set()
    for item in items:
        if isinstance(item, BranchStep):
            found |= {item.body.out.id} if item.body.out is not None else set()
        elif isinstance(item, IfStep | LoopStep):
            for inner in steps_inside(item):
                found |= _branches(inner)
    return found


def _weighs(use: OpStep | UseStep) -> bool:
    """True where a shared layer or block has weights."""
    if isinstance(use, OpStep):
        return bool(use.weights)
    stack: list[Step] = list(use.instance.steps)
    while stack:
        step = stack.pop()
        if isinstance(step, WeightStep) or (isinstance(step, OpStep) and step.weights):
            return True
        if isinstance(step, UseStep):
            stack.extend(step.instance.steps)
        for inner in steps_inside(step):
            stack.extend(inner)
    return False
