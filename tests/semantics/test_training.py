"""Losses, metrics, optimizers, clipping and schedules, as the page prints them, against scripts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from nndsl.backends.training.spec import PLAIN
from nndsl.backends.training.words import LOSSES, METRICS, OPTIMIZERS, SCHEDULES, Word
from semantics.evaluate import run
from training.driver import STEPS
from training.test_compiled import compiled
from training.test_scripts import drive

pytest.importorskip("keras", reason="compares with Keras")
pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.framework

Array = np.ndarray
EPOCHS, COUNT = 4, 40


def defaults(word: Word) -> dict[str, object]:
    return {setting.name: setting.default for setting in word.settings}


# ---- losses and metrics --------------------------------------------------------------------------

# loss: (the end of the model, its settings)
MEASURED: Mapping[str, tuple[str, dict[str, float]]] = {
    "cross_entropy": ("Dense(9, softmax)", {}),
    "cross_entropy(smoothing=0.2, weight=0.5)": (
        "Dense(9, softmax)", {"smoothing": 0.2, "weight": 0.5}),
    "binary_cross_entropy": ("Dense(3, sigmoid)", {}),
    "mse": ("Dense(3)", {}),
    "mae(weight=2)": ("Dense(3)", {"weight": 2}),
    "huber": ("Dense(3)", {}),
    "huber(delta=0.3)": ("Dense(3)", {"delta": 0.3}),
    "smooth_l1": ("Dense(3)", {}),
    "smooth_l1(beta=0.3)": ("Dense(3)", {"beta": 0.3}),
}  # fmt: skip
OF_CLASSES = ("cross_entropy", "binary_cross_entropy")


def kind_of(loss: str) -> str:
    return loss.partition("(")[0]


def metrics_of(kind: str) -> dict[str, str]:
    """The metrics that fit a loss, with their formulas."""
    return {
        word: formulas[kind if kind in OF_CLASSES else ""]
        for word, formulas in METRICS.items()
        if (kind if kind in OF_CLASSES else "") in formulas
    }


def data(kind: str) -> dict[str, Array]:
    rng = np.random.default_rng(3)
    x = 2 * rng.normal(size=(COUNT, 6))
    targets = {
        "cross_entropy": rng.integers(9, size=COUNT),
        "binary_cross_entropy": rng.integers(2, size=(COUNT, 3)).astype(float),
    }
    target = targets.get(kind, rng.normal(size=(COUNT, 3)))
    return {"x": x, "label" if kind in OF_CLASSES else "target": target}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, float]]]:
    top = tmp_path_factory.mktemp("measured")
    jobs = []
    for i, (loss, (end, _)) in enumerate(MEASURED.items()):
        kind = kind_of(loss)
        folder = top / str(i)
        text = f"""model Net {{ input x: [6]; {end} }}
