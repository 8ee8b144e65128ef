"""Merges, branches and loops of one function."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.flow import Live
from nndsl.backends.keras.formulas import iterated
from nndsl.backends.keras.frame import FLOW
from nndsl.backends.keras.merging import (
    decided,
    gathers,
    is_entry,
    optional_parts,
    single_branches,
    spliced,
)
from nndsl.backends.keras.reading import names_in
from nndsl.backends.keras.shortcuts import shortcut_parts, write_shortcut
from nndsl.backends.keras.writer import Handler, Writer
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Expr, ExprStmt, For, If, ListE, Name, Stmt, TupleE
from nndsl.ir.steps import (
    Body,
    BranchStep,
    IfStep,
    LoopStep,
    MergeStep,
    OpStep,
    Step,
    Turn,
    Value,
)
from nndsl.ops import symbols
from nndsl.syntax import ast

INDICES = ("i", "j", "k", "m", "n", "p", "q")


# ---- merges ----------------------------------------


def write_merge(writer: Writer, step: Step) -> None:
    assert isinstance(step, MergeStep)
    live = writer.flow.after(step)
    following = writer.following
    step = step._replace(items=tuple(spliced(step.items)))
    if beside := shortcut_parts(step):
        both = write_shortcut(writer, step, live, beside)
        writer.following = following
        _join(writer, step, live, both)
        return
    parts = optional_parts(step)
    _name_values(writer, step, live, branches=parts is None)
    if parts:
        _write_optional(writer, step, live, parts)
        return
    if any(gathers(item) for item in step.items):
        _write_gathered(writer, step, live)
        return
    outs: list[Value] = []
    for item in step.items:
        if isinstance(item, BranchStep):
            writer.body(item.body)
            assert item.body.out is not None
            outs.append(item.body.out)
        elif isinstance(item, IfStep) and (chosen := single_branches(item)):
            outs.append(_write_choice(writer, item, chosen))
            writer.frame.pinned.add(outs[-1].id)
        else:
            writer.steps((item,))
    if step.residual and step.entry is not None:
        outs.insert(0, step.entry)
    writer.frame.pinned -= {out.id for out in outs}
    writer.following = following
    _join(writer, step, live, tuple(outs))


def _name_values(writer: Writer, step: MergeStep, live: Live, branches: bool) -> None:
    """Readable variables for what a merge keeps: the entry, and all branches but the last that
    makes something."""
    flow, prefer = writer.flow, writer.frame.prefer
    entry = -1 if step.entry is None else flow.of(step.entry)
    if entry >= 0 and entry not in {flow.of(port.value) for port in flow.instance.inputs}:
        prefer.setdefault(entry, "residual" if step.op.word == "add" else "skip")
    items = [item for item in step.items if isinstance(item, BranchStep | IfStep)]
    taken = writer.frame.holds.get("branch1") in live | writer.frame.pinned
    inner = "left" if len(items) == 2 else "inner"
    while branches and items and is_entry(items[-1], entry, writer.flow.of):
        items.pop()
    for number, item in enumerate(items[:-1] if branches else (), 1):
        if isinstance(item, BranchStep) and item.body.out is not None:
            made = flow.of(item.body.out)
            if made != entry and not flow.label(item.body.out):
                prefer.setdefault(made, inner if taken else f"branch{number}")


def _write_choice(writer: Writer, item: IfStep, ends: tuple[Value, Value]) -> Value:
    """One branch or the other, as one value in the flow's variable."""
    bodies = tuple(
        side.steps[0].body
        for side in (item.then, item.other)
        if side is not None and isinstance(side.steps[0], BranchStep)
    )
    out = Value(-item.site.span.start - 1, ends[0].type)
    writer.flow.note(out)
    _write_sides(writer, item, bodies, out)
    return out


def _write_optional(
    writer: Writer, step: MergeStep, live: Live, parts: tuple[BranchStep, IfStep, BranchStep]
) -> None:
    """`x = a`, and under the condition `x = layers.add([x, b])`."""
    first, choice, second = parts
    frame = writer.frame
    assert first.body.out is not None
    assert second.body.out is not None
    test_near = () if step.entry is None else (step.entry,)
    writer.body(first.body)
    made = writer.flow.of(first.body.out)
    frame.settle(first.body.out, writer.flow.before(choice) - {made} | live)
    frame.pinned.add(made)
    test = writer.formula(choice.cond, test_near)
    state = frame.snapshot()
    with frame.block() as code:
        writer.body(second.body)
        frame.pinned.discard(made)
        _join(writer, step, live, (first.body.out, second.body.out))
        frame.move(step.out, FLOW, live)
    frame.meet([state, frame.snapshot()])
    frame.add(If(test, tuple(code)))
    frame.drop(FLOW)
    frame.put(step.out, FLOW)


