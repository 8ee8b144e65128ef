"""Facts of merges and `if`s that both liveness and writing go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from nndsl.ir.steps import Body, BranchStep, IfStep, LoopStep, MergeStep, Step, Value
from nndsl.ops import symbols

Number: TypeAlias = "Callable[[Value], int]"
"""The number under which a value is held."""


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


def optional_parts(step: MergeStep) -> tuple[BranchStep, IfStep, BranchStep] | None:
    """`add { a; if c { b } }`: a branch and perhaps another, which is written as it reads."""
    if len(step.items) != 2 or step.residual:
        return None
    first, second = step.items
    if not isinstance(first, BranchStep) or not isinstance(second, IfStep) or second.then is None:
        return None
    inside, other = second.then.steps, second.other.steps if second.other is not None else ()
    if len(inside) != 1 or other or not isinstance(inside[0], BranchStep):
        return None
    return first, second, inside[0]


def is_entry(item: Step, entry: int, of: Number) -> bool:
    """True for a branch that is the merge's own entry."""
    if not isinstance(item, BranchStep) or item.body.out is None:
        return False
    return of(item.body.out) == entry


def keeps(step: MergeStep, value: int, of: Number) -> bool:
    """True where a merge begins at a value and takes it as it is as well, after a branch."""
    if step.entry is None or of(step.entry) != value:
        return False
    same = [is_entry(item, value, of) for item in step.items]
    branches = all(isinstance(item, BranchStep) for item in step.items)
    return step.residual or (branches and any(same) and not all(same))
