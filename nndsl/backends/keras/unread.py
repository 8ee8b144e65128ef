"""What no output and no loss reads: steps to leave out, and values with weights to keep beside.

A functional Keras model holds only what leads to its outputs, but a line whose result is left
behind has its weights in the model all the same: such a value goes beside one that is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nndsl.backends.keras.records import list_stacks, outs_of, own_formulas, steps_inside
from nndsl.ir.nested import all_steps
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
    Plan,
    PopStep,
    Program,
    PushStep,
    Step,
    Turn,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.symbols import variables

QUIET = LetStep, GuardStep, OwnStep  # what these make is used by other steps alone


class Unread:
    """The facts of a program's plans, each found once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._heavy: dict[str, bool] = {}
        self._losing: dict[str, bool] = {}
        self._lost: dict[tuple[str, frozenset[int]], bool] = {}

    def needs(self, plan: Plan) -> Needs:
        """What a plan's results need, all its weights included."""
        return self._needs(plan, range(len(plan.body.outputs)))

    def _needs(self, plan: Plan, wanted: Collection[int]) -> Needs:
        owners = Needs(self, plan, wanted, keep=False).owners
        return Needs(self, plan, wanted, keep=True, owners=owners)

    def weighs(self, steps: Sequence[Step]) -> bool:
        """True where steps have weights of their own, blocks and braces inside them included."""
        return any(_own_weights(step) or self._block_weighs(step) for step in all_steps(steps))

    def _block_weighs(self, step: Step) -> bool:
        if not isinstance(step, UseStep):
            return False
        plan = self.program.plan(step.instance)
        if plan.name not in self._heavy:
            self._heavy[plan.name] = False
            self._heavy[plan.name] = self.weighs(plan.body.steps)
        return self._heavy[plan.name]

    def loses(self, steps: Sequence[Step]) -> bool:
        """True where steps add to the loss."""
        for step in all_steps(steps):
            if isinstance(step, LossStep):
                return True
            if isinstance(step, UseStep) and self._block_loses(step):
                return True
        return False

    def _block_loses(self, step: UseStep) -> bool:
        plan = self.program.plan(step.instance)
        if plan.name not in self._losing:
            self._losing[plan.name] = False
            self._losing[plan.name] = self.loses(plan.body.steps)
        return self._losing[plan.name]

    def lost(self, step: UseStep, wanted: Collection[int]) -> bool:
        """True where some of a block's results do without weights or losses that it has."""
        plan = self.program.plan(step.instance)
        key = plan.name, frozenset(wanted)
        if key not in self._lost:
            self._lost[key] = False
            more = self._needs(plan, wanted).beside - self.needs(plan).beside
            self._lost[key] = bool(more) or self._block_loses(step)
        return self._lost[key]


