"""Loops: a Sequential where a round is a chain, else parallel lists that `forward` walks."""

from __future__ import annotations

from collections.abc import Callable

from nndsl.backends.torch import chains
from nndsl.backends.torch.flow import TEMPORARIES
from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.place import Kept, LoopPlace
from nndsl.backends.torch.uses import outside, reads
from nndsl.emit import build as b
from nndsl.emit.tree import Assign, Const, Expr, For, Name, Stmt, TupleE
from nndsl.emit.walk import names
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import Body, Carried, LoopStep, PopStep, PushStep, Turn, Value
from nndsl.ops.symbols import Term, is_const, variables
from nndsl.syntax.ast import Target


def loop(low: Lowering, step: LoopStep) -> None:
    """`for` and `repeat`."""
    if step.unrolled:
        _rounds(low, step)
    else:
        _one(low, step)


def _rounds(low: Lowering, step: LoopStep) -> None:
    """A concrete loop: what differs is written out, equal rounds stay a loop."""
    flow = step.entry
    for turn in step.turns:
        end = turn.body.out
        if turn.count == 1:
            low.alias(turn.entry, flow)
            low.inline(turn.body)
        else:
            single = step._replace(turns=(turn,), entry=flow, out=end, kind="repeat")
            _one(low, single)
        flow = end
    low.alias(step.out, flow)


def _one(low: Lowering, step: LoopStep) -> None:
    turn = step.turns[0]
    if step.entry is not None and step.out is not None and chains.fits(low, turn.body, turn.entry):
        _sequential(low, step)
    else:
        _lists(low, step)


def _sequential(low: Lowering, step: LoopStep) -> None:
    assert step.entry is not None
    assert step.out is not None
    code = low.flow.read(step.entry, low.lay(step.entry.type))
    name = chains.loop_name(step)
    frozen = chains.frozen(step.turns[0].body)
    written = chains.written_out(low, step)
    element = chains.loop_element(low, step) if written is None else None
    if written is not None:
        ref = low.place.keep(Kept(name, chains.one(written), frozen=frozen))
    elif element is not None:
        ref = low.place.keep(Kept(name, element, frozen=frozen))
    else:
        made = low.place.keep_list(Kept(name, Const(None), "nn.Sequential", frozen))
        chains.fill(low, step, made.made)
        ref = made.run
    low.flow.bind(step.out, b.call(ref, code), low.lay(step.out.type), seam=True)


# ---- the head of a loop ------------------------------------------------------------------------


def header(low: Lowering, step: LoopStep) -> tuple[Expr, Expr, Callable[[], None]]:
    """Target and iterable in the constructor, and what ends the loop variables' scope."""
    if step.kind == "repeat" or step.unrolled:
        count: Expr = low.code(step.over) if not step.unrolled else Const(step.turns[0].count)
        return Name("_"), b.call(Name("range"), count), lambda: None
    saved = dict(low.vars)
    target = b.target(*(_target(low, t) for t in step.targets))

    def reset() -> None:
        for name in list(low.vars):
            if name not in saved:
                del low.vars[name]

    return target, low.formulas.code(step.over), reset


def _target(low: Lowering, target: Target) -> Expr:
    if target.parts:
        return TupleE(tuple(_target(low, part) for part in target.parts))
    if target.name == "_":
        return Name("_")
    name = low.names.locals.fresh(target.name)
    low.vars[target.name] = Name(name)
    return Name(name)


def used_target(target: Expr, mentioned: frozenset[str]) -> Expr:
    """The target with `_` for what nothing reads."""
    if isinstance(target, TupleE):
        return TupleE(tuple(used_target(item, mentioned) for item in target.items))
    assert isinstance(target, Name), target
    return target if target.id in mentioned else Name("_")


# ---- dimensions that change from round to round ------------------------------------------------


def begin_carried(low: Lowering, step: LoopStep) -> list[Stmt]:
    """`channels = 64` before the loop; dropped later where nothing reads it."""
    made = []
    for carried in step.carried:
        before = low.code(carried.before)
        name = low.names.locals.fresh(_hinted(low, carried.hint or "size"))
        made.append((carried, b.assign(name, before), name))
    for carried, _, name in made:
        low.vars[carried.name] = low.vars[f"{carried.name}!"] = Name(name)
    return [statement for _, statement, _ in made]


BRIEF = {"height": "h", "width": "w", "length": "t", "depth": "d"}


def _hinted(low: Lowering, hint: str) -> str:
    """A size's name; the user's own numbers go first: `h` and `w` beside a `width` of theirs."""
    brief = BRIEF.get(hint, hint)
    return brief if low.words & BRIEF.keys() and brief not in low.words else hint


