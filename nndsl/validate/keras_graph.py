"""The graph of emitted Keras code: builds the functional model, replays it, reads its weights."""

from __future__ import annotations

from nndsl.backends.base import Emitted
from nndsl.ir.flatten import FlatPort
from nndsl.ir.steps import Program
from nndsl.ops.base import Type
from nndsl.validate.graph import Graph
from nndsl.validate.interpreter import Interpreter
from nndsl.validate.keras_reading import KerasReading
from nndsl.validate.keras_values import Model
from nndsl.validate.objects import Unreadable
from nndsl.validate.source import input_tensor
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit


class KerasCode:
    """Emitted Keras code as it runs; raises Unreadable, Misfit, Raised or Spent."""

    def __init__(self, program: Program, emitted: Emitted, settings: dict[str, object]) -> None:
        self.program = program
        self.reading = KerasReading()
        self.runner = Interpreter(self.reading)
        self.reading.state.runner = self.runner
        self.runner.define(emitted.code)
        made = self.runner.call(self.runner.named(emitted.entry), (), settings)
        if not isinstance(made, Model):
            raise Unreadable(f"{emitted.entry} gives no keras.Model")
        self.model = made

    def graph(self, training: bool) -> Graph:
        """One run of the model, in training or in evaluation."""
        state, root = self.reading.state, self.program.root
        state.begin(training)
        names = [symbol.name for symbol in self.model.inputs]
        wanted = [port.name for port in root.inputs]
        if names != wanted:
            raise Misfit(f"the inputs are {names}, not {wanted}")
        made = state.replay(
            self.model, [self._input(port.name, port.value.type) for port in root.inputs]
        )
        results = root.outputs
        if len(made) != len(results):
            raise Misfit(f"the model gives {len(made)} values, not {len(results)}")
        outputs = tuple(
            (result.name, tensor) for result, tensor in zip(results, made, strict=True)
        )
        weights = dict(state.facts)
        return Graph(state.meaning.store, outputs, tuple(state.losses), weights)  # type: ignore[arg-type]

    def _input(self, name: str, type_: Type) -> Tensor:
        """Inputs and outputs lie as the file orders their axes."""
        meaning = self.reading.state.meaning
        return input_tensor(meaning, FlatPort("input", name, 0, type_))
