"""The graph of the flattened program: what the text means, read off the ops' resolved settings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

from nndsl.backends.foreign import Foreign
from nndsl.ir.flatten import (
    Flat,
    FlatCheck,
    FlatLoss,
    FlatOp,
    FlatPort,
    FlatWeight,
    flatten,
    show_path,
)
from nndsl.ir.input_sizes import InputSizes
from nndsl.ir.steps import Instance, MergeStep, OpStep, WeightStep
from nndsl.ops.base import Init, Op, Recipe, Settings, Type, Weight, Word
from nndsl.ops.initializers import Start, describe
from nndsl.ops.numbers import Dim, open_dim, term_of
from nndsl.ops.symbols import Term
from nndsl.validate.graph import Graph, WeightFact, held_equal
from nndsl.validate.readings import Readings
from nndsl.validate.sequences import Sequences
from nndsl.validate.terms import Store, Tensor
from nndsl.validate.views import Misfit

BATCH = open_dim("batch")  # users' names of dimensions begin with a question mark


class Held(NamedTuple):
    """A value of the flattened view. batched: its first axis is the batch. A state is a tuple."""

    tensor: Tensor
    batched: bool
    parts: tuple[Tensor, ...] = ()


Made: TypeAlias = "Held | tuple[Held, ...]"


def source_graph(
    root: Instance, training: bool, readings: Readings, foreign: Sequence[Foreign] = ()
) -> Graph:
    """The graph of a concrete instance, as it computes in training or in evaluation.

    readings: of the code that it is compared with. foreign: the classes by which that has layers of
    other packages.
    """
    return _Source(root, training, readings, foreign).graph()


class _Source:
    def __init__(
        self, root: Instance, training: bool, readings: Readings, foreign: Sequence[Foreign]
    ) -> None:
        self.foreign = foreign
        self.store = Store(readings)
        self.meaning = Sequences(self.store, training)
        self.values: dict[int, Held] = {}
        self.weights: dict[Hashable, WeightFact] = {}
        self.outputs: list[tuple[str, Tensor]] = []
        self.losses: list[tuple[str, Tensor]] = []
        self.checks: dict[frozenset[Term], str] = {}
        self.starts: dict[tuple[Init, tuple[Dim, Dim]], Start] = {}
        self.root = root
        from nndsl.validate.source_ops import read_op

        self.read = read_op

    def graph(self) -> Graph:
        items = tuple(flatten(self.root))
        needed = _needed(items)
        for item in items:
            if isinstance(item, FlatPort):
                self._port(item)
            elif isinstance(item, FlatOp):
                self.store.idle = needed.isdisjoint(item.outs)
                self._op(item)
                self.store.idle = False
            elif isinstance(item, FlatWeight):
                self._weight(item)
            elif isinstance(item, FlatLoss):
                self._loss(item)
            elif isinstance(item, FlatCheck):
                self._check(item)
        ends = tuple(self.outputs), tuple(self.losses)
        held = frozenset(frozenset((h.left, h.right)) for h in InputSizes(self.root.inputs).held)
        return Graph(self.store, *ends, self.weights, self.checks, held=held)

    def _check(self, item: FlatCheck) -> None:
        """Sizes that the text asserts to be equal, where only a run can tell."""
        held = self.values[item.value]
        for axis, wanted in item.step.open:
            size = term_of(held.tensor.shape[axis + held.batched])
            if size != wanted:
                self.checks.setdefault(held_equal(size, wanted), item.step.site.name)

    def _loss(self, item: FlatLoss) -> None:
        """A term for each example, averaged over the batch."""
        tensor = self.values[item.value].tensor
        mean = self.meaning.reduce("mean", tensor, range(tensor.rank))
        self.losses.append((show_path(item.path), mean))

    def _port(self, item: FlatPort) -> None:
        if item.kind == "output":
            tensor = self.values[item.value].tensor
            self.outputs.append((item.name, tensor.typed(item.type.dtype)))
        else:
            self.values[item.value] = Held(input_tensor(self.meaning, item), item.type.batched)

    def _op(self, item: FlatOp) -> None:
        path = show_path(item.path)
        home = path if item.home is item.path else show_path(item.home)
        self.store.place = (path,)
        if isinstance(item.step, OpStep):
            for weight in item.step.weights:
                self._note(f"{home}.{weight.name}", weight, item.frozen)
        site = Site(self, item, home)
        made = self.read(site)
        results = (made,) if isinstance(made, Held) else made
        for number, held in zip(item.outs, results, strict=True):
            self.values[number] = held

    def _weight(self, item: FlatWeight) -> None:
        self.store.place = (show_path(item.path),)
        weight, path = item.step.weight, show_path(item.home)
        if not isinstance(item.step, WeightStep):
            path = f"{path}.{weight.name}"
        self._note(path, weight, item.frozen)
        self.values[item.out] = Held(self.meaning.weight(path, weight.shape), False)

    def _note(self, path: str, weight: Weight, frozen: bool) -> None:
        """The facts of a weight are those of the first time it is met."""
        if path in self.weights:
            return
        how = (weight.init, weight.fans)
        start = self.starts.get(how)
        if start is None:
            start = self.starts[how] = describe(*how)  # type: ignore[arg-type]
        trainable = weight.trainable and not frozen
        self.weights[path] = WeightFact(
            path, trainable, start, weight.l1, weight.l2, tuple(weight.shape)
        )


def input_tensor(meaning: Sequences, item: FlatPort) -> Tensor:
    """An input in the file's axis order, the batch in front."""
    shape: tuple[Dim, ...] = item.type.shape
    if item.type.batched:
        shape = (BATCH, *shape)
    dtype = item.type.dtype
    return meaning.constant("input", shape, dtype, name=item.name)


