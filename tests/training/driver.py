"""Runs training scripts one after the other in one process, which pays for one framework start.

Standard input: a JSON list of jobs. Standard output ends in a JSON list of results: "" where the
script ended well, or the message of its SystemExit.
"""

import argparse
import contextlib
import io
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np


def run(script: str, arguments: list[str]) -> str:
    """Runs a script as a person does; the message if it stops with one."""
    sys.modules.pop(Path(script).stem.removeprefix("train_"), None)
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as stop:
        return str(stop.code or "")
    finally:
        sys.path.pop(0)
    return ""


def told(script: str, arguments: list[str]) -> str:
    """What a script prints, and the message if it stops with one."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        message = run(script, arguments)
    return out.getvalue() + message


def load(script: str) -> ModuleType:
    """A script as a module, not run."""
    from importlib.util import module_from_spec, spec_from_file_location

    sys.modules.pop(Path(script).stem.removeprefix("train_"), None)
    sys.path.insert(0, str(Path(script).parent))
    spec = spec_from_file_location("script", script)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.pop(0)
    return module


def race(keras_script: str, torch_script: str, entries: list[str], arguments: list[str]) -> str:
    """Trains both scripts' models from equal weights; each writes below its own --output."""
    import keras

    keras_module, torch_module = load(keras_script), load(torch_script)
    network = getattr(keras_module, entries[0])()
    model = getattr(torch_module, entries[1])()
    copy_weights([keras.ops.convert_to_numpy(w) for w in network.weights], model)
    setattr(keras_module, entries[0], lambda: network)
    setattr(torch_module, entries[1], lambda: model)
    for module, name in ((torch_module, "torch"), (keras_module, "keras")):
        sys.argv = ["script", *arguments, "--output", str(Path(keras_script).parent / name)]
        start(module)
    return ""


def measured(
    keras_script: str, torch_script: str, entries: list[str], data: str
) -> dict[str, object]:
    """What both scripts measure on the arrays of a file, and the outputs, from equal weights."""
    import keras
    import torch

    keras_module, torch_module = load(keras_script), load(torch_script)
    network = getattr(keras_module, entries[0])()
    model = getattr(torch_module, entries[1])()
    copy_weights([keras.ops.convert_to_numpy(w) for w in network.weights], model)
    arrays = dict(np.load(data))
    args = argparse.Namespace(lr=0.1, batch=8, workers=0, seed=0)
    trained = keras_module.compile_model(network, args)
    batches = keras_module.Batches(arrays, args)
    rows = np.arange(len(next(iter(arrays.values()))))
    with torch.no_grad():
        theirs = torch_module.measure(model.eval(), torch_module.gather(arrays, rows))
        outputs = network(arrays["x"])
    return {
        "keras": trained.evaluate(batches, verbose=0, return_dict=True),
        "torch": {name: float(value) for name, value in theirs.items()},
        "outputs": [output.tolist() for output in outputs],
    }


def optimized(
    keras_script: str, torch_script: str, entries: list[str], gradients: list[list[list[float]]]
) -> dict[str, list[object]]:
    """The weights after each step of both scripts' optimizers, for given gradients.

    gradients: for each step those of every weight in order, flat; the weights begin at 1.
    """
    return {
        "keras": _keras_steps(load(keras_script), entries[0], gradients),
        "torch": _torch_steps(load(torch_script), entries[1], gradients),
    }


STEPS = 5  # in an epoch


def _keras_steps(module: ModuleType, entry: str, gradients: list[list[list[float]]]) -> list:
    import inspect

    import keras

    network, flags = getattr(module, entry)(), _flags(module)
    more = [STEPS] * (len(inspect.signature(module.compile_model).parameters) - 2)
    model = module.compile_model(network, flags, *more)
    weights = model.trainable_variables
    for weight in weights:
        weight.assign(keras.ops.ones_like(weight))
    steps = []
    for step in gradients:
        pairs = zip(step, weights, strict=True)
        grads = [np.reshape(g, w.shape).astype("float32") for g, w in pairs]
        model.optimizer.apply([keras.ops.convert_to_tensor(g) for g in grads], weights)
        steps.append([keras.ops.convert_to_numpy(w).ravel().tolist() for w in weights])
    return steps


def _torch_steps(module: ModuleType, entry: str, gradients: list[list[list[float]]]) -> list:
    import torch

    flags = _flags(module)
    trainer = module.Trainer(flags, STEPS * flags.batch)
    weights = list(trainer.model.parameters())
    steps = []
    with torch.no_grad():
        for weight in weights:
            weight.fill_(1.0)
    for step in gradients:

        def measure(model: object, batch: object, step: list[list[float]] = step) -> dict:
            pairs = zip(weights, step, strict=True)
            return {"loss": sum((w * torch.tensor(g).reshape(w.shape)).sum() for w, g in pairs)}

        module.measure = measure
        trainer.model.train()
        trainer.step({})
        steps.append([w.detach().ravel().tolist() for w in weights])
    return steps


def _flags(module: ModuleType) -> argparse.Namespace:
    sys.argv = ["script", "--device", "cpu"]
    flags: argparse.Namespace = module.parse_arguments()
    return flags


def start(module: ModuleType) -> None:
    takes_arguments = module.main.__code__.co_argcount == 1
    main: Callable[..., None] = module.main
    main(module.parse_arguments()) if takes_arguments else main()


def copy_weights(arrays: list[np.ndarray], model: object) -> None:
    """Keras' weights into torch parameters, each the first that fits: kernels are transposed.

    Keras orders layers by their depth, so that heads side by side may have changed places.
    """
    import torch

    assert isinstance(model, torch.nn.Module)
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    waiting = list(arrays)
    with torch.no_grad():
        for parameter in model.parameters():
            laid = [array if id(parameter) in embeddings else _laid(array) for array in waiting]
            place = next(i for i, array in enumerate(laid) if array.shape == parameter.shape)
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(laid[place])))
            del waiting[place]
    assert not waiting


def _laid(array: np.ndarray) -> np.ndarray:
    """A kernel as torch has it."""
    axes = {4: (3, 2, 0, 1), 2: (1, 0)}.get(array.ndim)
    return array if axes is None else array.transpose(axes)


KINDS: dict[str, Callable[..., object]] = {
    "run": run,
    "told": told,
    "race": race,
    "measured": measured,
    "optimized": optimized,
}


def main() -> None:
    jobs = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        results = [KINDS[kind](*given) for job in jobs for kind, given in job.items()]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
