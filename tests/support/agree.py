"""A program means the same in both frameworks.

In float32 to 1e-4 relative to the largest number, in float64 to 1e-6: Keras rounds
the scale of attention to float32 even there. A hundred layers deep, or before a norm that takes a
gradient away, float32 itself is not that exact.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from support.numeric import Program, closeness, run_keras, run_torch, torch_tensors

TOLERANCE = {False: 1e-4, True: 1e-6}


def agree(
    program: Program, feeds: Mapping[str, tuple[tuple[int, ...], int]], exact: bool = False
) -> None:
    """Counts equal the analyser's; outputs and gradients equal each other.

    feeds: by input, one example's shape in the file's axis order, and for whole numbers the first
    that is too high.
    """
    exact = exact and program.has_float64
    values, inputs = program.values(), program.inputs(feeds)
    torch_run = run_torch(program, values, inputs, exact)
    keras_run = run_keras(program, values, inputs, exact)
    assert torch_run.counts == program.counts
    assert keras_run.counts == program.counts
    for mine, theirs in zip(torch_run.outputs, keras_run.outputs, strict=True):
        assert closeness(mine, theirs) < TOLERANCE[exact]
    for mine, theirs in zip(torch_run.trained, keras_run.trained, strict=True):
        assert closeness(mine, theirs) < TOLERANCE[exact], "in training"
    zeros = {i.path: np.zeros(i.weight.shape, "float32") for i in program.weights}
    expected = torch_tensors(
        program, program.compiled("torch").weights, {**zeros, **keras_run.gradients}
    )
    least = 1e-3 * max((float(np.abs(g).max()) for g in torch_run.gradients.values()), default=0)
    for key, gradient in torch_run.gradients.items():
        assert closeness(gradient, expected[key], least) < TOLERANCE[exact], key