def end_carried(low: Lowering, step: LoopStep) -> list[Stmt]:
    """`channels = 256 * 2**i` at the end of a round, in an order that reads old values first."""
    left = list(step.carried)
    statements: list[Stmt] = []
    while left:
        free = next((c for c in left if not _read_by_others(c, left)), None)
        if free is None:
            targets = b.target(*(low.var(c.name) for c in left))
            statements.append(Assign((targets,), b.tup(*(low.code(c.after) for c in left))))
            break
        left.remove(free)
        statements.append(Assign((low.var(free.name),), low.code(free.after)))
    return statements


def _read_by_others(carried: Carried, left: list[Carried]) -> bool:
    return any(carried.name in variables(c.after) for c in left if c is not carried)


# ---- rounds that are no chain ------------------------------------------------------------------


def _lists(low: Lowering, step: LoopStep) -> None:
    turn = step.turns[0]
    head = _enter(low, step, turn)

    def fill(body: Body) -> None:
        if head is not None and turn.entry is not None:
            low.flow.bind(turn.entry, Name(head), low.lay(turn.entry.type))
        low.inline(body)
        _leave(low, step, turn, head)

    branches(low, step, fill)
    if step.entry is not None and _same(step, turn):
        low.flow.resume(step.entry)
    if step.out is not None and head is not None:
        low.flow.bind(step.out, Name(head), low.lay(step.out.type))


def _same(step: LoopStep, turn: Turn) -> bool:
    """True where the flow of a round has the number of the value before the loop (concrete)."""
    return step.entry is not None and turn.entry is not None and step.entry.id == turn.entry.id


def branches(low: Lowering, step: LoopStep, fill: Callable[[Body], None]) -> None:
    """The loop in the constructor and in `forward`; `fill` writes a round."""
    turn = step.turns[0]
    held = outside(turn.body) - ({turn.entry.id} if turn.entry and step.out else set())
    low.flow.hold(held)
    place, out = LoopPlace(low.place, low.names), list[Stmt]()
    before = begin_carried(low, step)
    target, source, reset = header(low, step)
    outer, low.role = low.role, _role(turn.body) or low.role
    with low.at(place, out):
        fill(turn.body)
    low.role = outer
    place.init += end_carried(low, step)
    reset()
    low.flow.release(held)
    low.place.init += before
    if place.init:
        body = tuple(place.init)
        low.place.init.append(For(used_target(target, names(*body)), source, body))
    goal, over = _walk(low, step, place)
    low.flow.out.append(For(goal, over, tuple(out)))


def _role(body: Body) -> str:
    """`down` for rounds that push, `up` for rounds that pop."""
    steps = list(all_steps(body.steps))
    if any(isinstance(s, PopStep) for s in steps):
        return "up"
    return "down" if any(isinstance(s, PushStep) for s in steps) else ""


def _enter(low: Lowering, step: LoopStep, turn: Turn) -> str | None:
    """The flow in a variable that the rounds pass on."""
    low.flow.settle_all()
    if step.entry is None or turn.body.out is None:
        return None
    order = low.lay(step.entry.type)
    code = low.flow.read(step.entry, order, inside=False, again=turn.entry)
    if _same(step, turn):
        inner = sum(read == step.entry.id for read in reads((step,)))
        low.flow.suspend(step.entry, inner)
    name = _head(low, code)
    if code != Name(name):
        low.flow.out.append(b.assign(name, code))
    return name


def _head(low: Lowering, code: Expr) -> str:
    """The variable that the entry lies in, if nobody else reads it and it is no input's."""
    own = isinstance(code, Name) and (code.id in TEMPORARIES or code.id not in low.ports)
    if own and isinstance(code, Name) and low.flow.is_free(code.id):
        return code.id
    return low.flow.free()


def _leave(low: Lowering, step: LoopStep, turn: Turn, head: str | None) -> None:
    """The end of a round: its result goes where the next one begins."""
    end: Value | None = turn.body.out
    if end is None or head is None:
        return
    code = low.flow.read(end, low.lay(end.type), inside=False, again=step.out)
    if code != Name(head):
        low.flow.out.append(b.assign(head, code))


def _walk(low: Lowering, step: LoopStep, place: LoopPlace) -> tuple[Expr, Expr]:
    """Target and iterable of the loop in `forward`."""
    if not place.walks:
        return Name("_"), b.call(Name("range"), _count(low, step))
    if len(place.walks) == 1:
        variable, source = place.walks[0]
        return Name(variable), source
    variables_ = [variable for variable, _ in place.walks]
    return b.target(*variables_), b.call(Name("zip"), *(source for _, source in place.walks))


def _count(low: Lowering, step: LoopStep) -> Expr:
    """How many rounds, in `forward`."""
    if step.unrolled:
        return Const(step.turns[0].count)
    term = step.over if step.kind == "repeat" else Term("call", ("len", step.over))
    if is_const(step.over):
        return low.code(term)
    return low.run_term(term, "rounds", "", step.site.name)
