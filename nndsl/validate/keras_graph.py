"""The graph of emitted Keras code: builds the functional model, replays it, reads its weights."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from nndsl.backends.base import Emitted
from nndsl.ir.flatten import FlatPort
from nndsl.ir.input_sizes import InputSizes
from nndsl.ir.steps import Instance
from nndsl.ops.base import Type
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import Term as Formula
from nndsl.validate.foreign import Seen, keras_classes, without
from nndsl.validate.graph import Graph, equality, free_sizes
from nndsl.validate.interpreter import Interpreter, arguments_of
from nndsl.validate.keras_model import input_, model
from nndsl.validate.keras_reading import KerasReading
from nndsl.validate.keras_values import Model, State, built_size, checks_in
from nndsl.validate.objects import Unreadable
from nndsl.validate.readings import Readings
from nndsl.validate.source import BATCH, input_tensor
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit


class KerasCode:
    """Emitted Keras code as it runs; raises Unreadable, Misfit, Raised or Spent."""

    def __init__(self, root: Instance, emitted: Emitted) -> None:
        self.root = root
        self.reading = KerasReading()
        self.runner = Interpreter(self.reading)
        self.reading.state.runner = self.runner
        self.foreign = emitted.foreign
        own = keras_classes(self.reading.state, self.foreign, Seen(root, self.foreign))
        self.runner.module.names.update(own)
        self.runner.define(without(emitted.code, self.foreign))
        self.filed = True
        self.reading.state.declared = {
            port.name: (BATCH, *map(built_size, port.value.type.shape))
            for port in root.inputs
            if port.value.type.batched and root.definition.kind == "model"
        }
        self.notes = emitted.notes

    @property
    def readings(self) -> Readings:
        """What is known of views and sizes."""
        return self.reading.state.readings

    def limit(self, bounds: Mapping[int, int]) -> None:
        """Loops over `range(n)` take `bounds[n]` turns."""
        self.runner.bounds = bounds

    def parameters(self, entry: str) -> tuple[str, ...]:
        """What a function takes."""
        return arguments_of(self.runner.named(entry))

    def build(self, entry: str, arguments: Mapping[str, object], whole: bool = True) -> None:
        """Builds the model of a function; a block is put into one. whole: it is the root."""
        function = self.runner.named(entry)
        if self.root.definition.kind == "model":
            made = self.runner.call(function, (), dict(arguments))
        else:
            self.filed = False
            made = self._of_block(function, arguments)
        if not isinstance(made, Model):
            raise Unreadable(f"{entry} gives no keras.Model")
        self.model = made
        if whole and self.runner.module.knows("logits_model"):
            self._check_logits()

    def _of_block(self, function: object, arguments: Mapping[str, object]) -> Model:
        state = self.reading.state
        inputs = []
        for port in self.root.inputs:
            type_ = port.value.type
            tensor = self._input(port.name, type_)
            dims = [None if isinstance(dim, OpenDim) else dim for dim in tensor.shape[1:]]
            inputs.append(input_(state, dims, dtype=_DTYPES[type_.dtype], name=port.name))
        given = dict(arguments)
        if "name" in arguments_of(function):
            given.setdefault("name", "part")
        made = self.runner.call(function, tuple(inputs), given)
        return model(state, inputs, made, "part_model")

    def _check_logits(self) -> None:
        """`logits_model` gives what stands before a last softmax or sigmoid, on the same layers."""
        state = self.reading.state
        made = self.runner.call(self.runner.named("logits_model"), (self.model,), {})
        if not isinstance(made, Model) or len(made.outputs) != len(self.model.outputs):
            raise Misfit("`logits_model` gives another number of values than the model")
        if made.inputs != self.model.inputs:
            raise Misfit("`logits_model` takes something else than the model")
        state.begin(training=True)
        inputs = [self._input(port.name, port.value.type) for port in self.root.inputs]
        both = Model("both", self.model.inputs, [*self.model.outputs, *made.outputs])
        tensors = state.replay(both, inputs)
        half = len(made.outputs)
        for output, logits in zip(tensors[:half], tensors[half:], strict=True):
            final = output.term.op in ("softmax", "sigmoid")
            wanted = output.term.operands[0].term if final else output.term
            inverses = (_logarithm(state, output).term, _log_odds(state, output).term)
            if logits.term is not wanted and logits.term not in inverses:
                raise Misfit("`logits_model` does not give what the last activation takes")

    def activation(self, word: str) -> object:
        """An activation as an argument: its word."""
        return word

    def graph(self, training: bool) -> Graph:
        """One run of the model, in training or in evaluation."""
        state, root = self.reading.state, self.root
        state.begin(training)
        held = self._held() if self.filed else None
        state.begin(training)
        names = [symbol.name for symbol in self.model.inputs]
        wanted = [port.name for port in root.inputs]
        fits = [
            a == b or a.rstrip("_0123456789") in (b, RENAMED.get(b))
            for a, b in zip(names, wanted, strict=False)
        ]
        if not all(fits) or len(names) != len(wanted):
            raise Misfit(f"the inputs are {names}, not {wanted}")
        made = state.replay(
            self.model, [self._input(port.name, port.value.type) for port in root.inputs]
        )
        results = root.outputs
        if len(made) != len(results):
            raise Misfit(f"the model gives {len(made)} values, not {len(results)}")
        outputs = tuple(
            (result.name, self._laid(tensor, result.value.type, back=True))
            for result, tensor in zip(results, made, strict=True)
        )
        weights = dict(state.facts)
        checks = {equality(*sides): "" for sides in state.asserted if sides[0] != sides[1]}
        return Graph(
            state.meaning.store, outputs, tuple(state.losses), weights, checks, self.notes, held  # type: ignore[arg-type]
        )  # fmt: skip

    def _held(self) -> frozenset[frozenset[Formula]]:
        """What layers assert of the inputs, of whatever sizes these are."""
        if not InputSizes(self.root.inputs).held:
            return frozenset()
        state = self.reading.state
        inputs = [self._input(p.name, free_sizes(p.name, p.value.type)) for p in self.root.inputs]
        for layer, given in checks_in(self.model):
            # What is computed before a check need not be possible for such sizes.
            with suppress(Unreadable, Misfit):
                layer.run(*state.replay(Model("held", self.model.inputs, given), inputs))
        return frozenset(equality(*sides) for sides in state.asserted)

    def _input(self, name: str, type_: Type) -> Tensor:
        tensor = input_tensor(self.reading.state.meaning, FlatPort("input", name, 0, type_))
        return self._laid(tensor, type_, back=False)

    def _laid(self, tensor: Tensor, type_: Type, back: bool) -> Tensor:
        """A model's inputs and outputs lie as the file orders them, a block's channels last."""
        if self.filed or "C" not in type_.axes:
            return tensor
        shift = 1 if type_.batched else 0
        at = type_.channel_axis + shift
        order = [axis for axis in range(tensor.rank) if axis != at] + [at]
        if back:
            order = [order.index(axis) for axis in range(tensor.rank)]
        return self.reading.state.meaning.permute(tensor, order)


def _logarithm(state: State, probabilities: Tensor) -> Tensor:
    """Logits of probabilities: softmax gives them back. 1e-7 is Keras' own smallest one."""
    meaning = state.meaning
    return meaning.each("log", meaning.clip(probabilities, 1e-7, 1.0), dtype="float")


def _log_odds(state: State, probabilities: Tensor) -> Tensor:
    """The same for a sigmoid."""
    meaning = state.meaning
    clipped = meaning.clip(probabilities, 1e-7, 1.0 - 1e-7)
    others = meaning.each("log1p", meaning.each("negative", clipped), dtype="float")
    log = meaning.each("log", clipped, dtype="float")
    return meaning.each("subtract", log, others)


# A name that code may not have as it is.
RENAMED = {"input": "inputs"}
_DTYPES = {"float": None, "int": "int32", "bool": "bool"}
