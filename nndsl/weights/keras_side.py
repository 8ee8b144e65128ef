"""What Keras calls the weights of an emitted model: `python -m nndsl.weights.keras_side FOLDER …`.

In a Keras file a weight has the name that its layer's class and turn give it
(`layers/conv2d_3/vars/0`), which no public function tells. So the model is saved with every weight
full of a number of its own: whoever reads the file sees which is which.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nndsl.weights.keras_job import load_job, pattern
from nndsl.weights.process import keras_backend

if TYPE_CHECKING:
    import keras


def main(folder: Path) -> None:
    """Builds the model of the job and saves it in the form that is asked for."""
    os.environ.setdefault("KERAS_BACKEND", keras_backend())
    job = load_job(folder)
    sys.path.insert(0, str(folder))
    module = import_module(job.module.removesuffix(".py"))
    model: keras.Model = getattr(module, job.entry)()
    for number, key in enumerate(job.keys, start=1):
        found = find_variable(model, key)
        found.assign(pattern(tuple(found.shape), number))
    if job.output.endswith(".weights.h5"):
        model.save_weights(folder / job.output)
    else:
        model.save(folder / job.output)


def find_variable(model: keras.Model, key: str) -> keras.Variable:
    """`tower/conv1.kernel`: a layer by its name, in nested models by `/`, then attributes."""
    import keras

    layers, *attributes = key.split(".")
    found: object = model
    for name in layers.split("/"):
        assert isinstance(found, keras.Model)
        found = found.get_layer(name)
    for attribute in attributes:
        found = getattr(found, attribute)
    assert isinstance(found, keras.Variable)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