train {{ loss {loss}; metrics {" ".join(metrics_of(kind))} }}"""
        scripts = compiled(text, folder)
        np.savez(folder / "data.npz", **data(kind))
        jobs.append({"measured": [*scripts, str(folder / "data.npz")]})
    return dict(zip(MEASURED, drive(jobs, top, "torch"), strict=True))


@pytest.mark.parametrize("loss", MEASURED)
def test_losses_and_metrics(loss: str, measured: dict[str, dict[str, object]]) -> None:
    kind, settings = kind_of(loss), MEASURED[loss][1]
    found = measured[loss]
    output = np.array(found["outputs"], float)
    output = output.reshape(COUNT, -1)
    logits = {
        "cross_entropy": lambda: np.log(output),
        "binary_cross_entropy": lambda: np.log(output) - np.log1p(-output),
    }.get(kind, lambda: output)()
    arrays = data(kind)
    names = {"y": logits, "target": arrays.get("label", arrays.get("target"))}
    given = defaults(LOSSES[kind]) | settings
    value, _ = run(LOSSES[kind].formula, {**given, **names})
    expected = {"loss": float(given["weight"]) * float(np.mean(value))}  # type: ignore[arg-type]
    for word, formula in metrics_of(kind).items():
        expected[word] = float(np.mean(run(formula, names)[0]))  # type: ignore[arg-type]
    for target in ("keras", "torch"):
        values = {name: found[target][name] for name in expected}  # type: ignore[index]
        assert values == pytest.approx(expected, rel=1e-4), target


def test_every_loss_and_metric_is_measured() -> None:
    assert {kind_of(loss) for loss in MEASURED} == set(LOSSES)
    assert {word for loss in MEASURED for word in metrics_of(kind_of(loss))} == set(METRICS)


# ---- optimizers, clipping, schedules -------------------------------------------------------------

TRAINED = {
    "sgd": "optimizer sgd",
    "momentum": "optimizer sgd(0.1, momentum=0.9)",
    "nesterov": "optimizer sgd(0.1, momentum=0.9, nesterov=true, weight_decay=0.1)",
    "adam": "optimizer adam",
    "adam_decayed": "optimizer adam(0.01, beta1=0.8, beta2=0.9, weight_decay=0.1)",
    "adamw": "optimizer adamw(0.1)",
    "rmsprop": "optimizer rmsprop",
    "rmsprop_all": "optimizer rmsprop(0.01, rho=0.8, momentum=0.5, eps=1e-3, weight_decay=0.1)",
    "clipped": "optimizer sgd(1); clip 0.25",
    "not_clipped": "optimizer sgd(1); clip 100",
    "warm": "optimizer sgd(1); schedule constant(warmup=1.5)",
    "cosine": "optimizer sgd(1); schedule cosine(end=0.1)",
    "cosine_warm": "optimizer adam(1); schedule cosine(warmup=1)",
    "step": "optimizer sgd(1); schedule step(every=1, factor=0.5)",
    "step_warm": "optimizer sgd(1); schedule step(every=1, factor=0.5, warmup=0.6)",
    "exponential": "optimizer sgd(1); schedule exponential(0.5)",
    "exponential_warm": "optimizer sgd(1); schedule exponential(0.5, warmup=1)",
}
SIZES = (6, 3)  # of the weights of Dense(3) on two numbers


def gradients() -> list[list[list[float]]]:
    """Beyond the last epoch, so that schedules end."""
    rng = np.random.default_rng(5)
    steps = EPOCHS * STEPS + 3
    return [[rng.normal(size=n).tolist() for n in SIZES] for _ in range(steps)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[object]]]:
    top = tmp_path_factory.mktemp("trained")
    jobs = []
    for name, lines in TRAINED.items():
        text = f"""model Net {{ input x: [2]; Dense(3) }}
train {{ loss mse; epochs {EPOCHS}; {lines} }}"""
        jobs.append({"optimized": [*compiled(text, top / name), gradients()]})
    return dict(zip(TRAINED, drive(jobs, top, "torch"), strict=True))


def expected(lines: str) -> list[list[Array]]:
    """The weights after each step by the formulas of the page."""
    from nndsl.backends.training.spec import TrainSpec
    from training import programs
    from training.test_spec import NUMBER

    spec: TrainSpec = programs.read(lines, NUMBER)
    word, schedule = OPTIMIZERS[spec.optimizer.word], SCHEDULES[spec.schedule.word]
    settings, timing = dict(spec.optimizer.values), dict(spec.schedule.values)
    warmup = float(timing["warmup"])
    weights = [np.ones(n) for n in SIZES]
    states = [{"m": np.zeros(n), "v": np.zeros(n)} for n in SIZES]
    found = []
    for t, step in enumerate(gradients()):
        epoch = max(t / STEPS - warmup, 0)
        names = {"epoch": epoch, "epochs": EPOCHS, "steps": STEPS}
        warm = min(t / STEPS / warmup, 1) if warmup else 1
        factor, _ = run(schedule.formula, {**timing, **names})
        rate = float(settings["lr"]) * warm * float(factor)  # type: ignore[arg-type]
        grads = [np.array(g) for g in step]
        if spec.clip:
            norm = np.sqrt(sum((g**2).sum() for g in grads))
            grads = [g * min(1, spec.clip / norm) for g in grads]
        for i, g in enumerate(grads):
            given = {**settings, **states[i], "rate": rate, "t": t + 1, "w": weights[i], "g": g}
            weights[i], space = run(word.formula, given)  # type: ignore[call-overload]
            states[i] = {name: space[name] for name in ("m", "v")}
        found.append([w.copy() for w in weights])
    return found


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("target", ["keras", "torch"])
def test_steps(name: str, target: str, trained: dict[str, dict[str, list[object]]]) -> None:
    for ours, theirs in zip(expected(TRAINED[name]), trained[name][target], strict=True):
        for mine, other in zip(ours, theirs, strict=True):  # type: ignore[call-overload]
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)


def test_every_optimizer_and_schedule_is_run() -> None:
    text = " ".join(TRAINED.values())
    assert all(f"optimizer {word}" in text for word in OPTIMIZERS)
    assert all(f"schedule {word}" in text for word in SCHEDULES)
    assert "clip" in PLAIN
