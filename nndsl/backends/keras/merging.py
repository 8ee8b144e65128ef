"""Facts of merges and `if`s that both liveness and writing go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.ir.steps import Body, BranchStep, IfStep, LoopStep, Step, Value
from nndsl.ops import symbols


def decided(step: IfStep) -> Body | None:
    """The taken side of an `if` that the arguments do not decide."""
    if not symbols.is_const(step.cond):
        return None
    return (step.then if step.taken else step.other) or Body((), step.entry)


def spliced(items: Sequence[Step]) -> Iterator[Step]:
    """The items of a merge, with those of decided `if`s in their place."""
    for item in items:
        chosen = decided(item) if isinstance(item, IfStep) and item.out is None else None
        if chosen is None:
            yield item
        else:
            yield from spliced(chosen.steps)


def gathers(item: Step) -> bool:
    """True for a loop or branch in a merge that may give none or several branches."""
    if isinstance(item, LoopStep):
        return True
    return isinstance(item, IfStep) and item.out is None and not single_branches(item)


def single_branches(item: IfStep) -> tuple[Value, Value] | None:
    """The two results of an `if` whose sides are one branch each."""
    found: list[Value] = []
    for side in (item.then, item.other):
        if side is None or len(side.steps) != 1:
            return None
        branch = side.steps[0]
        if not isinstance(branch, BranchStep) or branch.body.out is None:
            return None
        found.append(branch.body.out)
    return found[0], found[1]
