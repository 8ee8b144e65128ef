"""The formula of every activation, number by number, against Keras and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from nndsl.ops.activation import Activation, AxisActivation
from nndsl.ops.registry import find, words
from semantics.evaluate import run

keras = pytest.importorskip("keras", reason="compares with Keras")
torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

GRID = [*np.linspace(-8, 8, 41).tolist(), -30.0, 25.0, 40.0, -0.49, 0.51]
ACTIVATIONS = [
    op
    for op in map(find, words())
    if isinstance(op, Activation) and not isinstance(op, AxisActivation)
]
SETTINGS: dict[str, dict[str, float]] = {"threshold": {"limit": 0.1, "value": -2.0}}
TORCH = {
    "celu": torch.nn.CELU(), "elu": torch.nn.ELU(), "gelu": torch.nn.GELU(),
    "hard_shrink": torch.nn.Hardshrink(), "hard_sigmoid": torch.nn.Hardsigmoid(),
    "hard_silu": torch.nn.Hardswish(), "hard_tanh": torch.nn.Hardtanh(),
    "identity": torch.nn.Identity(), "leaky_relu": torch.nn.LeakyReLU(0.2),
    "log_sigmoid": torch.nn.LogSigmoid(), "mish": torch.nn.Mish(), "relu": torch.nn.ReLU(),
    "relu6": torch.nn.ReLU6(), "selu": torch.nn.SELU(), "sigmoid": torch.nn.Sigmoid(),
    "silu": torch.nn.SiLU(), "soft_shrink": torch.nn.Softshrink(),
    "softplus": torch.nn.Softplus(threshold=50), "softsign": torch.nn.Softsign(),
    "tanh": torch.nn.Tanh(), "tanh_shrink": torch.nn.Tanhshrink(),
    "threshold": torch.nn.Threshold(0.1, -2.0),
}  # fmt: skip
NOT_IN_TORCH = {"squareplus"}
KERAS_NAMES = {"identity": "linear"}


def _ours(op: Activation) -> np.ndarray:
    """The documented formula, evaluated in double precision."""
    values = {s.name: s.default for s in op.settings} | SETTINGS.get(op.word, {})
    return np.asarray(run(op.formula, values | {"x": np.array(GRID)})[0])


@pytest.mark.parametrize("op", ACTIVATIONS, ids=lambda op: op.word)
def test_the_formula_is_that_of_keras(op: Activation) -> None:
    function = getattr(keras.activations, KERAS_NAMES.get(op.word, op.word))
    settings = {"limit": "threshold", "value": "default_value", "slope": "negative_slope"}
    named = {settings[name]: value for name, value in SETTINGS.get(op.word, {}).items()}
    theirs = keras.ops.convert_to_numpy(function(np.array(GRID, "float32"), **named))
    np.testing.assert_allclose(_ours(op), theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("op", ACTIVATIONS, ids=lambda op: op.word)
def test_the_formula_is_that_of_torch(op: Activation) -> None:
    if op.word in NOT_IN_TORCH:
        assert not hasattr(torch.nn, "Squareplus")
        return
    theirs = TORCH[op.word](torch.tensor(GRID, dtype=torch.float64))
    np.testing.assert_allclose(_ours(op), theirs.numpy(), rtol=1e-9, atol=1e-11)
