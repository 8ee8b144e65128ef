"""`nndsl verify` runs what is emitted, says yes where targets agree, and where they part."""

import json
from collections.abc import Mapping

import numpy as np
import pytest

from nndsl.cli import main
from nndsl.compiler import compile_model
from nndsl.verify import run as runner
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.report import as_json, as_text
from nndsl.verify.run import Verdict, verify
from nndsl.verify.worker import Worker, Workers
from nndsl.weights.arrays import from_target, to_target

ROUND = """
block Part(width) { residual { LayerNorm -> SelfAttention(2) } -> BatchNorm -> Dense(width, gelu) }
model Round {
  input tokens: int[6]
  shared words = Embedding(11, 4)
  tokens -> words
  repeat 2 { Part(4) }
  weight scale: [4] = zeros
  _ * scale -> LSTM(3, sequences=true, bidirectional=true) -> GRU(4, sequences=true)
  Reshape(6, 1, 4) -> SeparableConv(4, 3, same) -> DepthwiseConv(3, same) -> ConvTranspose(2, 2)
  Flatten -> frozen Dense(4) -> Dropout(0.5)
  output x = words.transposed
}
"""
TRAINED = """
model Two {
  input image: [6, 6, 2]
  Conv(3, 3, same, relu) -> BatchNorm -> Dropout(0.5) -> Flatten -> Dense(4, softmax)
}
train { loss cross_entropy; optimizer adam(1e-3); metrics accuracy; batch 8 }
"""


def numbered(planned: Planned) -> dict[str, np.ndarray]:
    """Every element of every weight a number of its own."""
    made, start = {}, 1
    for path, shape in planned.jobs["torch"].shapes.items():
        count = int(np.prod(shape))
        made[path] = np.arange(start, start + count, dtype="float64").reshape(shape)
        start += count
    return made


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_weights_go_to_a_target_and_come_back(target: str) -> None:
    planned = plan(ROUND, ["keras", "torch"])
    values = numbered(planned)
    job = planned.jobs[target]
    tensors = {slot.key: to_target(slot, values) for slot in job.slots}
    assert sum(t.size for t in tensors.values()) == sum(v.size for v in values.values())
    back = from_target(job.slots, tensors, job.shapes)
    assert back.keys() == values.keys()
    for path, value in values.items():
        assert np.array_equal(back[path], value), path


def test_every_target_is_given_the_same() -> None:
    planned = plan(TRAINED, ["keras", "torch"], options=Options(batch=3))
    keras, torch = planned.jobs["keras"], planned.jobs["torch"]
    assert planned.counted == (2 * 27 + 3 + 6 + 108 * 4 + 4, 6)
    assert planned.arrays["input:image"].shape == (3, 6, 6, 2)
    assert keras.inputs[0].axes == (0, 1, 2)
    assert torch.inputs[0].axes == (2, 0, 1)  # channels first
    assert planned.places == {
        "conv": "model.nn:4",
        "batch_norm": "model.nn:4",
        "dense": "model.nn:4",
    }
    assert "batch_norm.moving_mean" in keras.shapes
    assert "batch_norm.moving_mean" not in keras.trained


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.parametrize("text", [ROUND, TRAINED], ids=["round", "trained"])
@pytest.mark.parametrize("tier", ["practical", "exact"])
def test_targets_agree(text: str, tier: str) -> None:
    found = verify(text, options=Options(tier, steps=3))
    assert found.ok, as_text(found)
    assert len(found.counts) == 3
    compared = {row.what: row for row in found.rows}
    assert compared["gradients of weights"].compared == len(
        plan(text, ["torch"]).jobs["torch"].trained
    )
    assert compared["losses of 3 steps"].compared == 3
    data = json.loads(as_json(found))
    assert data["ok"]
    assert data["tier"] == tier
    assert data["parting"] == ""
    assert (tier == "exact") == ("moving statistics, frozen weights" in compared)


