"""The table of layers as a tree: a row for each layer, block, merge and loop of the source.

Equal uses share their rows, as equal instances are shared: the tree is as small as the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nndsl._record import NamedTuple
from nndsl.analysis.totals import Adder, Totals
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
    PopStep,
    PushStep,
    Step,
    Turn,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.kinds import show_value
from nndsl.ops.numbers import same_dim

SHOWN = ("layer", "activation")


class Row(NamedTuple):
    """One line of the table.

    name: the path step, or what a loop says (`repeat x 12`). kind: the word in the source, empty
    for groups. output: its type, empty where nothing flows. totals: of one round of `times` where
    the row is inside a loop; of all rounds where the row is the loop. shared: the declaration
    whose weights it uses. declares: it is that declaration.
    """

    name: str
    kind: str
    output: str
    totals: Totals
    times: int = 1
    shared: str = ""
    declares: bool = False
    children: tuple[Row, ...] = ()


class Rows:
    """Makes rows of steps; the rows of an instance are made once for each way it is frozen."""

    def __init__(self) -> None:
        self.adder = Adder()
        self._memo: dict[tuple[int, bool], tuple[Instance, tuple[Row, ...]]] = {}
        self._frozen = False
        self._heads = False

    def instance(self, instance: Instance, frozen: bool = False) -> tuple[Row, ...]:
        """The rows of an instance's body; under `frozen` nothing in them is trainable."""
        key = (id(instance), frozen)
        if key not in self._memo:
            saved = self._frozen, self._heads
            self._frozen, self._heads = frozen, False
            self._memo[key] = (instance, self.body(instance.steps))
            self._frozen, self._heads = saved
        return self._memo[key][1]

    def body(self, steps: Iterable[Step]) -> tuple[Row, ...]:
        """The rows of steps in order."""
        return tuple(row for step in steps for row in _RULES[type(step)](self, step))

    def totals(self, step: Step) -> Totals:
        """The totals of a step where it stands."""
        found = self.adder.step(step)
        return found.frozen() if self._frozen else found

    def _op(self, step: OpStep) -> Iterator[Row]:
        parts = tuple(row for part in step.parts for row in self.body(part.body.steps))
        works = step.owner or parts or step.macs != 0
        if not (step.op.kind in SHOWN or works or _reshapes(step)):
            return
        output = ", ".join(out.type.show() for out in step.outs)
        yield Row(
            step.site.name, step.op.word, output, self.totals(step),
            shared=step.owner, children=parts,
        )  # fmt: skip

    def _use(self, step: UseStep) -> Iterator[Row]:
        inside = self.instance(step.instance, self._frozen or step.frozen)
        yield Row(
            step.site.name, step.instance.name, ", ".join(v.type.show() for v in step.outs),
            self.totals(step), shared=step.owner, children=() if step.owner else inside,
        )  # fmt: skip

    def _own(self, step: OwnStep) -> Iterator[Row]:
        if step.use is None:
            return
        inside = self.body((step.use._replace(owner=""),))
        for row in inside:
            owned = self.totals(step)
            yield row._replace(name=step.site.name, totals=owned, declares=True)

    def _weight(self, step: WeightStep) -> Iterator[Row]:
        yield Row(step.site.name, "weight", step.out.type.show(), self.totals(step))

    def _merge(self, step: MergeStep) -> Iterator[Row]:
        kind = "residual" if step.residual else step.op.word
        yield Row(
            step.site.name, kind, step.out.type.show(), self.totals(step),
            children=self._branches(step.items),
        )  # fmt: skip

    def _branches(self, items: Sequence[Step]) -> tuple[Row, ...]:
        saved, self._heads = self._heads, sum(map(_branch_count, items)) > 1
        rows = self.body(items)
        self._heads = saved
        return rows

    def _branch(self, step: BranchStep) -> Iterator[Row]:
        """One of several branches stands under its own head where it has several rows."""
        heads, self._heads = self._heads, False
        inside = self.body(step.body.steps)
        self._heads = heads
        if heads and len(inside) > 1:
            yield Row("branch", "", _type(step.body.out), self.totals(step), children=inside)
        else:
            yield from inside

    def _group(self, step: GroupStep) -> Iterator[Row]:
        yield from self.body(step.body.steps)

    def _if(self, step: IfStep) -> Iterator[Row]:
        body = step.then if step.taken else step.other
        yield from self.body(body.steps) if body is not None else ()

    def _loop(self, step: LoopStep) -> Iterator[Row]:
        done = 0
        for rounds, turn, last in self._rounds(step.turns):
            inside = self.body(turn.body.steps)
            total = self.adder.steps(turn.body.steps).times(rounds)
            if step.kind == "repeat" and rounds == len(step.turns) == 1:
                yield from inside  # once is no loop
                break
            name = _loop_name(step, turn, last, done, rounds)
            if rounds == 1 and len(inside) == 1:
                yield inside[0]._replace(name=f"{inside[0].name} ({name})")
            elif inside:
                yield Row(
                    name, "", _type(turn.body.out), total.frozen() if self._frozen else total,
                    rounds, children=inside,
                )  # fmt: skip
            done += rounds

    def _rounds(self, turns: Sequence[Turn]) -> Iterator[tuple[int, Turn, Turn]]:
        """Turns with equal rows and costs as one: (rounds, the first, the last of them)."""
        at = 0
        while at < len(turns):
            first, rounds, end = turns[at], 0, at
            rows, total = self.body(first.body.steps), self.adder.steps(first.body.steps)
            while end < len(turns) and (
                end == at
                or (
                    self.body(turns[end].body.steps) == rows
                    and self.adder.steps(turns[end].body.steps) == total
                )
            ):
                rounds += turns[end].count
                end += 1
            yield rounds, first, turns[end - 1]
            at = end

    def _nothing(self, step: Step) -> Iterator[Row]:
        yield from ()


