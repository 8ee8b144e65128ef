"""Runs training scripts one after the other in one process, which pays for one framework start.

Standard input: a JSON list of jobs. Standard output ends in a JSON list of results: "" where the
script ended well, or the message of its SystemExit.
"""

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


def start(module: ModuleType) -> None:
    takes_arguments = module.main.__code__.co_argcount == 1
    main: Callable[..., None] = module.main
    main(module.parse_arguments()) if takes_arguments else main()


def copy_weights(arrays: list[np.ndarray], model: object) -> None:
    """Keras' weights in order into torch parameters in order: kernels are transposed."""
    import torch

    assert isinstance(model, torch.nn.Module)
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            if array.ndim == 4:
                array = array.transpose(3, 2, 0, 1)
            elif array.ndim == 2 and id(parameter) not in embeddings:
                array = array.T
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))


KINDS: dict[str, Callable[..., object]] = {"run": run, "told": told, "race": race}


def main() -> None:
    jobs = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        results = [KINDS[kind](*given) for job in jobs for kind, given in job.items()]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
