"""The side of Keras: `python -m nndsl.verify.keras_side FOLDER`, or `--serve` for many.

KERAS_BACKEND is respected.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops
from keras.src import backend as inner

from nndsl.verify.job import Job, Result, load_job, save_result
from nndsl.verify.side import (
    NOISE,
    RATE,
    arguments,
    directions,
    emitted,
    feeds,
    fingerprint,
    serve,
)
from nndsl.weights.arrays import Array, to_target
from nndsl.weights.keras_side import find_variable

Tensor: TypeAlias = "object"
SEEDS = ("seed_generator_state", "seed_generator")  # weights that count draws


def main(folder: Path) -> None:
    """Runs the job of a folder and leaves the result there."""
    job, arrays = load_job(folder)
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    keras.config.set_floatx(job.precision)
    keras.config.set_dtype_policy(job.precision)
    module, script = emitted(folder, job)
    side = KerasSide(job, arrays, module)
    found = {**side.evaluated(), **side.inputs_of_layers()}
    trainable, others = counts(side.model)
    losses: list[float] = []
    if job.steps:
        losses = side.trained(script)
        found |= side.weights_after()
    version = f"{keras.version()} on {keras.backend.backend()}"
    save_result(folder, Result(version, trainable, others, tuple(losses), found))


def without_chance() -> None:
    """Dropout keeps everything, normal draws are a constant."""

    def normal(shape: object, mean: float = 0.0, stddev: float = 1.0, dtype: object = None,
               seed: object = None) -> Tensor:  # fmt: skip
        return ops.full(shape, mean + stddev * NOISE, dtype=dtype or keras.config.floatx())

    inner.random.normal = normal
    inner.random.dropout = lambda inputs, *args, **kwargs: inputs


def counts(model: keras.Model) -> tuple[int, int]:
    """Trainable and other parameters, without the counters of random draws."""
    weights = [w for w in model.weights if not any(s in w.path for s in SEEDS)]
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    return trainable, sum(int(np.prod(w.shape)) for w in weights) - trainable


class KerasSide:
    """The emitted model with the given weights."""

    def __init__(self, job: Job, arrays: Mapping[str, Array], module: ModuleType) -> None:
        self.job = job
        self.arrays = arrays
        self.module = module
        self.model: keras.Model = getattr(module, job.entry)()
        self.load()

    def load(self) -> None:
        """Copies the weights; raises where one has no place or another size."""
        values = {path: self.arrays[f"weight:{path}"] for path in self.job.shapes}
        for slot in self.job.slots:
            variable = self.variable(slot.key)
            variable.assign(to_target(slot, values).reshape(tuple(variable.shape)))

    def variable(self, key: str) -> keras.Variable:
        return find_variable(self.model, key)

    def evaluated(self) -> dict[str, Array]:
        """Outputs, and the gradients of their weighted sum for inputs and weights."""
        tensors = [ops.convert_to_tensor(array) for array in feeds(self.job, self.arrays)]
        paths = {slot.parts[0].weight: self.variable(slot.key) for slot in self.job.slots}
        trained = {path: paths[path] for path in self.job.trained}
        real = [i for i, port in enumerate(self.job.inputs) if port.dtype == "float"]
        outputs, loss, found = _differentiated(self, tensors, list(trained.values()), real)
        assert loss is not None
        arrays = {f"output:{i}": _array(output) for i, output in enumerate(outputs)}
        for i, gradient in zip(real, found[: len(real)], strict=True):
            if gradient is not None:
                arrays[f"input gradient:{self.job.inputs[i].name}"] = gradient
        for path, gradient in zip(trained, found[len(real) :], strict=True):
            if gradient is not None:
                arrays[f"gradient:{path}"] = gradient.reshape(self.job.shapes[path])
        return arrays

    def call(self, tensors: Sequence[Tensor], training: bool) -> list[Tensor]:
        raw = self.model(list(tensors) if len(tensors) > 1 else tensors[0], training=training)
        return list(raw) if isinstance(raw, list | tuple) else [raw]

    def weighted(self, outputs: Sequence[Tensor]) -> Tensor:
        """The sum of all real outputs, each element times a number of its own."""
        total = ops.zeros((), keras.config.floatx())
        for port, output in zip(self.job.outputs, outputs, strict=True):
            if port.dtype == "float":
                weights = directions(tuple(ops.shape(output))).astype(keras.config.floatx())
                # some ops of whole numbers give float32 whatever the precision is
                exact = ops.cast(output, keras.config.floatx())
                total = total + ops.sum(exact * ops.convert_to_tensor(weights))
        return total

    def inputs_of_layers(self) -> dict[str, Array]:
        """The first operand of every layer that has weights, as a fingerprint."""
        wanted: dict[str, Tensor] = {}
        for path, key in self.job.layers.items():
            name = key.split(".")[0]
            nodes = self.model.get_layer(name)._inbound_nodes if "/" not in name else []
            if nodes:
                wanted[path] = nodes[0].input_tensors[0]
        if not wanted:
            return {}
        probe = keras.Model(self.model.inputs, list(wanted.values()))
        given = feeds(self.job, self.arrays)
        values = probe(given if len(given) > 1 else given[0], training=False)
        values = values if isinstance(values, list | tuple) else [values]
        pairs = zip(wanted, values, strict=True)
        return {f"layer:{path}": fingerprint(_array(value)) for path, value in pairs}

    def trained(self, script: ModuleType | None) -> list[float]:
        """The loss of each step, and the model as it is after them."""
        if script is None:
            return self.descended()
        count = self.job.batch * self.job.steps
        flags = arguments(script, self.job)
        batches = script.Batches(script.synthetic(count, seed=0), flags)
        more = [len(batches)] * (len(inspect.signature(script.compile_model).parameters) - 2)
        model = script.compile_model(self.model, flags, *more)
        losses = []
        for step in range(self.job.steps):
            model.reset_metrics()
            losses.append(float(model.train_on_batch(*batches[step], return_dict=True)["loss"]))
        return losses

    def descended(self) -> list[float]:
        """Plain gradient descent on the weighted sum of the outputs."""
        tensors = [ops.convert_to_tensor(array) for array in feeds(self.job, self.arrays)]
        variables = list(self.model.trainable_variables)
        if not variables:
            return []
        losses = []
        for _ in range(self.job.steps):
            outputs, loss, gradients = _differentiated(self, tensors, variables, [], True)
            size = sum(_array(output).size for output in outputs)
            losses.append(float(_array(loss)) / size)
            for variable, gradient in zip(variables, gradients, strict=True):
                if gradient is not None:
                    variable.assign(variable - RATE * gradient / size)
        return losses

    def weights_after(self) -> dict[str, Array]:
        """Every weight, moving statistics among them."""
        return {
            f"after:{slot.parts[0].weight}": _array(self.variable(slot.key)).reshape(
                self.job.shapes[slot.parts[0].weight]
            )
            for slot in self.job.slots
        }


def _differentiated(
    side: KerasSide,
    tensors: list[Tensor],
    variables: list[keras.Variable],
    real: Sequence[int],
    training: bool = False,
) -> tuple[list[Tensor], Tensor, list[Array | None]]:
    """Outputs, weighted sum, and its gradients: of the inputs numbered `real`, of the variables."""
    kind = keras.backend.backend()
    if kind == "tensorflow":
        import tensorflow as tf

        watched = [tensors[i] for i in real]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            outputs = side.call(tensors, training)
            loss = side.weighted(outputs)
        raw = tape.gradient(loss, [*watched, *(v.value for v in variables)])
        return outputs, loss, [_given(g if g is None else tf.convert_to_tensor(g)) for g in raw]
    if kind != "torch":
        raise SystemExit(f"nndsl verify runs Keras on TensorFlow or PyTorch, not on {kind}")
    for i in real:
        tensors[i] = tensors[i].detach().requires_grad_()  # type: ignore[attr-defined]
    for variable in variables:
        variable.value.grad = None
    outputs = side.call(tensors, training)
    loss = side.weighted(outputs)
    if loss.requires_grad:  # type: ignore[attr-defined]
        loss.backward()  # type: ignore[attr-defined]
    grads = [tensors[i].grad for i in real] + [v.value.grad for v in variables]  # type: ignore[attr-defined]
    return outputs, loss, [_given(g) for g in grads]


def _given(tensor: Tensor) -> Array | None:
    return None if tensor is None else _array(tensor)


def _array(tensor: Tensor) -> Array:
    found: Array = ops.convert_to_numpy(tensor)
    return found


if __name__ == "__main__":
    without_chance()
    serve(main)
