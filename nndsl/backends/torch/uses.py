"""How often each value of a body is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from nndsl.ir.nested import all_steps
from nndsl.ir.steps import (
    AssertStep,
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    PopStep,
    PushStep,
    Step,
    UseStep,
    Value,
)
from nndsl.ops.symbols import is_const


def count_uses(instance: Instance, running: Container[str] = ()) -> Counter[int]:
    """Reads of every value, by its number; outputs are reads. running: names of sizes that are read
    off their values."""
    counter = Counter(reads(instance.steps))
    for step in instance.steps:
        if isinstance(step, LetStep) and step.source is not None and step.name in running:
            counter[step.source[0].id] += 1
    counter.update(result.value.id for result in instance.outputs)
    return counter


def reads(steps: Iterable[Step]) -> Iterator[int]:
    """The values that steps read, each as often as it is read."""
    for step in steps:
        yield from _step(step)


def outside(body: Body) -> frozenset[int]:
    """The values that a body reads but does not make."""
    made = set(makes(body.steps))
    return frozenset(value for value in _body(body, None) if value not in made)


def makes(steps: Iterable[Step]) -> Iterator[int]:
    """The values that steps make, inner ones included."""
    for step in steps:
        for body in bodies(step):
            yield from makes(body.steps)
        if isinstance(step, LoopStep):
            yield from (turn.entry.id for turn in step.turns if turn.entry is not None)
        if isinstance(step, OpStep | UseStep):
            yield from (value.id for value in step.outs)
        else:
            out = getattr(step, "out", None)
            if out is not None:
                yield out.id


def bodies(step: Step) -> Iterator[Body]:
    """The bodies inside a step."""
    match step:
        case BranchStep() | GroupStep():
            yield step.body
        case IfStep():
            yield from (body for body in (step.then, step.other) if body is not None)
        case LoopStep():
            yield from (turn.body for turn in step.turns)
        case MergeStep():
            for item in step.items:
                yield from bodies(item)
        case OpStep():
            yield from (part.body for part in step.parts)
        case _:
            return


def _step(step: Step) -> Iterator[int]:
    match step:
        case OpStep() | UseStep():
            yield from (value.id for value in step.ins)
            for part in getattr(step, "parts", ()):
                yield from _body(part.body, None)
        case MergeStep():
            yield from reads(step.items)
            if step.residual and step.entry is not None:
                yield step.entry.id
        case BranchStep():
            yield from _body(step.body, None)
        case GroupStep():
            yield from _body(step.body, step.out)
        case IfStep():
            yield from _if(step)
        case LoopStep():
            yield from _loop(step)
        case PushStep() | LossStep():
            yield step.value.id
        case AssertStep(value=value, open=equalities):
            if equalities:
                yield value.id
        case _:
            return


def _body(body: Body, out: Value | None) -> Iterator[int]:
    """A body's reads; its end is read unless it goes on under the same number."""
    yield from reads(body.steps)
    if body.out is not None and (out is None or body.out.id != out.id):
        yield body.out.id


def _if(step: IfStep) -> Iterator[int]:
    yield from side_reads(step, True)
    yield from side_reads(step, False)


def side_reads(step: IfStep, side: bool) -> Iterator[int]:
    """What one side of an `if` reads; a side that is not there hands the entry on."""
    body = step.then if side else step.other
    if body is not None:
        yield from _body(body, step.out)
        return
    kept = step.out is not None and step.entry is not None and step.out.id != step.entry.id
    given = step.other if side else step.then
    if kept and step.entry is not None and given is not None and not settled(step):
        yield step.entry.id


def settled(step: IfStep) -> bool:
    """True where only the taken side is there: the condition is no formula."""
    return is_const(step.cond)


def _takes_entry(step: LoopStep, entry: int, first: Value | None) -> bool:
    """True where a loop reads its entry: what comes of it has another number."""
    if first is not None:
        return first.id != entry
    return bool(step.turns) or step.out is None or step.out.id != entry


def _loop(step: LoopStep) -> Iterator[int]:
    first = step.turns[0].entry if step.turns else None
    if step.entry is not None and _takes_entry(step, step.entry.id, first):
        yield step.entry.id
    for i, turn in enumerate(step.turns):
        following = step.turns[i + 1].entry if i + 1 < len(step.turns) else step.out
        if step.out is None and turn.body.out is None:
            yield from reads(turn.body.steps)
        else:
            yield from _body(turn.body, following)


def real_lists(instance: Instance) -> frozenset[str]:
    """Pushed lists that `forward` keeps as Python lists: what comes out was not known by number."""
    return frozenset(_lists(instance.steps)) - known_lists(instance)


def known_lists(instance: Instance) -> frozenset[str]:
    """Lists that are pushed to and read outside loops and choices, one value at a time: which value
    that is can be told from the order of the lines."""
    lines = list(_lines(instance.steps))
    sure = {id(s) for s in lines}
    other = {s.stack for s in all_steps(instance.steps)
             if isinstance(s, PushStep | PopStep | OpStep) and id(s) not in sure}  # fmt: skip
    return frozenset(s.stack for s in lines if isinstance(s, PushStep)) - other


def _lines(steps: Iterable[Step]) -> Iterator[PushStep | PopStep]:
    """The steps of pushed lists that always run, once."""
    for step in steps:
        if isinstance(step, PushStep | PopStep):
            yield step
        elif isinstance(step, GroupStep):
            yield from _lines(step.body.steps)


def _lists(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, PopStep) and step.out.id != step.pushed.id:
            yield step.stack
        if isinstance(step, LoopStep) and not step.unrolled:
            yield from (s.stack for turn in step.turns for s in _deep(turn.body.steps)
                        if isinstance(s, PushStep))  # fmt: skip
        for body in bodies(step):
            yield from _lists(body.steps)


def _deep(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for body in bodies(step):
            yield from _deep(body.steps)