@pytest.mark.framework
@pytest.mark.slow
def test_a_wrong_layer_is_found_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runner.plan

    def broken(*args: object, **kwargs: object) -> Planned:
        made = honest(*args, **kwargs)  # type: ignore[arg-type]
        files = dict(made.files["torch"])
        text = files["line.py"]
        assert "F.relu(" in text
        files["line.py"] = text.replace("F.relu(", "F.silu(")
        return made._replace(files={**made.files, "torch": files})

    monkeypatch.setattr(runner, "plan", broken)
    text = "model Line {\n  input x: [5]\n  Dense(4, tanh)\n  Dense(4, relu)\n  Dense(3)\n}\n"
    found = verify(text, options=Options(steps=0))
    assert not found.ok
    assert found.parting == "dense3 (model.nn:5)"
    assert "NOT the same" in as_text(found)
    assert next(row.what for row in found.rows if not row.ok) == "output output"


@pytest.mark.framework
@pytest.mark.slow
def test_a_process_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runner.plan

    def broken(*args: object, **kwargs: object) -> Planned:
        made = honest(*args, **kwargs)  # type: ignore[arg-type]
        return made._replace(files={t: {**f, "line.py": "1 / 0"} for t, f in made.files.items()})

    monkeypatch.setattr(runner, "plan", broken)
    found = verify("model Line { input x: [5]; Dense(4) }", options=Options(steps=0))
    assert not found.ok
    assert found.failures.keys() == {"keras", "torch"}
    assert "ZeroDivisionError" in as_text(found)


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "find_spec", lambda name: None if name == "torch" else name)
    found = verify(TRAINED)
    assert found.missing == ("torch",)
    assert not found.ok
    assert (
        as_text(found) == "cannot verify: torch not installed; pip install 'nndsl[keras,torch]'\n"
    )


def test_a_file_with_mistakes_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "submit", lambda *args: pytest.fail("it ran"))
    found = verify("model Line { input x: [5]; Dens(4) }")
    assert [item.code for item in found.diagnostics] == ["NN101"]
    assert not found.ok


def test_no_rows_is_no_agreement() -> None:
    empty = Verdict("M", Options(), (), (), "", (), {}, (), {})
    assert not empty.ok


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--targets", "keras"], "`--targets` takes `keras,torch`"),
        (["--targets", "keras,keras"], "`--targets` takes `keras,torch`"),
        (["--batch", "1"], "`--batch` takes 2 or more"),
        (["--tier", "best"], "`--tier` does not know `best`"),
    ],
)
def test_wrong_flags(
    flags: list[str], said: str, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.nn"
    path.write_text(TRAINED)
    assert main(["verify", str(path), *flags]) == 2
    assert said in capsys.readouterr().err


def test_the_compiler_names_the_entry() -> None:
    assert compile_model(TRAINED, "torch").entry == "Two"
    assert compile_model(TRAINED, "keras").entry == "two"


@pytest.mark.framework
def test_a_worker_runs_many_jobs_and_outlives_their_ends() -> None:
    planned = plan(TRAINED, ["torch"], options=Options(steps=2, batch=3))
    job, files = planned.jobs["torch"], planned.files["torch"]
    ends = {**files, job.module: "import os\nos._exit(3)\n"}
    raises = {**files, job.module: "raise ValueError('this file')\n"}
    waits = {**files, job.module: "import time\ntime.sleep(600)\n"}
    with Workers() as workers:

        def run(texts: Mapping[str, str], timeout: float | None = None) -> Result | str:
            return workers.run({"torch": job}, {"torch": texts}, planned.arrays, timeout)["torch"]

        first = run(files)
        assert isinstance(first, Result), first
        assert "ValueError: this file" in str(run(raises))
        assert "ended with 3" in str(run(ends))
        assert "no result after 1 seconds" in str(run(waits, 1))
        again = run(files)
    assert isinstance(again, Result), again
    assert again.losses == first.losses
    assert all(np.array_equal(again.arrays[name], first.arrays[name]) for name in first.arrays)
