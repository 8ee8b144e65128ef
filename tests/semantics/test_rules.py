"""What the page says in words: penalties, frozen parts, gradients where a formula has a corner."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.harness import build, execute
from nndsl.compiler import compile_model
from nndsl.ops.base import Example

keras = pytest.importorskip("keras", reason="compares with Keras")
torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

Array = np.ndarray


def models(text: str) -> tuple[object, object]:
    """The emitted models, built: Keras', PyTorch's."""
    made = {target: compile_model(text, target) for target in ("keras", "torch")}
    assert all(each.files for each in made.values()), made
    spaces = {t: execute(each.files[each.model]) for t, each in made.items()}
    return tuple(spaces[t][made[t].entry]() for t in ("keras", "torch"))  # type: ignore[operator, return-value]


LAYERS = ("Dense(4, l1=0.1, l2=0.01)", "frozen Dense(4, l2=1)", "Dense(2, l2=0.5, bias_init=ones)")


def test_penalties() -> None:
    """l1 * sum(abs(w)) + l2 * sum(w**2) of kernels that train."""
    in_keras, in_torch = models(f"model M {{ input x: [3]; {'; '.join(LAYERS)} }}")
    kernels = [keras.ops.convert_to_numpy(layer.kernel) for layer in in_keras.layers[1:]]  # type: ignore[attr-defined]
    first, _, last = kernels
    wanted = 0.1 * np.abs(first).sum() + 0.01 * (first**2).sum() + 0.5 * (last**2).sum()
    assert float(sum(in_keras.losses)) == pytest.approx(wanted, rel=1e-5)  # type: ignore[attr-defined]
    with torch.no_grad():
        matrices = [p for p in in_torch.parameters() if p.ndim == 2]  # type: ignore[attr-defined]
        for parameter, kernel in zip(matrices, kernels, strict=True):
            parameter.copy_(torch.from_numpy(kernel.T.copy()))
    assert float(in_torch.penalty()) == pytest.approx(wanted, rel=1e-5)  # type: ignore[attr-defined]


def test_frozen_parts_work_as_in_evaluation() -> None:
    parts = "frozen { Dense(5); BatchNorm; Dropout(0.5) }; Dense(2)"
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    in_keras, in_torch = models(f"model M {{ input x: [3]; {parts} }}")
    given = keras.ops.convert_to_tensor(x)
    plain, train = (in_keras(given, training=t) for t in (False, True))  # type: ignore[operator]
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (plain, train)))
    assert len(in_keras.trainable_weights) == 2  # type: ignore[attr-defined]
    with torch.no_grad():
        both = [in_torch.train(t)(torch.from_numpy(x)) for t in (False, True)]  # type: ignore[attr-defined]
    assert torch.equal(*both)
    assert sum(p.requires_grad for p in in_torch.parameters()) == 2  # type: ignore[attr-defined]


def gradients(call: str, takes: str, x: Array) -> list[Array]:
    """Of the sum of what a layer gives, in the emitted code of PyTorch and of Keras."""
    import tensorflow as tf

    from conformance.keras_runner import KerasRunner
    from conformance.torch_runner import TorchRunner, to_torch

    case = build(Example(call, takes, ""))
    given = to_torch(x, case.inputs[0]).requires_grad_()
    TorchRunner(case).model(given).sum().backward()
    watched = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        total = tf.reduce_sum(KerasRunner(case).model(watched))
    in_torch = given.grad.numpy()
    order = np.argsort([0, *(a + 1 for a in _held(case.inputs[0]))])
    return [in_torch.transpose(order), np.asarray(tape.gradient(total, watched))]


def _held(type_: object) -> tuple[int, ...]:
    from support.torch_axes import held_axes

    return tuple(axis - 1 for axis in held_axes(type_)[1:])  # type: ignore[arg-type]


@pytest.mark.parametrize("call", ["GlobalMaxPool", "max(axis=[0, 1])"])
def test_equal_maxima_share_the_gradient(call: str) -> None:
    x = np.array([[[[3.0], [1.0]], [[3.0], [2.0]]]], "float32")
    wanted = np.array([[[[0.5], [0.0]], [[0.5], [0.0]]]])
    for found in gradients(call, "[2, 2, 1]", x):
        np.testing.assert_allclose(found, wanted)


# Where the page says that the frameworks differ; elsewhere they must not.
CORNERS = {"selu": [0.0], "celu": [0.0], "hard_tanh": [-1.0, 1.0]}
ALIKE = {"relu": [0.0], "relu6": [0.0, 6.0], "leaky_relu": [0.0], "elu": [0.0],
         "hard_sigmoid": [-3.0, 3.0], "hard_silu": [-3.0, 3.0], "hard_shrink": [-0.5, 0.5],
         "soft_shrink": [-0.5, 0.5], "softsign": [0.0], "threshold(0.5, -1)": [0.5]}  # fmt: skip


@pytest.mark.parametrize("word", [*CORNERS, *ALIKE])
def test_corners(word: str) -> None:
    at = np.array([CORNERS.get(word) or ALIKE[word]], "float32")
    one, other = gradients(word, f"[{at.shape[1]}]", at)
    assert np.allclose(one, other, atol=1e-6) == (word in ALIKE)
