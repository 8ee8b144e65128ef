"""What one step reads, makes, and holds inside: small facts of the graph's records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from nndsl.ir.steps import (
    AssertStep,
    Body,
    BranchStep,
    GroupStep,
    GuardStep,
    IfStep,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    PushStep,
    Step,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.base import Settings
from nndsl.ops.numbers import OpenDim, Sym, SymFloat
from nndsl.ops.symbols import Term

Anchors: TypeAlias = "Mapping[Term, tuple[Value, int]]"
"""Where a dimension that a formula mentions is read: axis `n` (per example) of a value."""


def formulas(setting: object) -> Iterator[Term]:
    """The formulas in a setting's value."""
    if isinstance(setting, Sym | SymFloat | OpenDim):
        yield setting.term
    elif isinstance(setting, Settings):
        for item in setting.items.values():
            yield from formulas(item)
    elif isinstance(setting, tuple):
        term = getattr(setting, "term", None)
        if isinstance(term, Term):
            yield term
            return
        for item in setting:
            yield from formulas(item)


def shape_terms(value: Value) -> dict[Term, tuple[Value, int]]:
    """The symbolic dimensions of a value, as places where their formulas can be read."""
    dims = enumerate(value.type.shape)
    return {dim.term: (value, axis) for axis, dim in dims if isinstance(dim, Sym)}


def steps_inside(step: Step) -> Iterator[tuple[Step, ...]]:
    """The step lists directly inside a step."""
    match step:
        case MergeStep(items=items):
            yield items
        case BranchStep(body) | GroupStep(body=body):
            yield body.steps
        case IfStep(then=then, other=other):
            yield from (side.steps for side in (then, other) if side is not None)
        case LoopStep(turns=turns):
            yield from (turn.body.steps for turn in turns)
        case OpStep(parts=parts) | OwnStep(use=OpStep(parts=parts)):
            yield from (part.body.steps for part in parts)
        case _:
            return


def own_formulas(step: Step) -> list[Term]:
    match step:
        case OpStep(settings=settings) | MergeStep(settings=settings):
            return list(formulas(settings))
        case UseStep(args=args):
            return [term for _, item in args for term in formulas(item)]
        case OwnStep(use=OpStep(settings=settings)):
            return list(formulas(settings))
        case OwnStep(use=UseStep(args=args, ins=ins)):
            shapes = [dim.term for v in ins for dim in v.type.shape if isinstance(dim, Sym)]
            return [term for _, item in args for term in formulas(item)] + shapes
        case AssertStep(open=equalities):
            return [term for _, term in equalities]
        case WeightStep(weight=weight):
            return [*formulas(weight.shape), *formulas(weight.init.args)]
        case IfStep(cond=term) | LoopStep(over=term) | LetStep(term=term) | GuardStep(cond=term):
            return [term]
        case _:
            return []


def operands(step: Step) -> tuple[Value, ...]:
    """The values that a step itself reads."""
    match step:
        case OpStep(ins=ins) | UseStep(ins=ins):
            return ins
        case LetStep(source=(value, _)):
            return (value,)
        case PushStep(value=value) | LossStep(value=value) | AssertStep(value=value):
            return (value,)
        case MergeStep(entry=entry) | IfStep(entry=entry) | LoopStep(entry=entry):
            return () if entry is None else (entry,)
        case _:
            return ()


def read_by(step: Step) -> Iterator[Value]:
    """All values that a step or its end of braces reads, for counting."""
    yield from operands(step)
    match step:
        case BranchStep(Body(out=Value() as out)) | GroupStep(body=Body(out=Value() as out)):
            yield out
        case IfStep(then=then, other=other):
            yield from (s.out for s in (then, other) if s is not None and s.out is not None)
        case LoopStep(turns=turns):
            yield from (turn.body.out for turn in turns if turn.body.out is not None)
        case OpStep(parts=parts) | OwnStep(use=OpStep(parts=parts)):
            yield from (p.body.out for p in parts if p.body.out is not None)
        case _:
            return


def outs_of(step: Step) -> tuple[Value, ...]:
    """The values that a step makes."""
    match step:
        case OpStep(outs=outs) | UseStep(outs=outs):
            return outs
        case MergeStep(out=out) | WeightStep(out=out) | WeightReadStep(out=out) | PopStep(out=out):
            return (out,)
        case IfStep(out=out) | LoopStep(out=out):
            return () if out is None else (out,)
        case _:
            return ()


def list_stacks(steps: Sequence[Step], general: bool, repeated: bool = False) -> Iterator[str]:
    """The stacks that are lists when the network is built: general ones that are popped or used
    as a whole; concrete ones that a turn which runs several times pushes to."""
    for step in steps:
        match step:
            case PopStep(stack=stack) | OpStep(stack=stack) if general and stack:
                yield stack
            case PushStep(stack=stack) if repeated:
                yield stack
            case LoopStep(turns=turns):
                for turn in turns:
                    yield from list_stacks(turn.body.steps, general, repeated or turn.count > 1)
                continue
            case _:
                pass
        for inner in steps_inside(step):
            yield from list_stacks(inner, general, repeated)


def port_anchors(name: str, value: Value) -> dict[Term, tuple[Value, int]]:
    """Where the sizes of an input can be read: those of its axes, and those with names."""
    found = {Term("dim", (name, axis)): (value, axis) for axis in range(value.type.rank)}
    for axis, dim in enumerate(value.type.shape):
        if isinstance(dim, OpenDim) and dim.term.op == "open":
            found.setdefault(dim.term, (value, axis))
    return found


def anchored_leaves(term: Term, near: set[Term], anchors: Anchors) -> Iterator[Term]:
    """The anchored leaves of a formula that no operand's shape gives."""
    if term in near:
        return
    if term in anchors:
        yield term
        return
    for part in term.terms():
        yield from anchored_leaves(part, near, anchors)
