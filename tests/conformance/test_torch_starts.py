"""How the emitted PyTorch layers start: the distributions that the op states, by their numbers."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from conformance.harness import Case, build
from nndsl.ops.base import Example, Weight
from nndsl.ops.initializers import CUT_DEVIATION, FORGET_ONE, describe

torch = pytest.importorskip("torch", reason="starts real layers")
pytestmark = pytest.mark.framework

CALLS = (
    ("Dense(300)", "[200]"),
    ("Dense(300, init=he_normal, bias_init=normal(0.5))", "[200]"),
    ("Dense(300, init=lecun_normal)", "[200]"),
    ("Dense(300, init=glorot_normal)", "[200]"),
    ("Dense(300, init=he_uniform)", "[200]"),
    ("Dense(300, init=lecun_uniform)", "[200]"),
    ("Dense(300, init=variance_scaling(0.3))", "[200]"),
    ("Dense(300, init=truncated_normal(0.1))", "[200]"),
    ("Dense(300, init=uniform(0.2))", "[200]"),
    ("Dense(300, init=0.25)", "[200]"),
    ("Conv(64, 3)", "[8, 8, 32]"),
    ("Conv(64, 3, init=he_normal, groups=2)", "[8, 8, 32]"),
    ("DepthwiseConv(5)", "[8, 8, 256]"),
    ("DepthwiseConv(5, multiplier=2)", "[8, 8, 256]"),
    ("DepthwiseConv(5, init=he_normal)", "[8, 8, 256]"),
    ("SeparableConv(128, 5, multiplier=2)", "[8, 8, 64]"),
    ("ConvTranspose(64, 3)", "[8, 8, 32]"),
    ("ConvTranspose(64, 3, init=he_normal)", "[8, 8, 32]"),
    ("Embedding(200, 100)", "int[5]"),
    ("Embedding(200, 100, init=normal(0.02))", "int[5]"),
    ("SelfAttention(4)", "[5, 128]"),
    ("SelfAttention(4, init=normal(0.02))", "[5, 128]"),
    ("SelfAttention(4, 16, kv_heads=2)", "[5, 128]"),
    ("Attention(4)", "[5, 128], context=[7, 64]"),
    ("LSTM(64)", "[5, 128]"),
    ("LSTM(64, bidirectional=true, init=he_normal)", "[5, 128]"),
    ("GRU(64, recurrent_init=normal(0.1))", "[5, 128]"),
    ("SimpleRNN(64, bias_init=ones)", "[5, 128]"),
    ("BatchNorm(gamma_init=normal(1.0, 0.1))", "[4000]"),
    ("LayerNorm", "[4000]"),
    ("PReLU(init=0.1)", "[8, 8, 16]"),
)


@pytest.mark.parametrize(("call", "takes"), CALLS)
def test_a_layer_starts_as_stated(call: str, takes: str) -> None:
    case = build(Example(call, takes, ""))
    found = _started(case)
    assert set(found) == {weight.name for weight in case.weights}
    for weight in case.weights:
        _check(weight, found[weight.name])


def _started(case: Case) -> dict[str, np.ndarray]:
    """The values of every weight of the language, read back from the module's tensors."""
    from conformance.torch_runner import TorchRunner

    runner = TorchRunner(case)
    state = runner.model.state_dict()
    found = {}
    for slot in runner.slots():
        values = np.split(state[runner.key(slot)].numpy(), len(slot.parts))
        for part, value in zip(slot.parts, values, strict=True):
            found[part.weight] = value.ravel()
    return found


def _check(weight: Weight, values: np.ndarray) -> None:
    if weight.init.name == FORGET_ONE:
        blocks = np.split(values, 4)
        assert [float(block.mean()) for block in blocks] == [0, 1, 0, 0]
        assert values.std() > 0
        return
    if weight.init.name == "orthogonal":
        rows, columns = (int(size) for size in weight.shape)
        matrix = values.reshape(columns, rows)
        assert np.allclose(matrix.T @ matrix, np.eye(rows), atol=1e-5)
        return
    mean, spread, limit = _numbers(weight)
    assert np.abs(values).max() <= limit * (1 + 1e-6)
    error = 5 / sqrt(values.size)
    assert abs(values.mean() - mean) <= error * spread + 1e-9
    assert values.std() == pytest.approx(spread, rel=error, abs=1e-9)


def _numbers(weight: Weight) -> tuple[float, float, float]:
    """(mean, deviation, largest size) of a stated distribution."""
    kind, numbers = describe(weight.init, tuple(map(int, weight.fans)))
    match kind:
        case "constant":
            return numbers[0], 0.0, abs(numbers[0])
        case "uniform":
            low, high = numbers
            return (low + high) / 2, (high - low) / sqrt(12), max(abs(low), abs(high))
        case "normal":
            return *numbers, float("inf")
        case "truncated_normal":
            mean, deviation = numbers
            return mean, deviation * CUT_DEVIATION, abs(mean) + 2 * deviation
    raise ValueError(kind)
