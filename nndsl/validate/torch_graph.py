"""The graph of emitted PyTorch code: constructs the model, runs its forward, reads its weights."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import suppress
from itertools import chain

from nndsl.backends.base import Emitted
from nndsl.ir.flatten import FlatPort
from nndsl.ir.input_sizes import InputSizes
from nndsl.ir.steps import Instance
from nndsl.ops.base import Type
from nndsl.ops.symbols import Term as Formula
from nndsl.validate.foreign import Seen, torch_classes, without
from nndsl.validate.graph import Graph, WeightFact, equality, free_sizes
from nndsl.validate.interpreter import Interpreter, arguments_of
from nndsl.validate.objects import Class, Raised, Space, Spent, Unreadable
from nndsl.validate.objects import Instance as Module
from nndsl.validate.readings import Readings
from nndsl.validate.sequences import Sequences
from nndsl.validate.source import input_tensor
from nndsl.validate.terms import Store, Tensor
from nndsl.validate.torch_activations import ACTIVATIONS
from nndsl.validate.torch_containers import every
from nndsl.validate.torch_helpers import Penalty
from nndsl.validate.torch_reading import TorchReading
from nndsl.validate.torch_values import core_of, named_parameters
from nndsl.validate.views import Misfit


class TorchCode:
    """Emitted PyTorch code as it runs; raises Unreadable, Misfit, Raised or Spent."""

    def __init__(self, root: Instance, emitted: Emitted) -> None:
        self.root = root
        self.reading = TorchReading()
        self.runner = Interpreter(self.reading)
        self.reading.state.runner = self.runner
        self.foreign = emitted.foreign
        own = torch_classes(self.reading.state, self.foreign, Seen(root, self.foreign))
        self.runner.module.names.update(own)
        self.runner.define(without(emitted.code, self.foreign))
        self.channels_first = emitted.channels_first
        self.sequences = False  # whether those of what was built lie channels first

    @property
    def readings(self) -> Readings:
        """What is known of views and sizes."""
        return self.reading.state.readings

    def limit(self, bounds: Mapping[int, int]) -> None:
        """Loops over `range(n)` take `bounds[n]` turns."""
        self.runner.bounds = bounds

    def parameters(self, entry: str) -> tuple[str, ...]:
        """What the constructor of a class takes."""
        return arguments_of(self.runner.named(entry))

    def build(self, entry: str, arguments: Mapping[str, object], whole: bool = True) -> None:
        """Constructs a class. whole: it is the model, not one of its parts."""
        cls = self.runner.named(entry)
        if not isinstance(cls, Class):
            raise Unreadable(f"{entry} is no class")
        model = self.runner.call(cls, (), dict(arguments))
        assert isinstance(model, Module), model
        self.model = model
        self.whole = whole
        self.sequences = not whole and entry in self.channels_first
        made = [core_of(instance).training for instance in every(model)]
        self._method("train")
        if made != [core_of(instance).training for instance in every(model)]:
            raise Misfit("`train` puts parts into another mode than the constructor left them in")

    def activation(self, word: str) -> object:
        """An activation as an argument: its class."""
        found = [k for run, k in ACTIVATIONS.values() if ACTIVATIONS.get(word, ("", ""))[1] == k]
        if not found:
            raise Unreadable(f"no class for {word}")
        return self.reading.member(Space("torch.nn"), found[0])

    def graph(self, training: bool) -> Graph:
        """One run of forward, in training or in evaluation."""
        self._method("train" if training else "eval")
        held = self._held() if self.whole else None
        self.reading.state.use()
        inputs = [self._input(port.name, port.value.type) for port in self.root.inputs]
        self.reading.state.running = True
        self.runner.asserted.clear()
        self._forget_losses()
        made = self.runner.call(self.model, tuple(inputs), {})
        self.reading.state.running = False
        results = self.root.outputs
        values = list(made) if isinstance(made, tuple) and len(results) != 1 else [made]
        if len(values) != len(results):
            raise Misfit(f"forward gives {len(values)} values, not {len(results)}")
        outputs = tuple(
            (result.name, self._in_file_order(self.reading.state.tensor(value), result.value.type))
            for result, value in zip(results, values, strict=True)
        )
        losses = self._losses()
        store = self.reading.state.meaning.store
        checks = {equality(*sides): "" for sides in self.runner.asserted}
        return Graph(store, outputs, losses, self._weights(), checks, held=held)

    def _held(self) -> frozenset[frozenset[Formula]]:
        """What forward asserts of its inputs before sizes that it may not take make it fail."""
        if not InputSizes(self.root.inputs).held:
            return frozenset()
        self.reading.state.use()
        self.runner.asserted.clear()
        inputs = [self._input(p.name, free_sizes(p.name, p.value.type)) for p in self.root.inputs]
        # What is computed after the checks need not be possible for such sizes.
        with suppress(Unreadable, Misfit, Raised, Spent):
            self.runner.call(self.model, tuple(inputs), {})
        return frozenset(equality(*sides) for sides in self.runner.asserted)

    def _method(self, name: str, *args: object) -> object:
        return self.runner.call(self.runner.attribute(self.model, name), args, {})

    def _input(self, name: str, type_: Type) -> Tensor:
        state = self.reading.state
        tensor = input_tensor(state.meaning, FlatPort("input", name, 0, type_))
        return state.meaning.permute(tensor, boundary(type_, self.sequences))

    def _in_file_order(self, tensor: Tensor, type_: Type) -> Tensor:
        """An output as the file orders its axes."""
        order = boundary(type_, self.sequences)
        if len(order) != tensor.rank:
            raise Misfit(f"an output of {tensor.shape} where {type_.show()} is wanted")
        return tensor.viewed(tuple(tensor.view[order.index(axis)] for axis in range(len(order))))

    def _weights(self) -> dict[Hashable, WeightFact]:
        found: dict[Hashable, WeightFact] = {}
        for key, parameter in named_parameters(self.model):
            found[id(parameter)] = parameter.fact(key)
        penalised = self.whole and any(fact.l1 or fact.l2 for fact in found.values())
        if penalised:
            total = self._method("penalty")
            if not isinstance(total, Penalty) or total.module is not self.model:
                raise Misfit("`penalty` does not return the penalties of all weights")
        return found

    def _forget_losses(self) -> None:
        """A part keeps those of the run before: its model is what clears them."""
        for instance in () if self.whole else every(self.model):
            listed = instance.attributes.get("losses")
            if isinstance(listed, list):
                listed.clear()

    def _losses(self) -> tuple[tuple[str, Tensor], ...]:
        """The terms that forward has kept, as they were computed; `extra_losses` adds them up."""
        state = self.reading.state
        kept: list[list[Tensor]] = []
        for instance in every(self.model):
            listed = instance.attributes.get("losses", [])
            assert isinstance(listed, list), listed
            if listed:
                kept.append([state.tensor(each) for each in listed])
        if self.whole and kept:
            self._check_sum(kept)
        found = sorted(chain.from_iterable(kept), key=lambda tensor: tensor.term.number)
        return tuple(("", tensor) for tensor in found)

    def _check_sum(self, kept: list[list[Tensor]]) -> None:
        """`extra_losses` adds up what each module has kept."""
        state = self.reading.state
        forward = state.meaning
        state.meaning = Sequences(Store(state.readings), forward.training)
        total = self._method("extra_losses")
        sums = [state.meaning.chain("add", each) if len(each) > 1 else each[0] for each in kept]
        added = state.meaning.chain("add", sums) if len(sums) > 1 else sums[0]
        if state.tensor(total).term is not added.term:
            raise Misfit("`extra_losses` is not the sum of the terms")
        state.meaning = forward


def boundary(type_: Type, sequences: bool = False) -> tuple[int, ...]:
    """How inputs and outputs lie: images and volumes with their channels behind the batch.

    An order of the file's axes with the batch in front. sequences: those of a block whose
    sequences lie so as well.
    """
    axes = list(range(type_.rank))
    first = type_.rank in (3, 4) or (sequences and type_.rank == 2 and type_.dtype == "float")
    if first and type_.batched:
        axes.remove(type_.channel_axis)
        axes.insert(0, type_.channel_axis)
    return (0, *(axis + 1 for axis in axes)) if type_.batched else tuple(axes)
