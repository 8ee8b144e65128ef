"""Straight runs of modules: which bodies are one, and the list of modules that they become."""

from __future__ import annotations

from nndsl.backends.torch.layout import Order, permutation
from nndsl.backends.torch.lower import Lowering, result_order
from nndsl.backends.torch.place import Kept, Place
from nndsl.backends.torch.table import row_of
from nndsl.backends.torch.uses import reads
from nndsl.backends.torch.uses_of import class_call
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.names import plural
from nndsl.emit.tree import Call, Clause, Comp, Cond, Expr, For, Name, Starred, Stmt
from nndsl.emit.walk import names
from nndsl.ir.steps import (
    AssertStep,
    Body,
    GroupStep,
    GuardStep,
    IfStep,
    LetStep,
    LoopStep,
    OpStep,
    Step,
    UseStep,
    Value,
)
from nndsl.ops.base import Type
from nndsl.ops.symbols import is_const

NUMBERS = (LetStep, GuardStep)  # steps of the constructor alone

# ---- which bodies are chains -------------------------------------------------------------------


def fits(low: Lowering, body: Body | None, entry: Value | None) -> bool:
    """True where a body takes its entry through modules of one operand, each used once."""
    if body is None or entry is None or body.out is None:
        return False
    return _run(low, body, entry.id) == body.out.id and len(_frozen(body)) <= 1


def _run(low: Lowering, body: Body, current: int) -> int | None:
    """The value at the end of a chain; None where the steps are none."""
    entry = current
    for step in body.steps:
        if isinstance(step, LetStep) and step.name in low.measured.running:
            return None
        if isinstance(step, NUMBERS) or (isinstance(step, AssertStep) and not step.open):
            continue
        following = _link(low, step, current)
        if following is None or (current != entry and not _only_here(low, step, current)):
            return None
        current = following
    return current


def _only_here(low: Lowering, step: Step, value: int) -> bool:
    """True where nothing but this step reads a value."""
    return low.uses[value] == sum(read == value for read in reads((step,)))


def _link(low: Lowering, step: Step, current: int) -> int | None:
    """The value that a step makes of the current one; None where it is no link of a chain."""
    match step:
        case OpStep():
            return _op_link(low, step, current)
        case UseStep(ins=ins, outs=outs, owner=owner):
            fitting = not owner and len(ins) == 1 and len(outs) == 1 and ins[0].id == current
            fitting = fitting and outs[0].id not in low.final_ids
            return outs[0].id if fitting else None
        case GroupStep(body=body, out=out):
            end = _run(low, body, current)
            return out.id if out is not None and end is not None else None
        case IfStep():
            return _if_link(low, step, current)
        case LoopStep(turns=turns, entry=entry, out=out):
            if step.unrolled and (not turns or turns[0].count < 2 or len(turns) > 1):
                return None
            if len(turns) != 1 or entry is None or out is None or entry.id != current:
                return None
            turn = turns[0]
            return out.id if fits(low, turn.body, turn.entry) else None
        case _:
            return None


def _op_link(low: Lowering, step: OpStep, current: int) -> int | None:
    if step.owner or step.parts or step.stack or len(step.ins) != 1 or len(step.outs) != 1:
        return None
    given = step.ins[0]
    if given.id != current or step.outs[0].id in low.final_ids or not given.type.batched:
        return None
    row = row_of(low, step)
    if row is None or row.pieces is None:
        return None
    order = row.wanted(step, step.ins[0], low.lay(step.ins[0].type))
    pieces = row.pieces(OpView(low, step, order))
    return step.outs[0].id if all(piece.module is not None for piece in pieces) else None


def _if_link(low: Lowering, step: IfStep, current: int) -> int | None:
    if step.out is None or step.entry is None or step.entry.id != current:
        return None
    given = [body for body in (step.then, step.other) if body is not None]
    return step.out.id if all(fits(low, body, step.entry) for body in given) else None


