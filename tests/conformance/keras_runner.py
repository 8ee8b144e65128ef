"""Runs emitted Keras code on numpy arrays in the file's axis order, on any of Keras' backends."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from conformance.harness import Case, emit, execute
from nndsl.backends.keras import TARGET
from nndsl.backends.keras.weight_names import Stored, stored
from nndsl.ir.steps import OpStep, OwnStep


class KerasRunner:
    """One case as a Keras model. Inputs and outputs are as the file has them."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.text, entry = emit(TARGET, case.program)
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(0)
        self.names = execute(self.text)
        self.model: keras.Model = self.names[entry]()  # type: ignore[operator]

    def run(self, inputs: Sequence[np.ndarray], training: bool = False) -> list[np.ndarray]:
        return [keras.ops.convert_to_numpy(t) for t in self.call(inputs, training)]

    def call(self, inputs: Sequence[np.ndarray], training: bool) -> list[object]:
        given = [_fitting(array) for array in inputs]
        made = self.model(given if len(given) > 1 else given[0], training=training)
        return list(made) if isinstance(made, list | tuple) else [made]

    def shapes(self) -> list[tuple[int | None, ...]]:
        """The shapes that Keras infers, the batch included."""
        return [tuple(tensor.shape) for tensor in self.model.outputs]

    def counts(self) -> tuple[int, int]:
        """(trainable parameters, all parameters)."""
        trainable = sum(int(np.prod(w.shape)) for w in self.model.trainable_weights)
        return trainable, self.model.count_params()

    def step(self, inputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """One step of gradient descent on the sum of squares; how far each weight moved."""
        before = {w.path: np.array(w) for w in self.model.trainable_weights}
        targets = [np.zeros(tuple(np.shape(t)), "float32") for t in self.run(inputs)]
        floats = [keras.backend.is_float_dtype(t.dtype) for t in self.model.outputs]
        losses = [_squares if is_float else None for is_float in floats]
        self.model.compile("sgd", loss=losses if len(losses) > 1 else losses[0])
        given = [_fitting(array) for array in inputs]
        self.model.train_on_batch(
            given if len(given) > 1 else given[0], targets if len(targets) > 1 else targets[0]
        )
        return {w.path: np.array(w) - before[w.path] for w in self.model.trainable_weights}

    def saves(self, inputs: Sequence[np.ndarray], wanted: list[np.ndarray], exact: bool) -> bool:
        """True where the model saved and loaded again gives what it gave."""
        helpers = {name: each for name, each in self.names.items() if isinstance(each, type)}
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.keras"
            self.model.save(path)
            again = keras.saving.load_model(path, custom_objects=helpers)
        given = [_fitting(array) for array in inputs]
        made = again(given if len(given) > 1 else given[0], training=False)
        found = list(made) if isinstance(made, list | tuple) else [made]
        arrays = [keras.ops.convert_to_numpy(t) for t in found]
        return not exact or all(
            np.allclose(a, b, atol=1e-5, equal_nan=True)
            for a, b in zip(arrays, wanted, strict=True)
        )

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """Sets the layer's weights from the language's; all are set."""
        step, site = self.case.step, "layer"
        if step.owner:
            own = self.case.program.root.steps[0]
            assert isinstance(own, OwnStep)
            assert isinstance(own.use, OpStep)
            step, site = own.use, own.site.name
        left = {w.path for w in self.model.weights}
        for name, place in stored(step).items():
            variable = self.variable(site, place)
            variable.assign(values[name].reshape(variable.shape))
            left.remove(variable.path)
        assert not left, left

    def variable(self, site: str, place: Stored) -> keras.Variable:
        found: object = self.model.get_layer(site + place.suffix)
        for name in place.attribute.split("."):
            found = getattr(found, name)
        return found  # type: ignore[return-value]


def _fitting(array: np.ndarray) -> np.ndarray:
    return array.astype("int32") if array.dtype == np.int64 else array


def _squares(_: object, value: object) -> object:
    return keras.ops.sum(keras.ops.square(value))
