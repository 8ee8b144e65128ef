"""The flattened view of a concrete instance: its operations in order, with paths and values.

Lazy and linear: a walk over the hierarchical graph that stores one frame for each open use. Values
get global numbers; weights get the path of the step that owns them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import GeneratorType
from typing import NamedTuple, TypeAlias

from nndsl.ir.steps import (
    AssertStep,
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
    Part,
    PopStep,
    PushStep,
    Step,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.base import Type


class PathStep(NamedTuple):
    """A site, and the turns of the loops around it in its definition, the outermost first."""

    name: str
    turns: tuple[int, ...] = ()


Path: TypeAlias = tuple[PathStep, ...]


def show_path(path: Path) -> str:
    """`stage[1].bottleneck[0][2].conv`."""
    return ".".join([
        step.name + "".join([f"[{turn}]" for turn in step.turns]) if step.turns else step.name
        for step in path
    ])  # fmt: skip


class FlatPort(NamedTuple):
    """An input or an output of the model. kind: `input` or `output`."""

    kind: str
    name: str
    value: int
    type: Type


class FlatOp(NamedTuple):
    """One operation as it runs.

    path: where it runs. home: where its weights belong; equal to `path` unless an owner declares
    them (`shared`). ins, outs: global numbers of values; a merge's operands are its branches, a
    residual's its entry and its branch. parts: (setting, result) of recipes inside a
    layer; one for its output follows as operations of its own.
    """

    path: Path
    home: Path
    step: OpStep | MergeStep
    ins: tuple[int, ...]
    outs: tuple[int, ...]
    frozen: bool
    parts: tuple[tuple[str, int], ...] = ()


class FlatWeight(NamedTuple):
    """A raw weight, or another layer's weight read as a value. home: path of the owning step."""

    path: Path
    home: Path
    step: WeightStep | WeightReadStep
    out: int
    frozen: bool


class FlatLoss(NamedTuple):
    """A loss term."""

    path: Path
    value: int


class FlatCheck(NamedTuple):
    """An equality of dimensions that is left to run time."""

    path: Path
    step: AssertStep
    value: int


LAST = "output"  # the recipe inside a layer that stands at its end
Flat: TypeAlias = FlatPort | FlatOp | FlatWeight | FlatLoss | FlatCheck
_Walk: TypeAlias = "Iterator[Flat | _Walk]"


class _Frame:
    """One use of an instance while it is walked."""

    __slots__ = ("branches", "env", "frozen", "home", "owners", "path", "stacks", "turns")

    def __init__(self, path: Path, home: Path, frozen: bool) -> None:
        self.path = path
        self.home = home
        self.frozen = frozen
        self.turns: tuple[int, ...] = ()
        self.env: dict[int, int] = {}
        self.stacks: dict[str, list[int]] = {}
        self.owners: dict[str, tuple[Path, bool]] = {}
        self.branches: list[int] = []

    def step(self, name: str) -> PathStep:
        return PathStep(name, self.turns)

    def reads(self, values: tuple[Value, ...]) -> tuple[int, ...]:
        return tuple(self.env[value.id] for value in values)


def flatten(root: Instance, rounds: int | None = None) -> Iterator[Flat]:
    """Inputs, then operations, raw weights, losses and checks as they run, then outputs.

    root is concrete. Linear in what it yields; nesting costs no recursion.
    rounds: of equal rounds of a loop at most so many, for facts that more of them do not change.
    """
    walks: list[Iterator[Flat | _Walk]] = [_Flattener(rounds).model(root)]
    while walks:
        item = next(walks[-1], None)
        if item is None:
            walks.pop()
        elif isinstance(item, GeneratorType):
            walks.append(item)
        else:
            yield item  # type: ignore[misc]