def _reshapes(step: OpStep) -> bool:
    """True for a function whose result has another shape than what it takes."""
    if not step.ins:
        return True
    before, after = step.ins[0].type.shape, step.outs[0].type.shape
    return len(before) != len(after) or not all(map(same_dim, before, after))


def _type(value: Value | None) -> str:
    return value.type.show() if value is not None else ""


def _branch_count(item: Step) -> int:
    """How many branches an item of a merge writes out."""
    if isinstance(item, BranchStep):
        return 1
    if isinstance(item, IfStep | LoopStep):
        return sum(sum(map(_branch_count, body.steps)) * rounds for body, rounds in _insides(item))
    return 0


def _insides(item: IfStep | LoopStep) -> list[tuple[Body, int]]:
    if isinstance(item, LoopStep):
        return [(turn.body, turn.count) for turn in item.turns]
    body = item.then if item.taken else item.other
    return [(body, 1)] if body is not None else []


def _loop_name(step: LoopStep, turn: Turn, last: Turn, done: int, rounds: int) -> str:
    """`repeat x 12`, `round 1`, `rounds 2-12`; `for i = 0, depth = 3`, `for i = 0 ... 3`."""
    if step.kind == "repeat":
        if rounds == sum(t.count for t in step.turns):
            return f"repeat x {rounds}"
        return f"round {done + 1}" if rounds == 1 else f"rounds {done + 1}-{done + rounds}"
    pairs = [
        f"{name} = {_span(first, end)}"
        for (name, first), (_, end) in zip(turn.bound, last.bound, strict=True)
        if name != "_"
    ]
    return f"for {', '.join(pairs)}" if pairs else f"for x {rounds}"


def _span(first: SettingValue, last: SettingValue) -> str:
    one, other = show_value(first), show_value(last)
    return one if one == other else f"{one} ... {other}"


_RULES: Mapping[type[Step], Callable[..., Iterator[Row]]] = {
    OpStep: Rows._op,
    UseStep: Rows._use,
    OwnStep: Rows._own,
    WeightStep: Rows._weight,
    WeightReadStep: Rows._nothing,
    BranchStep: Rows._branch,
    MergeStep: Rows._merge,
    IfStep: Rows._if,
    LoopStep: Rows._loop,
    GroupStep: Rows._group,
    LetStep: Rows._nothing,
    PushStep: Rows._nothing,
    PopStep: Rows._nothing,
    LossStep: Rows._nothing,
    AssertStep: Rows._nothing,
}


class Table(NamedTuple):
    """A model's table: what it takes and gives, its rows and its totals."""

    model: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    totals: Totals


def table(model: str, root: Instance) -> Table:
    """The table of a model's concrete instance."""
    rows = Rows()
    return Table(
        model,
        tuple((port.name, port.value.type.show()) for port in root.inputs),
        tuple((result.name, result.value.type.show()) for result in root.outputs),
        rows.instance(root),
        rows.adder.instance(root),
    )


def walk(
    rows: Sequence[Row], depth: int | None = None, path: str = "", level: int = 0
) -> Iterator[tuple[int, str, Row]]:
    """(nesting, dotted path, row) of every row in order; `depth` levels at most."""
    if depth is not None and level >= depth:
        return
    for row in rows:
        here = f"{path}.{row.name}" if path else row.name
        yield level, here, row
        yield from walk(row.children, depth, here, level + 1)
