"""`add { body; if c { Conv } else { identity } }`: the body in the flow, beside it a shortcut."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.keras.flow import Live
from nndsl.backends.keras.merging import single_branches
from nndsl.backends.keras.writer import Writer
from nndsl.emit import build as b
from nndsl.emit.tree import Assign, Expr, If, Name, Stmt
from nndsl.ir.steps import Body, BranchStep, IfStep, MergeStep, OpStep, UseStep, Value

NAME = "shortcut"


class Parts(NamedTuple):
    """The body, the `if`, and its two sides: at most one layer or block each."""

    main: Body
    choice: IfStep
    sides: tuple[Body, Body]


def shortcut_parts(step: MergeStep) -> Parts | None:
    """The parts of such a merge; None for any other."""
    if len(step.items) != 2 or step.residual or step.op.word != "add":
        return None
    first, choice = step.items
    if not isinstance(first, BranchStep) or not isinstance(choice, IfStep):
        return None
    if not single_branches(choice) or choice.then is None or choice.other is None:
        return None
    sides = tuple(
        side.steps[0].body
        for side in (choice.then, choice.other)
        if isinstance(side.steps[0], BranchStep)
    )
    if len(sides) != 2 or not all(map(_short, sides)):
        return None
    return Parts(first.body, choice, (sides[0], sides[1]))


def _short(side: Body) -> bool:
    return len(side.steps) == 0 or (
        len(side.steps) == 1 and isinstance(side.steps[0], OpStep | UseStep)
    )


def write_shortcut(
    writer: Writer, step: MergeStep, live: Live, parts: Parts
) -> tuple[Value, Value]:
    """Writes both; gives the values that are added."""
    frame, flow = writer.frame, writer.flow
    made = parts.main.out
    assert made is not None
    if step.entry is not None and flow.of(step.entry) not in _ports(writer):
        frame.prefer.setdefault(flow.of(step.entry), "residual")
    writer.body(parts.main)
    frame.pinned.add(flow.of(made))
    near = () if step.entry is None else (step.entry,)
    test = writer.formula(parts.choice.cond, near)
    out = Value(-parts.choice.site.span.start - 1, made.type)
    flow.note(out)
    name = frame.free(NAME, live)
    state, ends, codes = frame.snapshot(), [], list[list[Stmt]]()
    for side in parts.sides:
        frame.restore(state)
        with frame.block() as code:
            _write_side(writer, side, name, live)
        codes.append(code)
        ends.append(frame.snapshot())
    frame.meet(ends)
    frame.add(*_chosen(test, codes, name))
    frame.put(out, name)
    frame.pinned.discard(flow.of(made))
    return made, out


def _ports(writer: Writer) -> set[int]:
    return {writer.flow.of(port.value) for port in writer.plan.body.inputs}


def _write_side(writer: Writer, side: Body, name: str, live: Live) -> None:
    assert side.out is not None
    if any(not isinstance(step, OpStep) or step.op.word != "identity" for step in side.steps):
        writer.frame.prefer[writer.flow.of(side.out)] = name
    writer.body(side)
    writer.frame.move(side.out, name, live)


def _chosen(test: Expr, codes: list[list[Stmt]], name: str) -> list[Stmt]:
    """`shortcut = inputs`, and under the condition what it is else."""
    then, other = codes
    if _copies(other, name):
        return [*other, If(test, tuple(then))]
    if _copies(then, name):
        return [*then, If(b.not_(test), tuple(other))]
    return [If(test, tuple(then), tuple(other))]


def _copies(code: list[Stmt], name: str) -> bool:
    """True for nothing but `shortcut = variable`."""
    return (
        len(code) == 1
        and isinstance(code[0], Assign)
        and (code[0].targets == (Name(name),) and isinstance(code[0].value, Name))
    )
