"""One program on both frameworks with equal weights: outputs, gradients and counts to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nndsl.analysis.rows import table
from nndsl.analysis.weights import owned
from nndsl.backends.torch.places import model_slots
from nndsl.compiler import Session, compile_model
from nndsl.ir.files import Resolver, no_imports
from nndsl.ir.flatten import FlatOp, flatten
from nndsl.ir.steps import Instance, OpStep
from nndsl.ops.base import Type
from nndsl.results import Compilation
from nndsl.source import Source
from nndsl.weights.arrays import to_target
from nndsl.weights.keras_side import find_variable
from support.in_training import keras_in_training, steady, torch_in_training
from support.torch_axes import held_axes

BATCH = 2
NOISE = 0.3  # what every random draw is made to give


class Counts(NamedTuple):
    trainable: int
    non_trainable: int


class Result(NamedTuple):
    """outputs and gradients (by the weight's path, in the language's layout) of one run.

    trained: the outputs in training, of a program with frozen parts and no noise but in them.
    """

    outputs: list[np.ndarray]
    gradients: dict[str, np.ndarray]
    counts: Counts
    trained: list[np.ndarray]


class Program:
    """A model at given settings, compiled for both targets."""

    def __init__(
        self,
        text: Path | Source,
        settings: Mapping[str, str],
        model: str | None = None,
        resolver: Resolver = no_imports,
    ) -> None:
        source = text if isinstance(text, Source) else Source(text.name, text.read_text())
        session = Session(source, resolver)
        elaborated = session.elaborate(model, settings)
        assert elaborated is not None, session.found
        self.root: Instance = elaborated.root
        facts = table(elaborated.model, elaborated.root).totals
        self.counts = Counts(facts.trainable, facts.params - facts.trainable)
        self.source, self.settings, self.model, self.resolver = source, settings, model, resolver
        self.weights = owned(self.root)
        self.steady = steady(self.root)

    @property
    def has_float64(self) -> bool:
        """False where TensorFlow has no kernel: its pools over three axes are float32 on a CPU."""
        steps = (item.step for item in flatten(self.root) if isinstance(item, FlatOp))
        return not any(
            isinstance(step, OpStep)
            and step.op.word in ("MaxPool", "AvgPool")
            and step.ins[0].type.rank == 4
            for step in steps
        )

    def compiled(self, target: str) -> Compilation:
        made = compile_model(self.source, target, self.model, self.settings, resolver=self.resolver)
        assert made.files, made.diagnostics
        return made

    def values(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Numbers for every weight: small, and positive where variances are."""
        random = np.random.default_rng(seed)
        made = {}
        for path, weight in ((each.path, each.weight) for each in self.weights):
            fan_in = max(1, int(np.prod(weight.shape[:-1])))
            scale = 0.1 if len(weight.shape) < 2 else (2 / fan_in) ** 0.5
            drawn = random.normal(0, scale, weight.shape)
            if weight.name in ("moving_variance", "gamma"):
                drawn = 0.8 + 0.4 * random.random(weight.shape)
            made[path] = drawn.astype("float32")
        return made

    def inputs(self, feeds: Mapping[str, tuple[Sequence[int], int]]) -> list[np.ndarray]:
        """One batch for every input, in the file's axis order."""
        random = np.random.default_rng(1)
        made = []
        for port in self.root.inputs:
            shape, high = feeds[port.name]
            if port.value.type.dtype == "bool":
                made.append(random.random((BATCH, *shape)) < 0.5)
            elif port.value.type.dtype == "int":
                made.append(random.integers(0, high or 2, (BATCH, *shape)).astype("int32"))
            else:
                made.append(random.normal(0, 1, (BATCH, *shape)).astype("float32"))
        return made


def execute(text: str, name: str) -> dict[str, object]:
    """The names that an emitted module defines."""
    space: dict[str, object] = {"__name__": name}
    exec(compile(text, f"<{name}>", "exec"), space)
    return space


# ---- torch -------------------------------------------------------------------------------------