def _frozen(body: Body) -> set[bool]:
    """The frozen flags of all layers in a body."""
    found: set[bool] = set()
    for step in body.steps:
        match step:
            case OpStep(weights=weights, frozen=frozen) if weights:
                found.add(frozen)
            case UseStep(frozen=frozen):
                found.add(frozen)
            case GroupStep(body=inner):
                found |= _frozen(inner)
            case LoopStep(turns=turns):
                found |= {flag for turn in turns for flag in _frozen(turn.body)}
            case IfStep(then=then, other=other):
                found |= {flag for side in (then, other) if side for flag in _frozen(side)}
            case _:
                pass
    return found


def frozen(body: Body) -> bool:
    """True where all layers of a chain are frozen."""
    return _frozen(body) == {True}


def size(body: Body) -> int:
    """How many links a body has."""
    links = [s for s in body.steps if not isinstance(s, (*NUMBERS, AssertStep))]
    return sum(size(s.body) if isinstance(s, GroupStep) else 1 for s in links)


# ---- what they become --------------------------------------------------------------------------


class Run:
    """The modules of a chain, and the order in which the value lies at its end."""

    def __init__(self, low: Lowering, order: Order) -> None:
        self.low = low
        self.order = order
        self.items: list[Expr] = []

    def lie(self, type_: Type, order: Order) -> None:
        """Brings the value into an order."""
        if order != self.order:
            self.low.needs("Permute")
            dims = permutation(self.order, order, type_.batched)
            self.items.append(b.call("Permute", *dims))
            self.order = order

    def body(self, body: Body) -> Run:
        for step in body.steps:
            self.step(step)
        return self

    def step(self, step: Step) -> None:
        match step:
            case OpStep():
                self._op(step)
            case UseStep():
                self._use(step)
            case GroupStep(body=body):
                self.body(body)
            case IfStep():
                self._if(step)
            case LoopStep():
                self._loop(step)
            case _:
                from nndsl.backends.torch.walk import WALKS

                WALKS[type(step)](self.low, step)

    def _op(self, step: OpStep) -> None:
        row = row_of(self.low, step)
        assert row is not None
        assert row.pieces is not None
        type_ = step.ins[0].type
        self.lie(type_, row.wanted(step, step.ins[0], self.order))
        view = OpView(self.low, step, self.order)
        for piece in row.pieces(view):
            assert piece.module is not None
            self.items.append(piece.module)
        self.order = result_order(view)

    def _use(self, step: UseStep) -> None:
        lay = self.low.lay_in(step)
        self.lie(step.ins[0].type, lay(step.ins[0].type))
        self.items.append(class_call(self.low, step)[0])
        self.order = lay(step.outs[0].type)

    def _if(self, step: IfStep) -> None:
        assert step.entry is not None
        assert step.out is not None
        if is_const(step.cond):
            taken = step.then if step.taken else step.other
            if taken is not None:
                self.body(taken)
            return
        if step.entry.type.rank == step.out.type.rank:
            end = self.order
        else:
            end = self.low.lay(step.out.type)
        sides = [self._side(body, step.out.type, end) for body in (step.then, step.other)]
        self.items.append(Cond(sides[0], self.low.code(step.cond), sides[1]))
        self.order = end

    def _side(self, body: Body | None, type_: Type, end: Order) -> Expr:
        run = Run(self.low, self.order)
        if body is not None:
            run.body(body)
        run.lie(type_, end)
        return one(run.items)

    def _loop(self, step: LoopStep) -> None:
        assert step.entry is not None
        self.lie(step.entry.type, self.low.lay(step.entry.type))
        written = written_out(self.low, step)
        element = loop_element(self.low, step) if written is None else None
        if written is not None:
            self.items += written
        elif element is not None:
            self.items += element.args  # *(… for …), into the Sequential that they stand in
        else:
            name = self.low.names.locals.fresh(loop_name(step))
            self.low.place.init.append(b.assign(name, b.call("nn.Sequential")))
            fill(self.low, step, Name(name))
            self.items.append(Name(name))
        assert step.out is not None
        self.order = self.low.lay(step.out.type)


def one(items: list[Expr]) -> Expr:
    """One module for a run: itself, `nn.Identity` for none, else a Sequential."""
    if not items:
        return b.call("nn.Identity")
    alone = len(items) == 1 and not isinstance(items[0], Starred)
    return items[0] if alone else b.call("nn.Sequential", *items)


