"""What is drawn by chance: the page's formulas and the emitted code give the same distributions.

Also BatchNorm in training, whose formula needs a batch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from conformance.harness import Case, build, weight_values
from nndsl.ops.base import Example
from nndsl.ops.initializers import INITIALIZERS, fans_of
from semantics.evaluate import layer, run

pytest.importorskip("keras", reason="compares with Keras")
pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

Array = np.ndarray
COPIES = 3000
DRAWN = (
    ("Dropout(0.3)", "[4, 3]"),
    ("SpatialDropout(0.3)", "[4, 3]"),
    ("SpatialDropout(0.3)", "[C=3, H=2, W=2]"),
    ("DropPath(0.3)", "[4, 3]"),
    ("GaussianDropout(0.3)", "[4, 3]"),
    ("GaussianNoise(0.5)", "[4, 3]"),
    ("noise", "like=[4, 3]"),
    ("SelfAttention(2, dropout=0.4)", "[4, 6]"),
    ("Attention(2, dropout=0.4)", "[4, 6], context=[3, 6]"),
)
Runner = Callable[[Case], object]


def runners() -> list[Runner]:
    from conformance.keras_runner import KerasRunner
    from conformance.torch_runner import TorchRunner

    return [TorchRunner, KerasRunner]


def moments(y: Array) -> list[Array]:
    """Means and deviations of elements over the copies, and of what neighbours have in common."""
    y = np.asarray(y, float)
    first, last = y.mean(1), y.mean(-1)
    whole = y.reshape(len(y), -1).mean(1)
    return [y.mean(0), y.std(0), first.std(0), last.std(0), whole.std(0)]


@pytest.mark.parametrize(("call", "takes"), DRAWN)
def test_draws(call: str, takes: str) -> None:
    """Copies of one example; in training."""
    case = build(Example(call, takes, ""))
    rng = np.random.default_rng(1)
    np.random.seed(2)  # what the formulas draw from
    data = [
        np.repeat(1 + rng.random((1, *map(int, t.shape))), COPIES, axis=0).astype("float32")
        for t in case.inputs
    ]
    weights = weight_values(case)
    (ours,), _ = layer(call, takes, list(data), weights, training=True)
    assert ours.std() > 0
    wanted = moments(ours)
    for runner in runners():
        made = runner(case)
        if case.weights:
            made.load(weights)  # type: ignore[attr-defined]
        (theirs,) = made.run(data, training=True)  # type: ignore[attr-defined]
        for mine, other in zip(wanted, moments(theirs), strict=True):
            np.testing.assert_allclose(mine, other, atol=6 * 3 * float(ours.std()) / COPIES**0.5)
        if "Drop" in call and "Gaussian" not in call:
            kept, found = (np.unique(y[:, 0, 0].round(4)) for y in (ours, theirs))
            np.testing.assert_allclose(kept, found, rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "takes"),
    [("BatchNorm", "[5]"), ("BatchNorm(eps=0.01, momentum=0.8)", "[C=4, H=3, W=2]")],
)
def test_a_norm_of_batches(call: str, takes: str) -> None:
    import keras

    from conformance.keras_runner import KerasRunner
    from conformance.torch_runner import TorchRunner

    case = build(Example(call, takes, ""))
    (type_,) = case.inputs
    data = np.random.default_rng(4).normal(1, 2, (7, *map(int, type_.shape))).astype("float32")
    weights = weight_values(case)
    ours, names = layer(call, takes, [data], weights, training=True)
    in_keras, in_torch = KerasRunner(case), TorchRunner(case)
    for made in (in_keras, in_torch):
        made.load(weights)
        (theirs,) = made.run([data], training=True)
        np.testing.assert_allclose(ours[0], theirs, atol=1e-4)
    mean, variance = (np.asarray(names[f"moving_{word}"]) for word in ("mean", "variance"))
    kept = {
        w.path.rpartition("/")[2]: keras.ops.convert_to_numpy(w) for w in in_keras.model.weights
    }
    np.testing.assert_allclose(mean, kept["moving_mean"], rtol=1e-4)
    np.testing.assert_allclose(variance, kept["moving_variance"], rtol=1e-4)
    state = {k.rpartition(".")[2]: v.numpy() for k, v in in_torch.model.state_dict().items()}
    np.testing.assert_allclose(mean, state["running_mean"], rtol=1e-4)
    n = data.size / len(mean)  # torch.nn's own layer follows the unbiased variance
    before = float(names["momentum"]) * weights["moving_variance"]  # type: ignore[arg-type]
    followed = before + (variance - before) * n / (n - 1)
    np.testing.assert_allclose(followed, state["running_var"], rtol=1e-4)


# ---- initialisers --------------------------------------------------------------------------------

INS, OUTS = 220, 180
STARTS = (
    "zeros", "ones", "constant(0.3)", "normal(0.2)", "normal(1, 0.2)", "uniform(0.2)",
    "uniform(-1, 3)", "truncated_normal(0.2)", "truncated_normal(1, 0.5)", "glorot_uniform",
    "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    "variance_scaling(2)", "orthogonal(2)", "identity(3)",
)  # fmt: skip


def distance(a: Array, b: Array) -> float:
    """The two-sample statistic of Kolmogorov and Smirnov."""
    both = np.sort(np.concatenate([a, b]))
    ranks = [np.searchsorted(np.sort(each), both, side="right") / len(each) for each in (a, b)]
    return float(np.abs(ranks[0] - ranks[1]).max())


@pytest.mark.parametrize("init", STARTS)
def test_starts(init: str) -> None:
    import keras

    word = init.partition("(")[0]
    outs = INS if word == "identity" else OUTS
    call = f"Dense({outs}, init={init}, bias=false)"
    case = build(Example(call, f"[{INS}]", ""))
    (kernel,) = case.weights
    fan_in, fan_out = fans_of((INS, outs))
    np.random.seed(3)
    numbers = dict(zip(INITIALIZERS[word].numbers, kernel.init.args, strict=True))
    names = {"shape": (INS, outs), "fan_in": fan_in, "fan_out": fan_out, **numbers}
    ours = np.asarray(run(INITIALIZERS[word].formula, names)[0])
    for runner in runners():
        model = runner(case).model  # type: ignore[attr-defined]
        if isinstance(model, keras.Model):
            theirs = keras.ops.convert_to_numpy(model.weights[0])
        else:
            theirs = next(model.parameters()).detach().numpy().T
        assert theirs.shape == ours.shape
        if ours.std() == 0 or word == "identity":
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)
            continue
        limit = 1.95 * (2 / ours.size) ** 0.5  # exceeded by one in a thousand
        assert distance(ours.ravel(), theirs.ravel()) < limit
        if word == "orthogonal":
            gain = numbers["gain"] ** 2 * np.eye(outs)
            for q in (ours, theirs.astype(float)):
                np.testing.assert_allclose(q.T @ q, gain, atol=1e-4)


def test_every_initialiser_is_drawn() -> None:
    assert {init.partition("(")[0] for init in STARTS} == set(INITIALIZERS)
