"""Merges of branches: `add { … }`, `concat { … }`, `residual { … }`."""

from __future__ import annotations

from collections.abc import Iterator

from nndsl.backends.torch import chains
from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.place import Kept
from nndsl.backends.torch.table import row_of
from nndsl.emit import build as b
from nndsl.emit.tree import Expr, Name
from nndsl.ir.steps import (
    Body,
    BranchStep,
    IfStep,
    LoopStep,
    MergeStep,
    OpStep,
    Step,
    Value,
)
from nndsl.ops.symbols import is_const


def merge(low: Lowering, step: MergeStep) -> None:
    """The branches, then what joins them."""
    items = list(_settled(low, step.items))
    if all(_static(low, item, step.entry) for item in items):
        _join(low, step, _branches(low, step, items))
    elif _one_more(step, items):
        _extend(low, step, items)
    else:
        _gather(low, step, items)


def _settled(low: Lowering, items: tuple[Step, ...]) -> Iterator[Step]:
    """The items with decided ifs and concrete loops written out."""
    for item in items:
        if isinstance(item, IfStep) and (is_const(item.cond) or not low.plan.general):
            body = item.then if item.taken else item.other
            yield from _settled(low, body.steps if body is not None else ())
        elif isinstance(item, LoopStep) and item.unrolled:
            for turn in item.turns:
                for _ in range(turn.count):
                    yield from _settled(low, turn.body.steps)
        else:
            yield item


def _static(low: Lowering, item: Step, entry: Value | None) -> bool:
    """True where an item is a fixed number of branches."""
    if isinstance(item, LoopStep):
        return False
    if isinstance(item, IfStep):
        return _either(low, item, entry) is not None
    return True


def _either(low: Lowering, item: IfStep, entry: Value | None) -> tuple[Body, Body] | None:
    """Both branches of an `if` that chooses between two runs of modules."""
    found = []
    for side in (item.then, item.other):
        steps = side.steps if side is not None else ()
        if len(steps) != 1 or not isinstance(steps[0], BranchStep):
            return None
        if not chains.fits(low, steps[0].body, entry):
            return None
        found.append(steps[0].body)
    return found[0], found[1]


# ---- a fixed number of branches ----------------------------------------------------------------


def _branches(low: Lowering, step: MergeStep, items: list[Step]) -> list[Value]:
    """Writes every branch; the values at their ends."""
    named = _names(low, step, items)
    values: list[Value] = []
    for item in items:
        if isinstance(item, BranchStep):
            values.append(_branch(low, step, item.body, named.pop(0)))
        elif isinstance(item, IfStep):
            values.append(_choice(low, step, item, named.pop(0)))
        else:
            low.steps((item,))
    return values


def _names(low: Lowering, step: MergeStep, items: list[Step]) -> list[str]:
    """What the branches are called."""
    branches = [item for item in items if isinstance(item, BranchStep | IfStep)]
    if step.residual:
        assert isinstance(branches[0], BranchStep)
        return [chains.content_name(branches[0].body, "body")]
    if len(branches) == 2 and step.op.word == "add":
        return ["main", "shortcut"]
    runs = [b_ for b_ in branches if isinstance(b_, BranchStep) and chains.size(b_.body) > 1]
    kept = [isinstance(b_, IfStep) or _kept(low, step, b_.body) for b_ in branches]
    if len(runs) == 1 or sum(kept) == 1:
        return ["branch"] * len(branches)
    return [f"branch{sum(kept[: i + 1])}" for i in range(len(branches))]


def _kept(low: Lowering, step: MergeStep, body: Body) -> bool:
    """True for a branch that becomes a Sequential of its own."""
    several = step.entry is not None and chains.size(body) > 1
    return several and chains.fits(low, body, step.entry)


def _branch(low: Lowering, step: MergeStep, body: Body, name: str) -> Value:
    """One branch: a Sequential for a run of several layers, else its steps where they stand."""
    assert body.out is not None
    if step.entry is None or not _kept(low, step, body):
        low.inline(body)
        return body.out
    run = chains.Run(low, low.flow.order(step.entry)).body(body)
    ref = low.place.keep(Kept(name, chains.one(run.items), frozen=chains.frozen(body)))
    code = low.flow.read(step.entry)
    low.flow.bind(body.out, b.call(ref, code), run.order)
    return body.out


def _choice(low: Lowering, step: MergeStep, item: IfStep, name: str) -> Value:
    """`A if c else B` as one module."""
    found = _either(low, item, step.entry)
    assert found is not None
    assert step.entry is not None
    then, other = found
    assert then.out is not None
    assert other.out is not None
    end = low.lay(then.out.type)
    given = low.flow.order(step.entry)
    sides = []
    for body in (then, other):
        run = chains.Run(low, given).body(body)
        assert body.out is not None
        run.lie(body.out.type, end)
        sides.append(chains.one(run.items))
    ref = low.place.keep(Kept(name, b.cond(sides[0], low.code(item.cond), sides[1])))
    low.flow.drop(step.entry)  # each side reads it; in the emitted code it is read once
    code = low.flow.read(step.entry)
    result = then.out if then.out.id != step.entry.id else other.out
    if result.id == step.entry.id:
        result = Value(-1 - step.out.id, then.out.type)
    low.flow.uses = {**low.flow.uses, result.id: 1}
    low.flow.bind(result, b.call(ref, code), end)
    return result


