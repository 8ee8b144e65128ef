"""What is shared: one keras.Model for all uses, on inputs that fit each.

A shared layer that holds recipes has them where it is declared, on operands of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ir.nested import all_steps
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    LoopStep,
    MergeStep,
    OpStep,
    OwnStep,
    Plan,
    Step,
    UseStep,
    Value,
)
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim, OpenDim, Sym, open_dim, term_of

FIRST = -1_000_000_000  # numbers of values that only a declaration has


def with_own_parts(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, in which uses of such a layer are plain calls; the very ones without any."""
    uses = [s for s in all_steps(steps) if isinstance(s, OpStep) and s.owner and s.parts]
    return _steps(steps, uses) if uses else steps


def _steps(steps: Sequence[Step], uses: Sequence[OpStep]) -> tuple[Step, ...]:
    return tuple(_step(step, uses) for step in steps)


def _step(step: Step, uses: Sequence[OpStep]) -> Step:
    match step:
        case OpStep(owner=owner, parts=parts) if owner and parts:
            return step._replace(parts=())
        case OwnStep(site=site, use=OpStep(parts=(_, *_)) as use):
            own = [each for each in uses if each.owner == site.name]
            ins = tuple(
                Value(FIRST - 8 * site.span.start - at, common_type(_given(own, name)))
                for at, name in enumerate(use.names)
            )
            return step._replace(use=use._replace(ins=ins))
        case BranchStep(body=body) | GroupStep(body=body):
            return step._replace(body=_body(body, uses))
        case IfStep(then=then, other=other):
            then, other = (None if s is None else _body(s, uses) for s in (then, other))
            return step._replace(then=then, other=other)
        case MergeStep(items=items):
            return step._replace(items=_steps(items, uses))
        case LoopStep(turns=turns):
            return step._replace(
                turns=tuple(turn._replace(body=_body(turn.body, uses)) for turn in turns)
            )
        case _:
            return step


def _body(body: Body, uses: Sequence[OpStep]) -> Body:
    return body._replace(steps=_steps(body.steps, uses))


def _given(uses: Sequence[OpStep | UseStep], name: str) -> list[Type]:
    return [use.ins[use.names.index(name)].type for use in uses if name in use.names]


def input_types(steps: Sequence[Step], owner: str, first: UseStep) -> list[Type]:
    """The types of a shared block's inputs, for all its uses among these steps."""
    uses = [s for s in all_steps(steps) if isinstance(s, UseStep) and s.owner == owner]
    types = []
    for number, port in enumerate(first.instance.inputs):
        given = _given(uses, port.name) + (_given(uses, "") if number == 0 else [])
        types.append(common_type(given or [port.value.type]))
    return types


def open_weight(plan: Plan, types: Sequence[Type]) -> OpStep | None:
    """A layer of a shared block whose weights have a size that the block's input leaves open.

    The uses agree on that size, as in a Flatten of 6 x 4 and of 4 x 6, but the input that stands
    for all of them does not tell it.
    """
    ports = zip(plan.body.inputs, types, strict=True)
    pairs = [(own, dim) for port, type_ in ports
             for own, dim in zip(port.value.type.shape, type_.shape, strict=True)]  # fmt: skip
    unknown = {term_of(own) for own, dim in pairs
               if isinstance(dim, OpenDim) and isinstance(own, Sym)}  # fmt: skip
    for step in all_steps(plan.body.steps):
        dims = (dim for weight in getattr(step, "weights", ()) for dim in weight.shape)
        if isinstance(step, OpStep) and any(unknown & {*term_of(dim).walk()} for dim in dims):
            return step
    return None


def common_type(types: Sequence[Type]) -> Type:
    """The type of an operand in all uses: sizes that differ are open."""
    sizes = zip(*(type_.shape for type_ in types), strict=True)
    return types[0]._replace(shape=tuple(map(_common_size, sizes)))


def _common_size(sizes: Sequence[Dim]) -> Dim:
    """As a formula that is known where the declaration stands: outside all loops."""
    known = [size for size in sizes if not _is_carried(size)]
    return known[0] if known and all(size == known[0] for size in sizes) else open_dim("any")


def _is_carried(size: Dim) -> bool:
    return any(
        part.op == "var" and str(part.args[0]).startswith("@") for part in term_of(size).walk()
    )