def _write_gathered(writer: Writer, step: MergeStep, live: Live) -> None:
    """Branches whose number the arguments decide: a list that loops and ifs append to."""
    frame = writer.frame
    entry = frozenset(() if step.entry is None else (writer.flow.of(step.entry),))
    if frame.holds.get(FLOW) in entry:
        frame.save(FLOW, entry)
    name = frame.reserve("branches")
    saved, writer.gathered = writer.gathered, name
    outs: list[Expr] = []
    if step.residual and step.entry is not None:
        outs.append(writer.read(step.entry))
    frame.add(b.assign(name, ListE(tuple(outs))))
    for item in step.items:
        writer.steps((item,))
    writer.gathered = saved
    _join(writer, step, live, (), Name(name))
    frame.taken.discard(name)


def write_branch(writer: Writer, step: Step) -> None:
    """A branch of a merge that gathers."""
    assert isinstance(step, BranchStep)
    writer.body(step.body)
    assert step.body.out is not None
    value = writer.read(step.body.out)
    frame = writer.frame
    last = frame.code[-1] if frame.code else None
    made = frame.assigned(last, value)
    kept = writer.flow.of(step.body.out) in writer.flow.after(step)
    if (
        made is not None
        and not kept
        and writer.fits(b.call(b.attr(writer.gathered, "append"), made))
    ):
        frame.code.pop()
        value = made
    frame.add(ExprStmt(b.call(b.attr(writer.gathered, "append"), value)))


def _join(
    writer: Writer, step: MergeStep, live: Live, outs: tuple[Value, ...],
    listed: Expr | None = None,
) -> None:  # fmt: skip
    if len(outs) == 1 and listed is None:
        name = writer.read(outs[0])
        if isinstance(name, Name) and writer.flow.of(outs[0]) not in live:
            writer.frame.put(step.out, name.id)
        else:
            writer.store(step.out, name, live)
        return
    op = OpStep(step.site, step.op, step.settings, outs or (step.out,), ("",) * max(len(outs), 1),
                (step.out,))  # fmt: skip
    writer.goal(op, live)
    expr = writer.spell_merge(op, listed)
    before = () if step.entry is None else (step.entry,)
    writer.store(step.out, expr, live, writer.comment(step.out, before))


# ---- branches ----------------------------------------


def write_if(writer: Writer, step: Step) -> None:
    assert isinstance(step, IfStep)
    chosen = decided(step)
    if chosen is not None:
        writer.body(chosen)
        if step.out is not None and chosen.out is not None:
            _alias(writer, step.out, chosen.out, step)
        return
    if step.then is None and step.other is None:
        return
    _write_sides(writer, step, (step.then, step.other), step.out)


def _alias(writer: Writer, out: Value, made: Value, step: Step) -> None:
    """The flow after braces is the flow at their end."""
    live = writer.flow.after(step)
    if writer.flow.of(out) == writer.flow.of(made):
        return
    value = writer.read(made)
    if isinstance(value, Name) and writer.flow.of(made) not in live:
        writer.frame.put(out, value.id)
    else:
        writer.store(out, value, live)


def _write_sides(
    writer: Writer, step: IfStep, bodies: Sequence[Body | None], out: Value | None
) -> None:
    frame, live = writer.frame, writer.flow.after(step)
    entry = step.entry
    test = writer.formula(step.cond, () if entry is None else (entry,))
    keep = writer.flow.before(step)
    if entry is not None:
        keep = keep - {writer.flow.of(entry)} | (live & {writer.flow.of(entry)})
    frame.settle(entry if out is not None else None, keep)
    state, sides = frame.snapshot(), list[list[Stmt]]()
    ends = []
    for body in bodies:
        frame.restore(state)
        with frame.block() as code:
            if body is not None:
                writer.body(body)
                if out is not None and body.out is not None:
                    frame.move(body.out, FLOW, live)
        sides.append(code)
        ends.append(frame.snapshot())
    frame.meet(ends)
    frame.add(*_if(test, sides))
    if out is not None:
        frame.drop(FLOW)
        frame.put(out, FLOW)


def _if(test: Expr, sides: Sequence[list[Stmt]]) -> list[Stmt]:
    then, other = (tuple(side) for side in (*sides, [])[:2])
    if then:
        return [If(test, then, other)]
    return [If(b.not_(test), other)] if other else []


# ---- loops ----------------------------------------


def write_loop(writer: Writer, step: Step) -> None:
    assert isinstance(step, LoopStep)
    if not step.unrolled:
        _write_general(writer, step, step.turns[0])
        return
    number = 0
    _settle(writer, step)
    for turn in step.turns:
        writer.frame.save(FLOW, writer.flow.around(step) if number else frozenset())
        if turn.count == 1:
            with writer.at_index(b.const(number)):
                _round(writer, step, turn)
        else:
            _write_rounds(writer, step, turn, number)
        number += turn.count
    writer.frame.save(FLOW, writer.flow.after(step))
    _after(writer, step)


