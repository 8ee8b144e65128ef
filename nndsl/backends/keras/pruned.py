"""Plans without the steps whose results nothing reads: no line is written for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_

from nndsl._record import NamedTuple
from nndsl.backends.keras.owned import with_own_parts
from nndsl.backends.keras.unread import Needs, Unread
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LoopStep,
    MergeStep,
    Plan,
    Program,
    Step,
    Turn,
)


class Pruned(NamedTuple):
    """beside: by plan the values that nothing reads, which its code must hold all the same."""

    program: Program
    beside: Mapping[str, frozenset[int]]


def pruned(program: Program) -> Pruned:
    """The program without what nothing reads."""
    unread = Unread(program)
    needs = {plan.name: unread.needs(plan) for plan in program.plans}
    plans = {plan.name: _plan(plan, needs[plan.name]) for plan in program.plans}
    whole = program._replace(
        plans=tuple(plans.values()),
        plan_of={key: plans[plan.name] for key, plan in program.plan_of.items()},
    )
    return Pruned(whole, {name: frozenset(each.beside) for name, each in needs.items()})


def _plan(plan: Plan, needs: Needs) -> Plan:
    steps = with_own_parts(_steps(plan.body.steps, needs))
    if _same(steps, plan.body.steps):
        return plan
    body = _with_steps(plan.body, steps)
    made = Plan(plan.name, plan.definition, body, plan.instances, plan.arguments, plan.general)
    made.lets, made.exits = plan.lets, plan.exits
    return made


def _with_steps(instance: Instance, steps: tuple[Step, ...]) -> Instance:
    made = Instance(instance.definition, instance.key, instance.settings, instance.inputs)
    made.outputs, made.labels, made.stacks = instance.outputs, instance.labels, instance.stacks
    made.unit, made.steps = instance.unit, steps
    return made


def _steps(steps: Sequence[Step], needs: Needs) -> tuple[Step, ...]:
    return tuple(_inside(step, needs) for step in steps if needs.reads(step))


def _same(made: Sequence[object], old: Sequence[object]) -> bool:
    return len(made) == len(old) and all(map(is_, made, old))


def _body(body: Body, needs: Needs) -> Body:
    steps = _steps(body.steps, needs)
    return body if _same(steps, body.steps) else body._replace(steps=steps)


def _side(body: Body | None, needs: Needs) -> Body | None:
    return None if body is None else _body(body, needs)


def _turn(turn: Turn, needs: Needs) -> Turn:
    body = _body(turn.body, needs)
    return turn if body is turn.body else turn._replace(body=body)


def _inside(step: Step, needs: Needs) -> Step:
    """A step with its braces pruned; the very step where nothing goes."""
    match step:
        case BranchStep(body=body) | GroupStep(body=body):
            return step if (made := _body(body, needs)) is body else step._replace(body=made)
        case IfStep(then=then, other=other):
            sides = _side(then, needs), _side(other, needs)
            same = _same(sides, (then, other))
            return step if same else step._replace(then=sides[0], other=sides[1])
        case MergeStep(items=items):
            kept = _steps(items, needs)
            return step if _same(kept, items) else step._replace(items=kept)
        case LoopStep(turns=turns):
            rounds = tuple(_turn(turn, needs) for turn in turns)
            return step if _same(rounds, turns) else step._replace(turns=rounds)
        case _:
            return step
