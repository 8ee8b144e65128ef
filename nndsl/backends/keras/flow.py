"""Which values of an instance are still needed where, and which can be written inside others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

from nndsl.backends.keras.chance import is_noise
from nndsl.backends.keras.merging import decided, gathers, spliced
from nndsl.backends.keras.records import (
    Anchors,
    anchored_leaves,
    list_stacks,
    operands,
    outs_of,
    own_formulas,
    port_anchors,
    read_by,
    shape_terms,
    steps_inside,
)
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    PushStep,
    Step,
    Turn,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.base import Type
from nndsl.ops.symbols import Term, var

Live: TypeAlias = "frozenset[int]"

DEEPEST = 3  # calls inside one another


class Flow:
    """The facts of one instance. `inline` says which steps may be written inside another's call;
    `known`: sizes of inputs that have a name of their own; `beside`: values that are needed where
    they are made, though nothing reads them."""

    def __init__(
        self, instance: Instance, inline: Callable[[Step], bool], general: bool = True,
        known: Collection[Term] = (), beside: Collection[int] = (),
    ) -> None:  # fmt: skip
        self.instance = instance
        self.lists = frozenset(list_stacks(instance.steps, general))
        self.hints: dict[int, str] = {}
        self.deferred: dict[int, Step] = {}
        self._alias: dict[int, int] = {}
        self._passing: set[int] = set()
        self._needs: dict[int, Live] = {}
        self._after: dict[int, Live] = {}
        self._before_step: dict[int, Live] = {}
        self._around: dict[int, Live] = {}
        self.types: dict[int, Type] = {p.value.id: p.value.type for p in instance.inputs}
        self._named = {v for v, label in instance.labels.items() if not label.startswith("_")}
        self._still: set[str] = set()
        self._find_aliases(instance.steps)
        self.beside: Live = frozenset(map(self.of, beside))
        anchors: dict[Term, tuple[Value, int]] = {}
        for port in instance.inputs:
            anchors.update(port_anchors(port.name, port.value))
        for term in known:
            del anchors[term]
        self.anchors: Anchors = anchors
        self._find_needs(instance.steps, anchors)
        self._defer(inline)
        # No size is read off what is written inside a call.
        self._find_needs(instance.steps, anchors)
        self._live_steps(instance.steps, self._final())

    # ---- what the lowering asks ----------------------------------------

    def of(self, value: Value | int) -> int:
        """The number under which a value is held: `identity` and groups make no new one."""
        number = value if isinstance(value, int) else value.id
        while number in self._alias:
            number = self._alias[number]
        return number

    def after(self, step: Step) -> Live:
        """The values that are needed after a step."""
        return self._after[id(step)]

    def before(self, step: Step) -> Live:
        """The values that are needed before a step."""
        return self._before_step[id(step)]

    def around(self, step: LoopStep) -> Live:
        """The values that a loop needs in every turn, or what follows it."""
        return self._around[id(step)]

    def drops(self, step: Step) -> bool:
        """True for a loop in which a round does not begin with what the one before it makes."""
        if not isinstance(step, LoopStep) or step.out is None:
            return False
        starts = ((turn.entry, turn.body.steps) for turn in step.turns)
        return any(
            entry is None or not steps or self.of(entry) not in self.before(steps[0])
            for entry, steps in starts
        )

    def passes(self, step: Step) -> bool:
        """True for an operation whose result is its operand."""
        return id(step) in self._passing

    def note(self, value: Value) -> None:
        """A value that only the emitted code has."""
        self.types[value.id] = value.type

    def is_named(self, step: Step) -> bool:
        """True for a pop in a body whose values are all known: a variable holds what comes out."""
        return isinstance(step, PopStep) and step.stack not in self.lists

    def is_deferred(self, step: Step) -> bool:
        """True for a step whose value is written inside another's call."""
        outs = outs_of(step)
        return len(outs) == 1 and self.of(outs[0]) in self.deferred

    def label(self, value: Value) -> str:
        """The user's name of a value, or empty."""
        found = self.instance.labels.get(value.id) or self.instance.labels.get(self.of(value), "")
        return "" if found.startswith("_") else found

    # ---- aliases ----------------------------------------

    def _find_aliases(self, steps: tuple[Step, ...], frozen: bool = False) -> None:
        for step in steps:
            if isinstance(step, OwnStep) and (frozen or step.frozen):
                self._still.add(step.site.name)
            for inner in steps_inside(step):
                self._find_aliases(inner, frozen or (isinstance(step, GroupStep) and step.frozen))
            for out in outs_of(step):
                self.types[out.id] = out.type
            if isinstance(step, LoopStep):
                for turn in step.turns:
                    if turn.entry is not None:
                        self.types[turn.entry.id] = turn.entry.type
            match step:
                case OpStep(ins=(source, *_), outs=(out,)) if self._changes_nothing(step, frozen):
                    self._passing.add(id(step))
                    self._same(out, source)
                case LoopStep(turns=turns, entry=Value() as entry, out=None):
                    for turn in turns:
                        if turn.entry is not None:
                            self._same(turn.entry, entry)
                case OwnStep(use=OpStep() as use):
                    self._find_part_entries(use)
                    self.types.update((value.id, value.type) for value in use.ins)
                case OpStep():
                    self._find_part_entries(step)
                    for out in step.outs:
                        self.hints.setdefault(out.id, step.site.name)
                case GroupStep(body=Body(out=Value() as made), out=Value() as out):
                    self._same(out, made)
                case UseStep() | MergeStep() | WeightStep() | PopStep():
                    for out in outs_of(step):
                        self.hints.setdefault(out.id, step.site.name)
                case _:
                    pass

    def _changes_nothing(self, step: OpStep, frozen: bool) -> bool:
        """An `identity`; a split into one part; frozen noise. The step has one result."""
        still = frozen or step.frozen or step.owner in self._still
        return step.op.word in ("identity", "split") or (still and is_noise(step.op))

    def _find_part_entries(self, step: OpStep) -> None:
        """A recipe inside a layer begins at an operand; the one for the output at the result."""
        at = step.names.index("context") if "context" in step.names else 0
        for part in step.parts:
            self.types[part.entry.id] = part.entry.type
            if part.setting != "output":
                self._same(part.entry, step.ins[at if part.setting in ("key", "value") else 0])

    def _same(self, value: Value, as_: Value) -> None:
        if self.of(value) != self.of(as_):
            self._alias[value.id] = self.of(as_)

    # ---- dimensions that formulas read ----------------------------------------

    def _find_needs(self, steps: tuple[Step, ...], anchors: Anchors) -> None:
        known = dict(anchors)
        for step in steps:
            own = own_formulas(step)
            read = () if self._listed(step) else operands(step)
            at_hand = [v for v in read if self.of(v) not in self.deferred]
            near = {term for value in at_hand for term in shape_terms(value)}
            self._needs[id(step)] = frozenset(
                self.of(known[leaf][0])
                for term in own
                for leaf in anchored_leaves(term, near, known)
            )
            if isinstance(step, LoopStep):
                self._loop_needs(step, known)
                continue
            for inner in steps_inside(step):
                self._find_needs(inner, known)

    def _loop_needs(self, step: LoopStep, known: dict[Term, tuple[Value, int]]) -> None:
        for turn in step.turns:
            inside = dict(known)
            if turn.entry is not None:
                inside |= {var(c.name): (turn.entry, c.axis) for c in step.carried}
            self._find_needs(turn.body.steps, inside)
        if step.out is not None:
            known |= {var(f"{c.name}!"): (step.out, c.axis) for c in step.carried}

    # ---- values written inside others ----------------------------------------

    def _defer(self, inline: Callable[[Step], bool]) -> None:
        counts = Counter(self.of(result.value) for result in self.instance.outputs)
        for step in self._walk(self.instance.steps):
            if not self._listed(step):
                counts.update(self.of(value) for value in read_by(step))
            counts.update(self._needs[id(step)])
        self.alone = frozenset(number for number in self.beside if not counts[number])
        walk = self._walk(self.instance.steps)
        # A layer has its weights once it was called: what reads them comes after that.
        shown = {step.path[0] for step in walk if isinstance(step, WeightReadStep)}
        for steps in self._lists(self.instance.steps):
            self._defer_in(
                steps, counts, lambda s: inline(s) and getattr(s, "owner", 0) not in shown
            )

    def _listed(self, step: Step) -> bool:
        """True for a step that reads no variables, but a list."""
        return isinstance(step, OpStep) and step.stack in self.lists

    def _walk(self, steps: tuple[Step, ...]) -> Iterator[Step]:
        for step in steps:
            yield step
            for inner in steps_inside(step):
                yield from self._walk(inner)

    def _lists(self, steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        yield steps
        for step in steps:
            for inner in steps_inside(step):
                yield from self._lists(inner)

    def _defer_in(
        self, steps: tuple[Step, ...], counts: Counter[int], inline: Callable[[Step], bool]
    ) -> None:
        depth: dict[int, int] = {}
        for at, step in enumerate(steps):
            outs = outs_of(step)
            if self.is_named(step):
                continue
            if len(outs) != 1 or not inline(step) or counts[self.of(outs[0])] != 1:
                continue
            number = self.of(outs[0])
            if number in self._named or outs[0].id in self._named:
                continue
            deep = 1 + max((depth.get(self.of(v), 0) for v in read_by(step)), default=0)
            if deep <= DEEPEST and self._taken_up(number, steps, at):
                depth[number] = deep
                self.deferred[number] = step

    def _taken_up(self, number: int, steps: tuple[Step, ...], at: int) -> bool:
        """True where a later step of the same list takes the value, and may do so that late."""
        step = steps[at]
        for later in range(at + 1, len(steps)):  # a slice would be copied for every step
            other = steps[later]
            if isinstance(other, OpStep | UseStep | PushStep | LossStep) and any(
                self.of(value) == number for value in operands(other)
            ):
                return not (isinstance(other, PushStep) and isinstance(step, PopStep))
            if isinstance(step, PopStep) and not isinstance(other, OpStep | UseStep | LetStep):
                return False
        return False

    # ---- liveness, backwards ----------------------------------------

    def _final(self) -> Live:
        return self._read(tuple(result.value for result in self.instance.outputs))

    def _read(self, values: tuple[Value, ...]) -> Live:
        """The values held in variables that reading these takes: deferred ones are looked into."""
        found: set[int] = set()
        for value in values:
            number = self.of(value)
            step = self.deferred.get(number)
            if step is None:
                found.add(number)
            else:
                found |= self._read(operands(step)) | self._needs[id(step)]
        return frozenset(found)

    def _live_steps(self, steps: tuple[Step, ...], live: Live) -> Live:
        for step in reversed(steps):
            live |= {self.of(out) for out in outs_of(step) if out.id in self.beside}
            self._after[id(step)] = live
            live = self._before(step, live)
            self._before_step[id(step)] = live
        return live

    def _before(self, step: Step, live: Live) -> Live:
        if self.is_named(step):
            return live
        outs = frozenset(self.of(out) for out in outs_of(step))
        if outs & self.deferred.keys():
            return live - outs
        live = (live - outs) | self._needs[id(step)]
        match step:
            case GroupStep(body=body):
                return self._live_steps(body.steps, live | self._maybe(body.out))
            case MergeStep():
                return self._before_merge(step, live)
            case IfStep():
                return self._before_if(step, live)
            case LoopStep():
                return self._before_loop(step, live)
            case BranchStep(body):
                return self._live_steps(body.steps, live | self._maybe(body.out))
            case OwnStep(use=OpStep(parts=(_, *_)) as use):
                return self._before_op(use, live) - {value.id for value in use.ins}
            case OpStep():
                read = () if self._listed(step) else step.ins
                return self._before_op(step, live | self._read(read))
            case _:
                return live | self._read(operands(step))

    def _before_op(self, step: OpStep, live: Live) -> Live:
        """Recipes inside a layer: their ends first, which it reads together."""
        for part in step.parts:
            live |= self._maybe(part.body.out)
        for part in step.parts:
            inside = self._live_steps(part.body.steps, live | self._maybe(part.body.out))
            live |= inside - {self.of(part.entry)}
        return live

    def _maybe(self, value: Value | None) -> Live:
        return frozenset() if value is None else self._read((value,))

    def _before_merge(self, step: MergeStep, live: Live) -> Live:
        entry = self._maybe(step.entry)
        if step.residual:
            live |= entry
        items = tuple(spliced(step.items))
        if not any(map(gathers, items)):
            for item in items:
                live |= self._maybe(item.body.out) if isinstance(item, BranchStep) else frozenset()
        return self._live_steps(step.items, live) | entry

    def _before_if(self, step: IfStep, live: Live) -> Live:
        chosen = decided(step)
        if chosen is not None:
            ends = self._maybe(chosen.out) if step.out is not None else frozenset()
            return self._live_steps(chosen.steps, live | ends)
        result: Live = frozenset() if step.entry is None else frozenset((self.of(step.entry),))
        for side in (step.then, step.other):
            if side is None:
                result |= live
            else:
                ends = self._maybe(side.out) if step.out is not None else frozenset()
                result |= self._live_steps(side.steps, live | ends)
        return result

    def _carried(self, step: LoopStep, turn: Turn) -> Live:
        """The flow at a turn's start, which the turn before makes."""
        if step.out is None or turn.entry is None:
            return frozenset()
        return frozenset((self.of(turn.entry),))

    def _before_loop(self, step: LoopStep, live: Live) -> Live:
        around = live
        for _ in range(2):
            inside = around
            for turn in reversed(step.turns):
                begun = self._live_steps(turn.body.steps, inside | self._maybe(turn.body.out))
                inside = begun - self._carried(step, turn)
            around = around | inside
        self._around[id(step)] = around
        return around | self._maybe(step.entry)
