"""All steps of a body, those inside branches, loops and merges included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    LoopStep,
    MergeStep,
    OpStep,
    Step,
)


def all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Depth first, in order, each step before what is inside it; not into blocks that it uses."""
    for step in steps:
        yield step
        if isinstance(step, OpStep) and not step.parts:
            continue
        for body in bodies(step):
            yield from all_steps(body.steps)
        if isinstance(step, MergeStep):
            yield from all_steps(step.items)


def bodies(step: Step) -> tuple[Body, ...]:
    """The bodies directly inside a step."""
    match step:
        case IfStep():
            return tuple(b for b in (step.then, step.other) if b is not None)
        case LoopStep():
            return tuple(turn.body for turn in step.turns)
        case GroupStep() | BranchStep():
            return (step.body,)
        case OpStep():
            return tuple(part.body for part in step.parts)
        case _:
            return ()