def run_torch(program: Program, values: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray],
              exact: bool = False) -> Result:  # fmt: skip
    """Forward and backward of the sum of squares, in evaluation; float64 with `exact`."""
    import torch

    made = program.compiled("torch")
    space = execute(made.files[made.model], "emitted_torch")
    torch.manual_seed(0)
    module = space[entry_of(made, space)]()  # type: ignore[operator]
    counts = torch_counts(module)
    keys = _load_torch(module, program, made.weights, values)
    module.eval()
    if exact:
        module.double()
    draw, torch.randn_like = torch.randn_like, lambda x, **k: torch.full_like(x, NOISE)
    try:
        feeds = [
            _to_torch(array, port.value.type, exact)
            for array, port in zip(inputs, program.root.inputs, strict=True)
        ]
        raw = module(*feeds)
        outputs = list(raw) if isinstance(raw, tuple) else [raw]
        loss = sum((o.to(torch.float64) ** 2).sum() for o in outputs if o.is_floating_point())
        if program.weights:
            loss.backward()  # type: ignore[union-attr]
        trained = torch_in_training(module, feeds) if program.steady else []
    finally:
        torch.randn_like = draw
    parameters = dict(module.named_parameters(remove_duplicate=False))
    gradients = {
        key: g.detach().numpy().copy()
        for key in keys
        if key in parameters and (g := parameters[key].grad) is not None
    }
    if program.weights:
        _step_torch(module, feeds)
    return Result(_plain(outputs, program), gradients, counts, _plain(trained, program))


def _plain(outputs: Sequence[object], program: Program) -> list[np.ndarray]:
    """A module's outputs in the file's axis order."""
    return [
        o.detach().numpy().transpose(np.argsort(held_axes(r.value.type)))  # type: ignore[attr-defined]
        for o, r in zip(outputs, program.root.outputs, strict=bool(outputs))
    ]


def _step_torch(module: object, feeds: Sequence[object]) -> None:
    """One step of gradient descent in training mode; the weights must stay finite and move."""
    import torch

    assert isinstance(module, torch.nn.Module)
    module.train()
    module.zero_grad()
    trained = [p for p in module.parameters() if p.requires_grad]
    before = [p.detach().clone() for p in trained]
    raw = module(*feeds)
    outputs = list(raw) if isinstance(raw, tuple) else [raw]
    sum((o**2).mean() for o in outputs if o.is_floating_point()).backward()  # type: ignore[union-attr]
    torch.optim.SGD(trained, 1e-2).step()
    assert all(bool(torch.isfinite(p).all()) for p in trained)
    assert any(not torch.equal(p, old) for p, old in zip(trained, before, strict=True))


def entry_of(made: Compilation, space: Mapping[str, object]) -> str:
    """The model's class or function: the last one that the file defines."""
    names = [
        name
        for name, value in space.items()
        if getattr(value, "__module__", None) == space["__name__"] and callable(value)
    ]
    return [n for n in names if n not in ("logits_model", "init_weights")][-1]


def torch_counts(module: object) -> Counts:
    """Parameters that train; and frozen ones with the saved buffers, counters left out."""
    import torch

    from nndsl.verify.torch_side import counts

    assert isinstance(module, torch.nn.Module)
    return Counts(*counts(module))


def _load_torch(
    module: object, program: Program, paths: Mapping[str, str], values: Mapping[str, np.ndarray]
) -> list[str]:
    """Copies the language's weights into the module; the keys, in order."""
    import torch

    assert isinstance(module, torch.nn.Module)
    state = module.state_dict()
    given = {
        key: torch.from_numpy(array) for key, array in torch_tensors(program, paths, values).items()
    }
    for key, tensor in given.items():
        assert state[key].shape == tensor.shape, (key, state[key].shape, tensor.shape)
    left = module.load_state_dict(given, strict=False)
    aliases = {id(v): k for k, v in module.state_dict(keep_vars=True).items() if k in given}
    kept = module.state_dict(keep_vars=True)
    missing = [
        k
        for k in left.missing_keys
        if not k.endswith("num_batches_tracked") and id(kept[k]) not in aliases
    ]
    assert not missing, missing
    return list(given)


