"""Outputs that end in softmax or sigmoid: their classes offer `logits`, which training reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nndsl.backends.torch.uses import count_uses
from nndsl.ir.nested import bodies
from nndsl.ir.steps import (
    GroupStep,
    IfStep,
    LoopStep,
    OpStep,
    Plan,
    Program,
    Step,
    UseStep,
)
from nndsl.ops.symbols import is_const

FINAL = ("softmax", "sigmoid")


def find_finals(program: Program) -> dict[int, frozenset[int]]:
    """By plan: the values that `logits` gives without their last activation.

    The model's, and those of the blocks that make the model's outputs.
    """
    found: dict[int, frozenset[int]] = {}
    _search(program, program.plans[-1], found)
    return {plan: values for plan, values in found.items() if values}


def _search(program: Program, plan: Plan, found: dict[int, frozenset[int]]) -> bool:
    """Fills in a plan's; True where it has some."""
    if id(plan) in found:
        return bool(found[id(plan)])
    found[id(plan)] = frozenset()
    uses = count_uses(plan.body)
    outputs = {result.value.id for result in plan.body.outputs if uses[result.value.id] == 1}
    values = set()
    for step in _once(plan.body.steps):
        match step:
            case OpStep(outs=(out,)) if out.id in outputs and _ends(step):
                values.add(out.id)
            case UseStep(outs=(out,), owner="") if out.id in outputs:
                inner = program.plan(step.instance)
                if len(inner.body.outputs) == 1 and _search(program, inner, found):
                    values.add(out.id)
    found[id(plan)] = frozenset(values)
    return bool(values)


def _once(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps that are written out once: not those of loops that stay loops."""
    for step in steps:
        yield step
        match step:
            case GroupStep(body=body):
                yield from _once(body.steps)
            case IfStep(cond=cond) if is_const(cond):
                yield from (s for body in bodies(step) for s in _once(body.steps))
            case LoopStep(unrolled=True, turns=turns):
                yield from (s for turn in turns if turn.count == 1 for s in _once(turn.body.steps))
            case _:
                pass


def _ends(step: OpStep) -> bool:
    """True where a layer's last activation is softmax or sigmoid, and no setting's."""
    act = step.settings.items.get("act")
    word = getattr(act, "act", "") or step.op.word
    settled = step.symbol is None and not hasattr(act, "term")
    return word in FINAL and settled and not step.owner and not step.stack