class Needs:
    """One plan, read backwards. keep: whether values with weights that nothing reads are needed.

    values: the numbers of those that are needed; perhaps: of those that are needed for a loop that
    takes no turn; beside: of those that nothing reads, and that are needed for their weights;
    owners: the shared layers that are.
    """

    def __init__(
        self, unread: Unread, plan: Plan, wanted: Collection[int], keep: bool,
        owners: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.unread = unread
        self.keep = keep
        self.values = {plan.body.outputs[number].value.id for number in wanted}
        self.perhaps: set[int] = set()
        self.owners = set(owners)
        self.beside: set[int] = set()
        self.lists = frozenset(list_stacks(plan.body.steps, plan.general))
        self.sizes = _sizes_read(plan.body.steps)
        self._steps(plan.body.steps)

    def has(self, value: Value | None) -> bool:
        return value is not None and value.id in self.values

    def written(self, value: Value) -> bool:
        return value.id in self.values or value.id in self.perhaps

    def reads(self, step: Step) -> bool:
        """True for a step that does something: by what it makes, or by itself."""
        match step:
            case OpStep() | WeightStep() | WeightReadStep():
                return any(map(self.written, outs_of(step)))
            case UseStep(outs=outs):
                return any(map(self.written, outs)) or self.unread.loses((step,))
            case MergeStep(out=out):
                return self.written(out)
            case PopStep(stack=stack, out=out):
                return self.written(out) or stack in self.lists
            case PushStep(stack=stack, value=value):
                return self.written(value) or stack in self.lists
            case GroupStep() | IfStep() | LoopStep():
                inside = (inner for steps in steps_inside(step) for inner in steps)
                return any(map(self.written, outs_of(step))) or any(
                    self.reads(inner) for inner in inside if not isinstance(inner, QUIET)
                )
            case _:
                return True

    # ---- backwards ----------------------------------------

    def _steps(self, steps: Sequence[Step]) -> None:
        for step in reversed(steps):
            self._step(step)

    def _body(self, body: Body | None, needed: bool) -> None:
        if body is None:
            return
        if needed:
            self._read((body.out,))
        self._steps(body.steps)

    def _read(self, values: Iterable[Value | None], sure: bool = True) -> None:
        """These are needed, for sure or if some loop takes no turn."""
        goal = self.values if sure else self.perhaps
        goal.update(value.id for value in values if value is not None)

    def _own(self, owner: str, sure: bool) -> None:
        """What is shared is needed where one of its results is."""
        if owner and sure:
            self.owners.add(owner)

    def _step(self, step: Step) -> None:
        if self.keep:
            self._keep(step)
        sure = any(map(self.has, outs_of(step)))
        match step:
            case OpStep(ins=ins, owner=owner, parts=parts) if self.reads(step):
                self._read(ins, sure)
                self._own(owner, sure)
                for part in parts:
                    self._body(part.body, True)
            case UseStep(ins=ins, owner=owner) if self.reads(step):
                self._read(ins, sure)
                self._own(owner, sure)
            case WeightReadStep(path=path) if self.reads(step):
                self.owners.add(path[0])
            case LossStep(value=value) | AssertStep(value=value, open=(_, *_)):
                self._read((value,))
            case PopStep(pushed=pushed) if self.reads(step):
                self._read((pushed,), sure)
            case PushStep(stack=stack, value=value) if stack in self.lists:
                self._read((value,))
            case _:
                self._braces(step, sure)

    def _braces(self, step: Step, sure: bool) -> None:
        match step:
            case BranchStep(body=body):
                self._body(body, False)
            case GroupStep(body=body, out=out):
                if out is not None and self.written(out):
                    self._read((body.out,), sure)
                self._body(body, False)
            case IfStep(then=then, other=other, out=out, entry=entry):
                if out is not None and self.written(out):
                    sides = (None if side is None else side.out for side in (then, other))
                    self._read((entry, *sides), sure)
                for side in (then, other):
                    self._body(side, False)
            case MergeStep(items=items, out=out, entry=entry, residual=residual):
                if self.written(out):
                    self._read((*_ends(items), entry if residual else None), sure)
                    self._steps(items)
            case LoopStep():
                self._loop(step)
            case _:
                pass

    def _loop(self, step: LoopStep) -> None:
        """Twice, because a turn may need what only the turn before it makes."""
        if step.out is not None and any(f"{each.name}!" in self.sizes for each in step.carried):
            self._read((step.out,), sure=False)
        before = set(self.values), set(self.beside), set(self.owners)
        carried: set[int] = set()
        for _ in range(2):
            values, beside, owners = before
            self.values, self.beside, self.owners = values | carried, set(beside), set(owners)
            later = step.out
            for turn in reversed(step.turns):
                again = turn.count > 1 or not step.unrolled
                ends = [later, turn.entry] if again else [later]
                if any(each is not None and self.written(each) for each in ends):
                    self._read((turn.body.out,), sure=False)
                self._body(turn.body, any(map(self.has, ends)))
                if self.keep and again and self._drops(turn):
                    self.beside |= {turn.body.out.id} if turn.body.out is not None else set()
                if turn.entry is not None and self.has(turn.entry):
                    carried.add(turn.entry.id)
                    self._read((step.entry,))
                later = turn.entry
        if step.out is not None and self.written(step.out):
            self._read((step.entry,), sure=not step.turns)

    def _drops(self, turn: Turn) -> bool:
        """True for a round whose end the next one does not begin with, weights and all."""
        needless = self.has(turn.entry) or not self.has(turn.body.out)
        return not needless and self.unread.weighs(turn.body.steps)

    # ---- what goes beside ----------------------------------------

    def _keep(self, step: Step) -> None:
        """A step that has weights, and results that nothing reads."""
        outs = outs_of(step)
        match step:
            case OpStep(owner=owner):
                light = (owner and owner in self.owners) or not self._weighs(step)
                needless = any(map(self.has, outs)) or light
            case UseStep(owner=owner):
                needless = not self._lost(step)
                outs = tuple(out for out in outs if not self.has(out))
            case WeightStep(out=out):
                needless = self.has(out)
            case MergeStep() | IfStep() | LoopStep():
                needless = any(map(self.has, outs)) or not self._does(step)
            case _:
                return
        if not needless:
            plain = [out for out in outs if not out.type.parts]
            several = plain if isinstance(step, UseStep) else plain[:1]
            self.beside.update(out.id for out in several)
            self._read(several)

    def _weighs(self, step: OpStep) -> bool:
        return bool(step.weights) or self.unread.weighs((step,))

    def _does(self, step: Step) -> bool:
        """True where a value that nothing reads has weights inside, or a merge does more."""
        if self.unread.weighs((step,)):
            return True
        pushes = any(isinstance(inner, PushStep) for inner in all_steps((step,)))
        return isinstance(step, MergeStep) and (pushes or self.unread.loses((step,)))

    def _lost(self, step: UseStep) -> bool:
        """True where the results that are read leave weights or losses of a block behind."""
        wanted = [number for number, out in enumerate(step.outs) if self.has(out)]
        if len(wanted) == len(step.outs):
            return False
        if not wanted:
            heavy = step.owner not in self.owners and self.unread.weighs((step,))
            return heavy or self.unread.loses((step,))
        whole = step.owner or step.frozen or step.instance.definition.kind == "model"
        return not whole and self.unread.lost(step, wanted)


def _sizes_read(steps: Sequence[Step]) -> frozenset[str]:
    """The names in formulas, of what loops leave behind too."""
    terms = (term for step in all_steps(steps) for term in own_formulas(step))
    return frozenset(name for term in terms for name in variables(term))


def _own_weights(step: Step) -> bool:
    return isinstance(step, WeightStep) or (isinstance(step, OpStep) and bool(step.weights))


def _ends(items: Sequence[Step]) -> list[Value | None]:
    """The ends of the branches of a merge, inside loops and ifs too."""
    found: list[Value | None] = []
    for item in items:
        if isinstance(item, BranchStep):
            found.append(item.body.out)
        elif isinstance(item, IfStep | LoopStep):
            for inner in steps_inside(item):
                found += _ends(inner)
    return found