def _join(low: Lowering, step: MergeStep, values: list[Value]) -> None:
    from nndsl.backends.torch.walk import op

    if step.residual:
        assert step.entry is not None
        values = [step.entry, *values]
    if len(values) == 1:
        low.alias(step.out, values[0])
        return
    names = ("",) * len(values)
    op(low, OpStep(step.site, step.op, step.settings, tuple(values), names, (step.out,)))


# ---- one branch more under a condition ---------------------------------------------------------


def _one_more(step: MergeStep, items: list[Step]) -> bool:
    """True for branches that are sure (of a concatenation one) and a last one that may be there."""
    *sure, last = items
    if step.op.word not in ("add", "concat") or not isinstance(last, IfStep) or last.other:
        return False
    alone = last.then is not None and len(last.then.steps) == 1
    return (
        alone
        and last.then is not None
        and isinstance(last.then.steps[0], BranchStep)
        and all(isinstance(item, BranchStep) for item in sure)
        and (len(sure) == 1 or (bool(sure) and step.op.word == "add"))
    )


def _extend(low: Lowering, step: MergeStep, items: list[Step]) -> None:
    """`y = self.branch(x)`, then `if self.skip: y = y + x`."""
    from nndsl.backends.torch import sides

    *sure, last = items
    assert isinstance(last, IfStep)
    order = low.lay(step.out.type)
    values = _branches(low, step, sure)
    codes = [low.flow.read(v, low.lay(v.type), inside=len(sure) > 1) for v in values]
    total = b.chain("+", *codes) if len(codes) > 1 else codes[0]
    so_far = Value(-1 - step.out.id, step.out.type)
    low.flow.uses = {**low.flow.uses, so_far.id: 2}
    low.flow.bind(so_far, total, order)
    variable = low.flow.settle(so_far)

    def fill(body: Body | None) -> None:
        for item in body.steps if body is not None else ():
            code = _collected(low, step, item)
            low.flow.out.append(b.assign(variable.id, _with(low, step, variable, code)))

    sides.branch(low, last, fill)
    low.flow.drop(so_far)
    low.flow.drop(so_far)
    low.flow.bind(step.out, variable, order)


def _with(low: Lowering, step: MergeStep, left: Name, right: Expr) -> Expr:
    """Both together."""
    if step.op.word == "add":
        return b.binop(left, "+", right)
    row = row_of(low, OpStep(step.site, step.op, step.settings, (), (), (step.out,)))
    assert row is not None
    assert row.gathered is not None
    return row.gathered(step, b.tup(left, right), low.lay(step.out.type))


# ---- a number of branches that the constructor decides -----------------------------------------


def _gather(low: Lowering, step: MergeStep, items: list[Step]) -> None:
    """Collects the branches in a list, in ifs and loops as they stand."""
    gathered = Name(low.names.variables.fresh("branches"))
    low.flow.settle_all()
    first: list[Expr] = []
    while items and isinstance(items[0], BranchStep):
        before = len(low.flow.out)
        code = _collected(low, step, items.pop(0))
        if first and len(low.flow.out) > before:
            # What stands in the list reads variables as they were ahead of this branch's lines.
            low.flow.out.insert(before, b.assign(gathered, b.lst(*first)))
            low.flow.out.append(b.do(b.call(b.attr(gathered, "append"), code)))
            break
        first.append(code)
    else:
        low.flow.out.append(b.assign(gathered, b.lst(*first)))
    for item in items:
        _collect(low, step, item, gathered)
    op, order = step.op.word, low.lay(step.out.type)
    row = row_of(low, OpStep(step.site, step.op, step.settings, (), (), (step.out,)))
    if row is None or row.gathered is None:
        low.unsayable(step.site, f"`{op}` of a number of branches that settings decide")
        low.flow.bind(step.out, gathered, order)
        return
    low.flow.bind(step.out, row.gathered(step, gathered, order), order)


def _collected(low: Lowering, step: MergeStep, item: Step) -> Expr:
    """One branch as a part of the list."""
    assert isinstance(item, BranchStep)
    value = _branch(low, step, item.body, "branch")
    return low.flow.read(value, low.lay(value.type), inside=False)


def _collect(low: Lowering, step: MergeStep, item: Step, gathered: Name) -> None:
    if isinstance(item, BranchStep):
        code = _collected(low, step, item)
        low.flow.out.append(b.do(b.call(b.attr(gathered, "append"), code)))
    elif isinstance(item, IfStep):
        _collect_if(low, step, item, gathered)
    elif isinstance(item, LoopStep):
        _collect_loop(low, step, item, gathered)
    else:
        low.steps((item,))


def _collect_if(low: Lowering, step: MergeStep, item: IfStep, gathered: Name) -> None:
    from nndsl.backends.torch import sides

    def fill(body: Body | None) -> None:
        for inner in _settled(low, body.steps if body is not None else ()):
            _collect(low, step, inner, gathered)

    sides.branch(low, item, fill)


def _collect_loop(low: Lowering, step: MergeStep, item: LoopStep, gathered: Name) -> None:
    from nndsl.backends.torch import loops

    def fill(body: Body) -> None:
        for inner in _settled(low, body.steps):
            _collect(low, step, inner, gathered)

    loops.branches(low, item, fill)