def _needed(items: Sequence[Flat]) -> set[int]:
    """The numbers of the values that outputs, losses and checks need."""
    needed: set[int] = set()
    for item in reversed(items):
        match item:
            case FlatPort(kind="output") | FlatLoss() | FlatCheck():
                needed.add(item.value)
            case FlatOp() if not needed.isdisjoint(item.outs):
                needed.update(item.ins, (number for _, number in item.parts))
            case _:
                pass
    return needed


class Site:
    """One operation of the flattened view while it is read. home: the path of its weights."""

    def __init__(self, source: _Source, item: FlatOp, home: str) -> None:
        self.source = source
        self.item = item
        self.home = home
        self.step: OpStep | MergeStep = item.step
        self.meaning = source.meaning
        self.settings: Settings = item.step.settings
        self.held = [source.values[number] for number in item.ins]
        self.frozen = item.frozen

    @property
    def op(self) -> Op:
        return self.step.op

    @property
    def word(self) -> str:
        """The op's word without the rank that it asks for: `Conv` of `Conv2D`."""
        word = self.step.op.word
        return word[:-2] if word[-2:] in ("1D", "2D", "3D") else word

    @property
    def x(self) -> Tensor:
        return self.held[0].tensor

    @property
    def batched(self) -> bool:
        return self.held[0].batched

    @property
    def type(self) -> Type:
        """The type of the first operand."""
        if isinstance(self.step, OpStep):
            return self.step.ins[0].type
        assert self.step.entry is not None, "a merge that asks for its operand's type has one"
        return self.step.entry.type

    def axis(self, axis: int) -> int:
        """The position of one of the file's axes of the first operand."""
        return axis + 1 if self.batched else axis

    @property
    def some(self) -> bool:
        """True where an operand has a batch."""
        return any(held.batched for held in self.held)

    @property
    def dtype(self) -> str:
        """The dtype of the (first) result."""
        step = self.step
        out = step.out if isinstance(step, MergeStep) else step.outs[0]
        return out.type.dtype

    @property
    def channel(self) -> int:
        return self.axis(self.type.channel_axis)

    @property
    def spatial(self) -> tuple[int, ...]:
        first = 1 if self.batched else 0
        return tuple(p for p in range(first, self.x.rank) if p != self.channel)

    def named(self, name: str) -> Held | None:
        """The operand given by keyword."""
        assert isinstance(self.step, OpStep)
        if name not in self.step.names:
            return None
        return self.held[self.step.names.index(name)]

    def part(self, setting: str) -> Tensor | None:
        """What a recipe inside the layer makes."""
        found = dict(self.item.parts).get(setting)
        return None if found is None else self.source.values[found].tensor

    def weight(self, name: str) -> Tensor | None:
        """The layer's weight of this name; none where it has none."""
        assert isinstance(self.step, OpStep)
        for weight in self.step.weights:
            if weight.name == name:
                return self.meaning.weight(f"{self.home}.{name}", weight.shape)
        return None

    def need(self, name: str) -> Tensor:
        found = self.weight(name)
        if found is None:
            raise Misfit(f"{self.op.word} has no weight {name}")
        return found

    def hold(self, tensor: Tensor, batched: bool | None = None) -> Held:
        return Held(tensor, self.batched if batched is None else batched)

    def together(self, helds: Sequence[Held]) -> list[Tensor]:
        """Operands of one rank per example, so that they broadcast example by example."""
        rank = max(held.tensor.rank - held.batched for held in helds)
        return [_lifted(held, rank) for held in helds]

    def word_of(self, name: str) -> str:
        value = self.settings.get(name)
        return value.name if isinstance(value, Word) else ""

    def recipe(self, name: str) -> Recipe | None:
        value = self.settings.items.get(name)
        return value if isinstance(value, Recipe) else None


def _lifted(held: Held, rank: int) -> Tensor:
    missing = rank - (held.tensor.rank - held.batched)
    if not missing or not held.batched:
        return held.tensor
    view = held.tensor.view
    return held.tensor.viewed((view[0], *((),) * missing, *view[1:]))