class _Inner(Place):
    """The level of a loop's body that is a chain: statements, and nothing to keep."""

    def keep(self, kept: Kept) -> Expr:
        raise AssertionError(f"{kept.name} is kept inside a chain")


def turn_items(low: Lowering, step: LoopStep, place: Place) -> list[Expr]:
    """The modules of one round; statements that they need go to `place`."""
    turn = step.turns[0]
    assert turn.entry is not None
    assert step.out is not None
    start = low.lay(turn.entry.type)
    with low.at(place, []):
        run = Run(low, start).body(turn.body)
        assert turn.body.out is not None
        run.lie(turn.body.out.type, low.lay(turn.body.out.type))
    return run.items


FEW = 3  # rounds that are written out
SHORT = 8  # modules that they may come to


def rounds(step: LoopStep) -> int | None:
    """How many rounds a loop has, where that is a plain number and rounds are alike."""
    if step.kind != "repeat":
        return None
    count = step.turns[0].count if step.unrolled else step.over.args[0]
    fixed = step.unrolled or is_const(step.over)
    return count if fixed and isinstance(count, int) else None


def written_out(low: Lowering, step: LoopStep) -> list[Expr] | None:
    """The modules of `repeat 2` one after the other; None where a loop says it better."""
    count = rounds(step)
    if count is None or not 1 < count <= FEW or count * size(step.turns[0].body) > SHORT:
        return None
    turn, place, after = step.turns[0], _Inner(), dict[str, Expr]()
    assert turn.entry is not None
    assert step.out is not None
    run = Run(low, low.lay(turn.entry.type))
    for carried in step.carried:
        low.vars[carried.name] = low.code(carried.before)
    with low.at(place, []):
        for _ in range(count):
            run.body(turn.body)
            after = {carried.name: low.code(carried.after) for carried in step.carried}
            low.vars.update(after)
        run.lie(step.out.type, low.lay(step.out.type))
    low.vars.update({f"{name}!": code for name, code in after.items()})
    return None if place.init else run.items


def loop_element(low: Lowering, step: LoopStep) -> Call | None:
    """`nn.Sequential(*(… for _ in range(n)))`; None where the rounds need statements."""
    from nndsl.backends.torch import loops

    if step.carried:
        return None
    target, source, reset = loops.header(low, step)
    place = _Inner()
    module = one(turn_items(low, step, place))
    reset()
    if place.init:
        return None
    clause = Clause(loops.used_target(target, names(module)), source)
    return b.call("nn.Sequential", Starred(Comp(module, (clause,), "generator")))


def fill(low: Lowering, step: LoopStep, owner: Expr) -> None:
    """A loop in the constructor that appends the module of every round."""
    from nndsl.backends.torch import loops

    before = loops.begin_carried(low, step)
    target, source, reset = loops.header(low, step)
    place = _Inner()
    module = one(turn_items(low, step, place))
    place.init.append(b.do(b.call(b.attr(owner, "append"), module)))
    place.init += loops.end_carried(low, step)
    reset()
    body: tuple[Stmt, ...] = tuple(place.init)
    low.place.init += [*before, For(loops.used_target(target, names(*body)), source, body)]


# ---- names -------------------------------------------------------------------------------------


def loop_name(step: LoopStep) -> str:
    """`stages` for loops in loops, the plural of the only layer or block, else `layers`."""
    body = step.turns[0].body
    inner = [s for s in body.steps if not isinstance(s, (*NUMBERS, AssertStep))]
    if any(isinstance(s, LoopStep) for s in inner):
        return "stages"
    if len(inner) == 1 and isinstance(inner[0], OpStep | UseStep):
        return plural(inner[0].site.name.rstrip("0123456789"))
    return "layers"


CONTENT = (
    (("SelfAttention", "Attention"), "attention"),
    (("Conv", "DepthwiseConv", "SeparableConv"), "convs"),
    (("Dense",), "mlp"),
)


def content_name(body: Body, default: str) -> str:
    """A name for a run by what it does: `attention`, `mlp`."""
    words = {s.op.like or s.op.word for s in body.steps if isinstance(s, OpStep)}
    return next((name for wanted, name in CONTENT if words & set(wanted)), default)
