"""What a program gives in training, where that is one and the same on both frameworks."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from nndsl.ir.flatten import FlatOp, flatten
from nndsl.ir.steps import Instance, MergeStep, OpStep

NOISES = ("Dropout", "SpatialDropout", "DropPath", "GaussianNoise", "GaussianDropout")


def steady(root: Instance) -> bool:
    """True where parts are frozen and nothing else draws in training."""
    steps = [item for item in flatten(root) if isinstance(item, FlatOp)]
    draws = [item for item in steps if item.step.op.word in NOISES or _drops(item.step)]
    return any(item.frozen for item in steps) and all(item.frozen for item in draws)


def _drops(step: OpStep | MergeStep) -> bool:
    return isinstance(step, OpStep) and bool(step.settings.items.get("dropout"))


def torch_in_training(module: object, feeds: Sequence[object]) -> list[object]:
    """The outputs, as tensors; the module stays as it was."""
    import torch

    assert isinstance(module, torch.nn.Module)
    for part in module.modules():
        if isinstance(getattr(part, "losses", None), list):
            part.losses.clear()  # what a run has kept has a graph, and is not copied
    made = copy.deepcopy(module).train()(*feeds)
    return list(made) if isinstance(made, tuple) else [made]


def keras_in_training(model: object, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What a model gives in training; its statistics stay as they were."""
    import keras

    assert isinstance(model, keras.Model)
    before = [keras.ops.convert_to_numpy(v) for v in model.non_trainable_variables]
    raw = model(list(inputs) if len(inputs) > 1 else inputs[0], training=True)
    for variable, old in zip(model.non_trainable_variables, before, strict=True):
        variable.assign(old)
    outs = list(raw) if isinstance(raw, list | tuple) else [raw]
    return [keras.ops.convert_to_numpy(o) for o in outs]