def torch_tensors(
    program: Program, paths: Mapping[str, str], values: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The module's tensors by state_dict key, made from the language's weights."""
    return {slot.key: to_target(slot, values) for slot in model_slots(program.weights, paths)}


def _to_torch(array: np.ndarray, type_: Type, exact: bool) -> object:
    import torch

    turned = np.ascontiguousarray(array.transpose(held_axes(type_)))
    made = torch.from_numpy(turned)
    if made.dtype == torch.int32:
        return made.long()
    return made.double() if exact and made.is_floating_point() else made


# ---- Keras -------------------------------------------------------------------------------------


def run_keras(
    program: Program,
    values: Mapping[str, np.ndarray],
    inputs: Sequence[np.ndarray],
    exact: bool = False,
) -> Result:
    """The same in Keras, on the backend that this process has; gradients in our layout."""
    import keras

    made = program.compiled("keras")
    keras.backend.clear_session()
    if exact:
        inputs = [each.astype("float64") if each.dtype.kind == "f" else each for each in inputs]
        keras.config.set_floatx("float64")
    draw, keras.random.normal = keras.random.normal, _noise
    try:
        space = execute(made.files[made.model], "emitted_keras")
        model = space[entry_of(made, space)]()  # type: ignore[operator]
        assert isinstance(model, keras.Model)
        variables = load_keras(model, program, made.weights, values)
        trained = {p: v for p, v in variables.items() if v.trainable}
        drawn = keras_in_training(model, inputs) if program.steady else []
        outputs, grads = _gradients(model, list(trained.values()), inputs)
    finally:
        keras.random.normal = draw
        keras.config.set_floatx("float32")
    shapes = {item.path: item.weight.shape for item in program.weights}
    gradients = {
        path: g.reshape(shapes[path])
        for path, g in zip(trained, grads, strict=True)
        if g is not None
    }
    return Result(outputs, gradients, keras_counts(model), drawn)


def _noise(shape: object, mean: float = 0.0, stddev: float = 1.0, dtype: object = None,
           seed: object = None) -> object:  # fmt: skip
    import keras

    return keras.ops.full(shape, NOISE, dtype=dtype or "float32")


def keras_counts(model: object) -> Counts:
    import keras

    from nndsl.verify.keras_side import counts

    assert isinstance(model, keras.Model)
    return Counts(*counts(model))


def load_keras(
    model: object, program: Program, paths: Mapping[str, str], values: Mapping[str, np.ndarray]
) -> dict[str, object]:
    """Copies the language's weights into the model; the variables by the program's paths."""
    import keras

    assert isinstance(model, keras.Model)
    found: dict[str, object] = {}
    for item in program.weights:
        variable = find_variable(model, paths[item.path])
        variable.assign(values[item.path].reshape(tuple(variable.shape)))
        found[item.path] = variable
    return found


def _gradients(
    model: object, variables: list[object], inputs: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    import keras

    assert callable(model)
    feeds = list(inputs) if len(inputs) > 1 else inputs[0]

    def compute() -> tuple[list[object], object]:
        raw = model(feeds, training=False)
        outs = list(raw) if isinstance(raw, list | tuple) else [raw]
        floats = [o for o in outs if "float" in keras.backend.standardize_dtype(o.dtype)]
        return outs, sum(keras.ops.sum(o**2) for o in floats)

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            outs, loss = compute()
        grads = tape.gradient(loss, [v.value for v in variables])  # type: ignore[attr-defined]
        plain = [None if g is None else tf.convert_to_tensor(g).numpy() for g in grads]
    else:
        outs, loss = compute()
        loss.backward()  # type: ignore[attr-defined]
        plain = [
            None if v.value.grad is None else v.value.grad.detach().cpu().numpy()  # type: ignore[attr-defined]
            for v in variables
        ]
    arrays = [keras.ops.convert_to_numpy(o) for o in outs]
    _step_keras(model, feeds)
    return arrays, plain


def _step_keras(model: object, feeds: object) -> None:
    """The same step as in torch; on TensorFlow, where a tape is at hand."""
    import keras

    assert isinstance(model, keras.Model)
    if keras.backend.backend() != "tensorflow" or not model.trainable_variables:
        return
    import tensorflow as tf

    before = [v.numpy() for v in model.trainable_variables]
    with tf.GradientTape() as tape:
        raw = model(feeds, training=True)
        outs = list(raw) if isinstance(raw, list | tuple) else [raw]
        loss = sum(tf.reduce_mean(o**2) for o in outs if o.dtype.is_floating)
    grads = tape.gradient(loss, model.trainable_variables)
    pairs = [(g, v) for g, v in zip(grads, model.trainable_variables, strict=True) if g is not None]
    keras.optimizers.SGD(1e-2).apply_gradients(pairs)
    after = [v.numpy() for v in model.trainable_variables]
    assert all(np.isfinite(a).all() for a in after)
    assert any((a != b).any() for a, b in zip(after, before, strict=True))


# ---- comparison --------------------------------------------------------------------------------


def closeness(left: np.ndarray, right: np.ndarray, least: float = 1e-3) -> float:
    """The largest difference, relative to the larger one's largest number (at least `least`)."""
    assert left.shape == right.shape, (left.shape, right.shape)
    assert np.isfinite(left).all()
    assert np.isfinite(right).all()
    scale = max(float(np.abs(left).max(initial=0)), float(np.abs(right).max(initial=0)), least)
    return float(np.abs(left.astype("float64") - right.astype("float64")).max(initial=0)) / scale
