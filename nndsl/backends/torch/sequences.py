"""Which blocks hold sequences with the channels first: those where that saves moves of axes.

Sequences lie as the file says, channels last, for attention, recurrence and Dense want them so;
convolutions want the channels first. What a block's inputs, outputs and inner values do is one
decision for each block. It is tried from the callees up, and taken as a whole only where the model
then moves axes less often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import repeat

from nndsl.backends.torch.plan import declare_ahead, lower_plan
from nndsl.backends.torch.shared import Shared
from nndsl.backends.torch.table import ROWS, word_of
from nndsl.diagnostics import Diagnostics
from nndsl.emit.tree import Attr, Call, Comp, For, Name, Stmt
from nndsl.emit.walk import parts
from nndsl.ir.nested import all_steps, bodies
from nndsl.ir.steps import Instance, LoopStep, MergeStep, OpStep, Plan, Program, Step, UseStep

ROUNDS = 4  # what a loop counts whose rounds the constructor decides


def lower_plans(program: Program, diagnostics: Diagnostics) -> tuple[Shared, list[Stmt]]:
    """A class for each plan, callees first."""
    shared = Shared(program, diagnostics)
    code = _lowered(shared)
    if diagnostics.failed or not any(map(_convolves, program.plans)):
        return shared, code
    other = Shared(program, Diagnostics(), _proposed(program))
    if not other.sequences or _total(program, made := _lowered(other)) >= _total(program, code):
        return shared, code
    if other.diagnostics.failed:
        return shared, code
    return other, made


def _lowered(shared: Shared) -> list[Stmt]:
    """Once; blocks that call each other in a ring until the signatures that they saw stay."""
    root = shared.program.plans[-1]
    ring = declare_ahead(shared)
    while True:
        seen = dict(shared.signatures)
        code: list[Stmt] = [lower_plan(plan, shared, plan is root) for plan in shared.program.plans]
        if not ring or seen == shared.signatures:
            return code


def _proposed(program: Program) -> set[int]:
    """The plans whose own class moves axes less often so, given what the callees do."""
    shared = Shared(program, Diagnostics())
    root = program.plans[-1]
    declare_ahead(shared)
    for plan in program.plans:
        habit = moves(lower_plan(plan, shared, plan is root))
        if habit == 0 or not (_convolves(plan) or _uses(plan, shared)):
            continue
        shared.sequences.add(id(plan))
        if moves(lower_plan(plan, shared, plan is root)) >= habit:
            shared.sequences.remove(id(plan))
            lower_plan(plan, shared, plan is root)
    return shared.sequences


def _convolves(plan: Plan) -> bool:
    """True for a body with a layer that wants a sequence's channels first."""
    return any(
        isinstance(step, OpStep)
        and word_of(step) in ROWS
        and ROWS[word_of(step)].want == "first"
        and step.ins[0].type.rank == 2
        for step in all_steps(plan.body.steps)
    )


def _uses(plan: Plan, shared: Shared) -> bool:
    """True for a body that uses a block which holds sequences with the channels first."""
    return any(
        isinstance(step, UseStep) and id(shared.program.plan(step.instance)) in shared.sequences
        for step in all_steps(plan.body.steps)
    )


# ---- how often axes are moved ------------------------------------------------------------------


def moves(statement: Stmt) -> int:
    """How often a class moves axes, for one call of it."""
    total = 0
    stack: list[tuple[object, int]] = [(statement, 1)]
    while stack:
        node, times = stack.pop()
        if isinstance(node, For | Comp):
            times *= ROUNDS
        total += times * _is_move(node)
        stack += [(child, times) for child in parts(node)]
    return total


def _is_move(node: object) -> bool:
    if not isinstance(node, Call):
        return False
    name = node.func
    return name == Name("Permute") or (
        isinstance(name, Attr) and name.name in ("transpose", "permute")
    )


def _total(program: Program, code: list[Stmt]) -> int:
    runs = _runs(program)
    return sum(runs[id(p)] * moves(c) for p, c in zip(program.plans, code, strict=True))


def _runs(program: Program) -> Counter[int]:
    """How often each plan's class runs when the model does."""
    known: dict[int, Counter[int]] = {}

    def of(instance: Instance) -> Counter[int]:
        found = known.get(id(instance))
        if found is None:
            found = Counter({id(program.plan(instance)): 1})
            for step, times in _counted(instance.steps, 1):
                for plan, inner in of(step.instance).items():
                    found[plan] += times * inner
            known[id(instance)] = found
        return found

    return of(program.root)


def _counted(steps: Iterable[Step], times: int) -> Iterator[tuple[UseStep, int]]:
    """The uses of blocks in concrete steps, and how often each runs."""
    for step in steps:
        if isinstance(step, UseStep):
            yield step, times
        if isinstance(step, MergeStep):
            yield from _counted(step.items, times)
        counts = [turn.count for turn in step.turns] if isinstance(step, LoopStep) else repeat(1)
        for body, count in zip(bodies(step), counts, strict=False):
            yield from _counted(body.steps, times * count)