def _settle(writer: Writer, step: LoopStep) -> None:
    entry = step.entry if step.out is not None else None
    writer.frame.settle(entry, writer.flow.around(step))


def _round(writer: Writer, step: LoopStep, turn: Turn) -> None:
    if turn.entry is not None and step.out is not None:
        writer.frame.put(turn.entry, FLOW)
    writer.body(turn.body)
    if turn.body.out is not None:
        writer.frame.move(turn.body.out, FLOW, writer.flow.around(step))


def _write_rounds(writer: Writer, step: LoopStep, turn: Turn, first: int) -> None:
    """Equal rounds of a loop that is written out otherwise: `for i in range(first, last)`."""
    index = _index(writer)
    bounds = (turn.count,) if first == 0 else (first, first + turn.count)
    code = _loop_body(writer, step, turn, index)
    writer.frame.add(For(Name(_used(index, code)), b.call("range", *bounds), tuple(code)))


def _write_general(writer: Writer, step: LoopStep, turn: Turn) -> None:
    frame = writer.frame
    near = () if step.entry is None else (step.entry,)
    over = _over(writer, step, near)
    _settle(writer, step)
    names = [name for target in step.targets for name in _flat(target)]
    frame.taken.update(writer.settings[name] for name in names)
    for carried in step.carried:
        if turn.entry is not None:
            writer.anchors[symbols.var(carried.name)] = (turn.entry, carried.axis)
    own = _own_index(writer, step)
    index = own or _index(writer)
    code = _loop_body(writer, step, turn, index)
    frame.add(_for(writer, step, over, index, code, bool(own)))
    for carried in step.carried:
        if step.out is not None:
            writer.anchors[symbols.var(f"{carried.name}!")] = (step.out, carried.axis)
    _after(writer, step)


def _over(writer: Writer, step: LoopStep, near: tuple[Value, ...]) -> Expr:
    if step.kind == "repeat":
        return b.call("range", writer.formula(step.over, near))
    return iterated(step.over, lambda leaf: writer.resolve(leaf, near))


def _loop_body(writer: Writer, step: LoopStep, turn: Turn, index: str) -> list[Stmt]:
    frame = writer.frame
    state = frame.snapshot()
    frame.taken.add(index)
    with frame.block() as code, writer.at_index(Name(index)):
        _round(writer, step, turn)
    frame.taken.discard(index)
    frame.meet([state, frame.snapshot()])
    return code


def _after(writer: Writer, step: LoopStep) -> None:
    if step.out is not None:
        writer.frame.drop(FLOW)
        writer.frame.put(step.out, FLOW)


def _index(writer: Writer) -> str:
    """A short name that nothing else has; sequential loops share it."""
    return next(name for name in INDICES if name not in writer.frame.taken)


def _own_index(writer: Writer, step: LoopStep) -> str:
    """The loop variable that already counts the turns: `enumerate(…)`'s, or `range(n)`'s."""
    over = step.over
    if step.kind == "repeat" or not step.targets or over.op != "call":
        return ""
    names = [target.name for target in step.targets]
    if over.args[0] == "enumerate" and len(step.targets) == 2 and names[0] not in ("", "_"):
        return writer.settings[names[0]]
    if over.args[0] == "range" and len(over.args) == 2 and names[0] not in ("", "_"):
        return writer.settings[names[0]]
    return ""


def _for(
    writer: Writer, step: LoopStep, over: Expr, index: str, code: list[Stmt], own: bool
) -> For:
    if step.kind == "repeat":
        return For(Name(_used(index, code)), over, tuple(code))
    targets = tuple(_target(writer, target) for target in step.targets)
    goal = targets[0] if len(targets) == 1 else TupleE(targets)
    if own or index not in names_in(code):
        return For(goal, over, tuple(code))
    counted = Call(Name("enumerate"), (over,))
    return For(TupleE((Name(index), goal)), counted, tuple(code))


def _used(index: str, code: Sequence[Stmt]) -> str:
    return index if index in names_in(code) else "_"


def _target(writer: Writer, target: ast.Target) -> Expr:
    if target.parts:
        return TupleE(tuple(_target(writer, part) for part in target.parts))
    return Name(writer.settings.get(target.name, target.name))


def _flat(target: ast.Target) -> list[str]:
    if target.parts:
        return [name for part in target.parts for name in _flat(part)]
    return [target.name]


BRANCHING: dict[type, Handler] = {
    MergeStep: write_merge, BranchStep: write_branch, IfStep: write_if, LoopStep: write_loop,
}  # fmt: skip