class _Flattener:
    def __init__(self, rounds: int | None) -> None:
        self.count = 0
        self.rounds = rounds

    def fresh(self, frame: _Frame, value: Value) -> int:
        """A new global number for a value made here."""
        self.count += 1
        frame.env[value.id] = self.count
        return self.count

    def model(self, root: Instance) -> _Walk:
        frame = _Frame((), (), False)
        for port in root.inputs:
            number = self.fresh(frame, port.value)
            yield FlatPort("input", port.name, number, port.value.type)
        yield self.steps(frame, root.steps)
        for result in root.outputs:
            number = frame.env[result.value.id]
            yield FlatPort("output", result.name, number, result.value.type)

    def steps(self, frame: _Frame, steps: tuple[Step, ...]) -> _Walk:
        for step in steps:
            walk = _WALKS[type(step)](self, frame, step)
            if walk is not None:
                yield walk

    def body(self, frame: _Frame, body: Body | None) -> _Walk:
        if body is not None:
            yield self.steps(frame, body.steps)

    def home(self, frame: _Frame, step: OpStep | UseStep, path: Path) -> tuple[Path, bool]:
        """Where a step's weights belong, and whether its owner is frozen. path: where it runs."""
        if step.owner:
            return frame.owners[step.owner]
        if frame.home is frame.path:
            return path, False
        return (*frame.home, path[-1]), False

    def op(self, frame: _Frame, step: OpStep) -> _Walk:
        path = (*frame.path, frame.step(step.site.name))
        home, owner_frozen = self.home(frame, step, path)
        ins = tuple(frame.stacks[step.stack]) if step.stack else frame.reads(step.ins)
        inner = self.inside(frame, step, path, home) if step.parts else frame
        parts = []
        for part in step.parts:
            if part.setting != LAST:
                source = _part_source(step, part)
                frame.env[part.entry.id] = frame.env[source.id]
                yield self.steps(inner, part.body.steps)
                parts.append((part.setting, _made(frame, part)))
        outs = tuple(self.fresh(frame, out) for out in step.outs)
        frozen = frame.frozen or step.frozen or owner_frozen
        yield FlatOp(path, home, step, ins, outs, frozen, tuple(parts))
        for part in step.parts:
            if part.setting == LAST:
                frame.env[part.entry.id] = frame.env[step.outs[0].id]
                yield self.steps(inner, part.body.steps)
                frame.env[step.outs[0].id] = _made(frame, part)

    def inside(self, frame: _Frame, step: OpStep, path: Path, home: Path) -> _Frame:
        """The frame of a recipe inside a layer: the same values, paths below the layer's."""
        inner = _Frame(path, home, frame.frozen or step.frozen)
        inner.env, inner.stacks, inner.owners = frame.env, frame.stacks, frame.owners
        return inner

    def use(self, frame: _Frame, step: UseStep) -> _Walk:
        path = (*frame.path, frame.step(step.site.name))
        home, owner_frozen = self.home(frame, step, path)
        inner = _Frame(path, home, frame.frozen or step.frozen or owner_frozen)
        named = {name: value for name, value in zip(step.names, step.ins, strict=True) if name}
        piped = iter(v for name, v in zip(step.names, step.ins, strict=True) if not name)
        for port in step.instance.inputs:
            value = named.get(port.name)
            operand = next(piped) if value is None else value
            inner.env[port.value.id] = frame.env[operand.id]
        yield self.steps(inner, step.instance.steps)
        for out, result in zip(step.outs, step.instance.outputs, strict=True):
            frame.env[out.id] = inner.env[result.value.id]

    def own(self, frame: _Frame, step: OwnStep) -> None:
        home = (*frame.home, frame.step(step.site.name))
        frame.owners[step.site.name] = (home, step.frozen)

    def weight(self, frame: _Frame, step: WeightStep) -> _Walk:
        at = frame.step(step.site.name)
        out = self.fresh(frame, step.out)
        frozen = frame.frozen or step.frozen
        yield FlatWeight((*frame.path, at), (*frame.home, at), step, out, frozen)

    def weight_read(self, frame: _Frame, step: WeightReadStep) -> _Walk:
        first, *rest = step.path
        home, frozen = frame.owners.get(first, ((*frame.home, PathStep(first)), False))
        home = (*home, *(PathStep(name) for name in rest))
        path = (*frame.path, frame.step(step.site.name))
        yield FlatWeight(path, home, step, self.fresh(frame, step.out), frozen or frame.frozen)

    def branch(self, frame: _Frame, step: BranchStep) -> _Walk:
        yield self.body(frame, step.body)
        assert step.body.out is not None, "a branch has a flow"
        frame.branches.append(frame.env[step.body.out.id])

    def merge(self, frame: _Frame, step: MergeStep) -> _Walk:
        outer, frame.branches = frame.branches, []
        yield self.steps(frame, step.items)
        branches, frame.branches = tuple(frame.branches), outer
        entry: tuple[int, ...] = ()
        if step.residual:
            assert step.entry is not None, "a residual has an entry"
            entry = (frame.env[step.entry.id],)
        out = self.fresh(frame, step.out)
        at = frame.step(step.site.name)
        home = (*frame.home, at)
        yield FlatOp((*frame.path, at), home, step, (*entry, *branches), (out,), frame.frozen)

    def if_(self, frame: _Frame, step: IfStep) -> _Walk:
        body = step.then if step.taken else step.other
        yield self.body(frame, body)
        if step.out is not None:
            flow = step.entry if body is None or body.out is None else body.out
            assert flow is not None
            frame.env[step.out.id] = frame.env[flow.id]

    def loop(self, frame: _Frame, step: LoopStep) -> _Walk:
        flow = None if step.entry is None else frame.env[step.entry.id]
        outer = frame.turns
        number = 0
        for turn in step.turns:
            equal = turn.count if self.rounds is None else min(turn.count, self.rounds)
            for _ in range(equal):
                frame.turns = (*outer, number)
                if turn.entry is not None and flow is not None:
                    frame.env[turn.entry.id] = flow
                yield self.steps(frame, turn.body.steps)
                if turn.body.out is not None:
                    flow = frame.env[turn.body.out.id]
                number += 1
        frame.turns = outer
        if step.out is not None and flow is not None:
            frame.env[step.out.id] = flow

    def group(self, frame: _Frame, step: GroupStep) -> _Walk:
        outer = frame.frozen
        frame.frozen = outer or step.frozen
        yield self.steps(frame, step.body.steps)
        frame.frozen = outer
        if step.out is not None and step.body.out is not None:
            frame.env[step.out.id] = frame.env[step.body.out.id]

    def push(self, frame: _Frame, step: PushStep) -> None:
        frame.stacks.setdefault(step.stack, []).append(frame.env[step.value.id])

    def pop(self, frame: _Frame, step: PopStep) -> None:
        stack = frame.stacks[step.stack]
        frame.env[step.out.id] = stack.pop() if step.index is None else stack[step.index]

    def loss(self, frame: _Frame, step: LossStep) -> _Walk:
        path = (*frame.path, frame.step(step.site.name))
        yield FlatLoss(path, frame.env[step.value.id])

    def check(self, frame: _Frame, step: AssertStep) -> _Walk:
        path = (*frame.path, frame.step(step.site.name))
        if step.open:
            yield FlatCheck(path, step, frame.env[step.value.id])

    def nothing(self, frame: _Frame, step: LetStep) -> None:
        """A number has a name in general bodies only."""


def _made(frame: _Frame, part: Part) -> int:
    """What a recipe inside a layer comes to."""
    assert part.body.out is not None, "a recipe has a flow"
    return frame.env[part.body.out.id]


def _part_source(step: OpStep, part: Part) -> Value:
    """What a recipe inside a layer starts from: keys and values from the context, if any."""
    from_context = part.setting in ("key", "value") and "context" in step.names
    return step.ins[step.names.index("context") if from_context else 0]


_WALKS: Mapping[type[Step], Callable[..., _Walk | None]] = {
    OpStep: _Flattener.op,
    UseStep: _Flattener.use,
    OwnStep: _Flattener.own,
    WeightStep: _Flattener.weight,
    WeightReadStep: _Flattener.weight_read,
    BranchStep: _Flattener.branch,
    MergeStep: _Flattener.merge,
    IfStep: _Flattener.if_,
    LoopStep: _Flattener.loop,
    GroupStep: _Flattener.group,
    LetStep: _Flattener.nothing,
    PushStep: _Flattener.push,
    PopStep: _Flattener.pop,
    LossStep: _Flattener.loss,
    AssertStep: _Flattener.check,
}
