"""Programs compiled for both targets and trained by their scripts, from equal weights."""

from pathlib import Path

import numpy as np
import pytest

from nndsl.compiler import compile_model
from training.test_scripts import drive, rows

pytestmark = pytest.mark.framework
UNIT = "block Unit(n, act=relu) { Dense(n) -> act }\n"
TWO_HEADS = """model Net {
  input x: [6]
  h = x -> Dense(5, tanh)
  loss spread = mean(h ** 2)
  output embedding = h -> Dense(4)
  output kind = h -> Dense(3, softmax)
}
"""
ADAM = "optimizer adam(1e-2, eps=1e-12)"
PROGRAMS = {
    "sigmoid_in_a_block": f"{UNIT}model Net {{ input x: [8]; Unit(4) -> Unit(1, sigmoid) }}",
    "softmax_in_a_block": f"{UNIT}model Net {{ input x: [8]; Unit(4) -> Unit(3, softmax) }}",
    "softmax_in_a_loop": "model Net { input x: [8]; repeat 3 { Dense(8, softmax) } }",
    "one_of_two_in_a_block": f"""{UNIT}model Net {{
  input x: [8]
  h = x -> Unit(4)
  output sure = h -> Unit(1, sigmoid)
  output kind = h -> Dense(3, softmax)
}}""",
    "own_terms_alone": """model Net {
  input left: [6]
  input right: [6]
  shared tower = Dense(4)
  a = left -> tower
  output embedding = right -> tower
  loss near = sum((a - embedding) ** 2)
}
train { loss none }""",
    "one_of_two_has_none": TWO_HEADS + "train { loss embedding = none; metrics accuracy }",
    "one_of_two_has_none_first": TWO_HEADS + "train { loss none; loss kind = cross_entropy(0.1) }",
    "picture_as_target": """model Net { input x: [8]; Dense(4, relu) -> Dense(8, sigmoid) }
train { loss binary_cross_entropy(target=x) }""",
}


def with_adam(text: str) -> str:
    head, train, rest = text.partition("train {")
    return f"{head}{train}\n  {ADAM}\n {rest}" if train else f"{text}\ntrain {{ {ADAM} }}"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each program trained by both targets from equal weights, in a process that has both."""
    top = tmp_path_factory.mktemp("compiled")
    jobs: list[dict[str, object]] = []
    for name, text in PROGRAMS.items():
        flags = ["--data", "synthetic", "--epochs", "3", "--limit", "70"]
        jobs.append({"race": [*compiled(with_adam(text), top / name), flags]})
    drive(jobs, top, "torch")
    return top


def compiled(text: str, top: Path) -> tuple[str, str, list[str]]:
    """The scripts for Keras and PyTorch, and what builds the models."""
    scripts, entries = [], []
    for target in ("keras", "torch"):
        made = compile_model(text, target)
        assert made.files, made.diagnostics
        folder = top / target
        folder.mkdir(parents=True)
        for file, code in made.files.items():
            (folder / file).write_text(code, encoding="utf-8")
        scripts.append(str(folder / made.script))
        entries.append(made.entry)
    return scripts[0], scripts[1], entries


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_targets_train_alike(name: str, trained: Path) -> None:
    keras, torch = (rows(trained / name / "keras" / target) for target in ("keras", "torch"))
    assert len(keras) == 3
    assert keras[2]["loss"] < keras[0]["loss"]
    for one, other in zip(keras, torch, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)


def test_a_loss_that_is_none_has_no_metric(trained: Path) -> None:
    assert list(rows(trained / "own_terms_alone" / "keras" / "torch")[0]) == [
        "epoch", "loss", "val_loss", "seconds"]  # fmt: skip
    assert "kind_accuracy" in rows(trained / "one_of_two_has_none" / "keras" / "keras")[0]


def test_a_picture_has_no_accuracy(trained: Path) -> None:
    assert "accuracy" not in rows(trained / "picture_as_target" / "keras" / "keras")[0]


METRICS = """model Net {
  input x: [6]
  output kind = x -> Dense(9, softmax)
  output sure = x -> Dense(4, sigmoid)
  output size = x -> Dense(3)
}
train {
  loss     kind = cross_entropy
  loss     sure = binary_cross_entropy
  loss     size = huber
  metrics  accuracy top5 mae mse
}
"""


def test_metrics_are_those_of_arithmetic(tmp_path: Path) -> None:
    """On labels, soft labels among them, and numbers; each metric of each output on both."""
    rng = np.random.default_rng(0)
    data = {
        "x": 2 * rng.normal(size=(40, 6)),
        "kind": rng.integers(9, size=40),
        "sure": np.where(rng.random((40, 4)) < 0.2, 0.7, rng.integers(2, size=(40, 4))),
        "size": rng.normal(size=(40, 3)),
    }
    np.savez(tmp_path / "data.npz", **data)
    job = {"measured": [*compiled(METRICS, tmp_path), str(tmp_path / "data.npz")]}
    (found,) = drive([job], tmp_path, "torch")
    kind, sure, size = (np.array(each) for each in found["outputs"])
    ranks = np.argsort(np.argsort(-kind, axis=1), axis=1)[np.arange(40), data["kind"]]
    expected = {
        "kind_accuracy": np.mean(ranks == 0),
        "kind_top5": np.mean(ranks < 5),
        "sure_accuracy": np.mean((sure > 0.5) == data["sure"]),
        "size_mae": np.mean(np.abs(size - data["size"])),
        "size_mse": np.mean((size - data["size"]) ** 2),
    }
    for target in ("keras", "torch"):
        values = {name: found[target][name] for name in expected}
        assert values == pytest.approx(expected, rel=1e-4), target
