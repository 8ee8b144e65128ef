"""`if`: a module or nn.Identity where both sides are chains, else statements in both places."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nndsl.backends.torch import chains
from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.place import BlockPlace, ClassPlace, Kept, Place, SidePlace
from nndsl.backends.torch.uses import side_reads
from nndsl.emit import build as b
from nndsl.emit.tree import Expr, If, Name, Stmt, Unary
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import Body, BranchStep, IfStep, OpStep, UseStep, Value
from nndsl.ops.symbols import is_const


def choose(low: Lowering, step: IfStep) -> None:
    """An `if` of a sequence."""
    if is_const(step.cond) or not low.plan.general:
        _resolved(low, step)
    elif _is_module(low, step):
        _module(low, step)
    else:
        _statements(low, step)


def _resolved(low: Lowering, step: IfStep) -> None:
    body = step.then if step.taken else step.other
    if body is None:
        low.alias(step.out, step.entry)
        return
    low.inline(body)
    low.alias(step.out, body.out)


def _is_module(low: Lowering, step: IfStep) -> bool:
    given = [body for body in (step.then, step.other) if body is not None]
    return (
        step.out is not None
        and step.entry is not None
        and bool(given)
        and all(chains.fits(low, body, step.entry) for body in given)
    )


def _module(low: Lowering, step: IfStep) -> None:
    assert step.entry is not None
    assert step.out is not None
    run = chains.Run(low, low.flow.order(step.entry))
    run.step(step)
    ref = low.place.keep(Kept(_name(step), chains.one(run.items)))
    low.flow.drop(step.entry)  # each side reads it; in the emitted code it is read once
    code = low.flow.read(step.entry)
    low.flow.bind(step.out, b.call(ref, code), run.order)


def _name(step: IfStep) -> str:
    """By what the chosen side does: `attention`, the only layer's name, else `optional`."""
    for body in (step.then, step.other):
        if body is not None and body.steps and not _is_identity(body):
            only = getattr(body.steps[0], "site", step.site).name if len(body.steps) == 1 else ""
            return str(only) or chains.content_name(body, "optional")
    return "optional"


# ---- statements --------------------------------------------------------------------------------


def condition(low: Lowering, step: IfStep) -> tuple[Expr, Expr]:
    """The condition in the constructor and, stored, in `forward`."""
    code = low.code(step.cond)
    if isinstance(code, Name):
        return code, low.keep_data(code.id, code)
    return code, low.keep_condition(lambda: _asked(low, step), code)


def _asked(low: Lowering, step: IfStep) -> str:
    """What a stored condition is called: `skip` where it adds a branch that changes nothing,
    `residual` where it only adds a value, `project` where layers make that value and else do not,
    `nested` and `leaf` in a recursion, else by the layer that it brings (`has_attention`)."""
    body = step.then if step.then is not None else step.other
    only = body.steps[0] if body is not None and len(body.steps) == 1 else None
    if isinstance(only, BranchStep) and _is_identity(only.body):
        return "skip"
    if _contains_itself(low, step.then):
        return "nested"
    if _contains_itself(low, step.other):
        return "leaf" if step.then is not None else "ends"
    sums = _sum(step.then), _sum(step.other)
    if sums[0] == "residual" or sums == ("project", "residual"):
        return str(sums[0])
    inner = all_steps(body.steps if body is not None else ())
    first = next((s for s in inner if isinstance(s, OpStep | UseStep) and not s.owner), None)
    if first is None:
        return "chosen"
    return ("has_" if step.then is not None else "lacks_") + first.site.name.rstrip("0123456789")


def _is_identity(body: Body) -> bool:
    return all(isinstance(s, OpStep) and s.op.word == "identity" for s in body.steps)


def _sum(body: Body | None) -> str | None:
    """`residual` for a side that only adds or subtracts values, `project` for one that makes them
    by layers first, None for one that ends in no sum."""
    last = body.steps[-1] if body is not None and body.steps else None
    if body is None or not isinstance(last, OpStep) or last.op.word not in ("add", "subtract"):
        return None
    inner = all_steps(body.steps)
    layers = any(isinstance(s, UseStep) or (isinstance(s, OpStep) and s.weights) for s in inner)
    return "project" if layers else "residual"


def _contains_itself(low: Lowering, body: Body | None) -> bool:
    """True where a body uses the block that is being written."""
    inner = all_steps(body.steps if body is not None else ())
    own = low.plan.definition
    return any(isinstance(s, UseStep) and s.instance.definition is own for s in inner)


def _statements(low: Lowering, step: IfStep) -> None:
    """Statements in the constructor and in `forward`; both sides end in one variable."""
    variable = low.flow.settle(step.entry) if step.entry and step.out else None
    ends: list[Expr | None] = []
    test, sides = _both(low, step, lambda body: ends.append(_side(low, step, body)))
    name = _target(low, variable) if step.out is not None else None
    for out, end in zip(sides, ends, strict=True):
        if name is not None and end is not None and end != name:
            out.append(b.assign(name, end))
    low.flow.out.append(_if(test, sides[0], sides[1]))
    if step.out is not None and name is not None:
        low.flow.bind(step.out, name, low.lay(step.out.type))


def branch(low: Lowering, step: IfStep, fill: Callable[[Body | None], None]) -> None:
    """An `if` among branches: `fill` writes a side."""
    test, sides = _both(low, step, fill)
    low.flow.out.append(_if(test, sides[0], sides[1]))


def _both(
    low: Lowering, step: IfStep, fill: Callable[[Body | None], None]
) -> tuple[Expr, list[list[Stmt]]]:
    """Writes both sides; the condition in `forward`, and its statements there."""
    made, run = condition(low, step)
    low.flow.settle_all()
    sides: list[list[Stmt]] = []
    places: list[Place] = []
    for body, then in ((step.then, True), (step.other, False)):
        place, out = _place(low, made, then), list[Stmt]()
        with low.at(place, out), low.flow.apart(side_reads(step, False) if then else ()):
            fill(body)
        sides.append(out)
        places.append(place)
    if isinstance(places[0], BlockPlace) and any(place.init for place in places):
        low.place.init.append(_if(made, places[0].init, places[1].init))
    return run, sides


def _target(low: Lowering, variable: Expr | None) -> Name:
    """The variable that holds the flow after both sides: the one before, if nobody reads that."""
    if isinstance(variable, Name) and low.flow.is_free(variable.id):
        return variable
    return Name(low.flow.free())


def _place(low: Lowering, made: Expr, then: bool) -> Place:
    if isinstance(low.place, ClassPlace | BlockPlace):
        return BlockPlace(low.place)
    return SidePlace(low.place, made, then)


def _if(test: Expr, then: Sequence[Stmt], other: Sequence[Stmt]) -> If:
    if not then and other:
        return If(Unary("not", test), tuple(other), ())
    return If(test, tuple(then), tuple(other))


def _side(low: Lowering, step: IfStep, body: Body | None) -> Expr | None:
    """Writes one side; its flow at the end."""
    if body is not None:
        low.inline(body)
    end: Value | None = step.entry if body is None else body.out
    if step.out is None or end is None:
        return None
    return low.flow.read(end, low.lay(end.type), inside=False)
