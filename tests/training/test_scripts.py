"""The rendered scripts run: on every target and backend, on real and synthetic data."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import programs

pytestmark = pytest.mark.framework
DRIVER = Path(__file__).with_name("driver.py")
DIGITS = Path(__file__).parents[2] / "examples" / "data" / "digits"
RUNS = ("torch", "keras-tensorflow", "keras-torch")
SMALL = ["--data", "synthetic", "--epochs", "1", "--limit", "70"]


def drive(jobs: list[dict[str, Any]], folder: Path, backend: str) -> list[Any]:
    """Runs the jobs in one process; what each of them stopped with."""
    done = subprocess.run(
        [sys.executable, str(DRIVER)],
        input=json.dumps(jobs),
        cwd=folder,
        env=os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / "metrics.csv").open() as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


class Ran:
    """One target's and backend's scripts, run once for all tests."""

    def __init__(self, run: str, folder: Path) -> None:
        self.folder = folder
        target, _, backend = run.partition("-")
        self.target = target
        self.paths = {name: programs.write(name, target, folder) for name in programs.PROGRAMS}
        digits = str(self.paths["digits"])
        whole = folder / "whole.py"
        whole.write_text(programs.script("digits", target, whole=True))
        wrong = folder / "wrong.py"
        wrong.write_text(Path(digits).read_text().replace("2538, 128", "2539, 128"))
        write_arrays(folder)
        real = ["--data", str(DIGITS), "--epochs"]
        csv_flags = ["--epochs", "1", "--validation", "0"]
        jobs = {
            "straight": [digits, *real, "2"],
            "first": [digits, *real, "1", "--output", "resumed"],
            "second": [digits, *real, "2", "--output", "resumed", "--resume"],
            "whole": [str(whole), *real, "1", "--output", "whole"],
            "wrong": [str(wrong), *SMALL],
            "npz": [digits, "--data", "arrays.npz", "--epochs", "1", "--output", "npz"],
            "csv": [digits, "--data", "rows.csv", *csv_flags, "--output", "csv"],
            "words": [str(self.paths["words"]), *SMALL, "--precision", "float16"],
            "pair": [str(self.paths["pair"]), *SMALL, "--device", "cpu", "--workers", "1"],
            "mask": [str(self.paths["mask"]), *SMALL],
        }
        (folder / "foreign").mkdir()
        (folder / "foreign" / ("last.json" if target == "torch" else "last.pt")).touch()
        said = {
            "fresh": [digits, *SMALL, "--output", "fresh", "--resume"],
            "none": [digits, *SMALL, "--output", "none", "--epochs", "0"],
            "done": [digits, *real, "2", "--output", "resumed", "--resume"],
            "foreign": [digits, *SMALL, "--output", "foreign"],
        }
        if target == "torch":
            said["device"] = [digits, *SMALL, "--device", "mps"]
        work: list[dict[str, object]] = [{"run": [job[0], job[1:]]} for job in jobs.values()]
        work += [{"told": [job[0], job[1:]]} for job in said.values()]
        results = drive(work, folder, backend)
        self.results = dict(zip(jobs, results[: len(jobs)], strict=True))
        self.said = dict(zip(said, results[len(jobs) :], strict=True))

    def default(self, name: str) -> Path:
        """Where a script's results go if nobody says where."""
        return self.folder / "runs" / f"{name}-{self.target}"


def write_arrays(folder: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((65, 8, 8), np.float32), rng.integers(10, size=65)
    np.savez(folder / "arrays.npz", x_train=x, y_train=y, image_test=x[:9], label_test=y[:9])
    table = np.concatenate([x.reshape(65, -1), y[:, None]], axis=1)
    header = ",".join(f"pixel{i}" for i in range(64)) + ",label"
    np.savetxt(folder / "rows.csv", table, delimiter=",", header=header, comments="")


@pytest.fixture(scope="module", params=RUNS)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(request.param, tmp_path_factory.mktemp(request.param))


def test_every_script_ends_well(ran: Ran) -> None:
    assert {name: message for name, message in ran.results.items() if message} == {
        "wrong": ran.results["wrong"]
    }


def test_a_wrong_count_stops_with_both_counts(ran: Ran) -> None:
    assert ran.results["wrong"] == (
        "error: the model has 2,538 trainable and 128 other parameters, 2,539 and 128 were counted"
    )


def test_a_checkpoint_that_is_not_there(ran: Ran) -> None:
    assert re.fullmatch(r"error: no fresh/last\.(pt|json) to resume from", ran.said["fresh"])
    assert not (ran.folder / "fresh").exists()


def test_no_epochs_are_no_training_and_no_test(ran: Ran) -> None:
    assert ran.said["none"] == "nothing to train: 0 of 0 epochs are done\n"


def test_a_finished_run_says_so_and_is_tested(ran: Ran) -> None:
    first, second = ran.said["done"].splitlines()
    assert first == "nothing to train: 2 of 2 epochs are done"
    assert second.startswith("test loss ")


def test_the_other_targets_folder_is_refused(ran: Ran) -> None:
    assert re.fullmatch(
        r"error: foreign has results of (Keras|PyTorch): take another --output",
        ran.said["foreign"],
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has that device")
def test_a_device_that_is_not_there(ran: Ran) -> None:
    """Keras' backends say it each in their own way."""
    if ran.target == "torch":
        assert ran.said["device"] == "error: there is no mps here"


def test_one_row_an_epoch(ran: Ran) -> None:
    straight = rows(ran.default("digits"))
    assert [row["epoch"] for row in straight] == [1, 2]
    assert list(straight[0]) == [
        "epoch",
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "seconds",
    ]


def test_it_learns_real_digits(ran: Ran) -> None:
    first, second = rows(ran.default("digits"))
    assert second["loss"] < first["loss"] < np.log(10)
    assert second["accuracy"] > 0.8


def test_one_epoch_and_a_resumed_one_are_two(ran: Ran) -> None:
    straight = rows(ran.default("digits"))
    resumed = rows(ran.folder / "resumed")
    for one, other in zip(straight, resumed, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-5)


def test_the_single_file_is_the_same_program(ran: Ran) -> None:
    (one,), two = rows(ran.folder / "whole"), rows(ran.folder / "resumed")[0]
    del one["seconds"], two["seconds"]
    assert one == pytest.approx(two, rel=1e-5)


def test_checkpoints_are_kept(ran: Ran) -> None:
    names = {path.name for path in (ran.folder / "resumed").iterdir()}
    assert names in (
        {"metrics.csv", "last.pt", "best.pt"},
        {"metrics.csv", "last.weights.h5", "last.json", "best.weights.h5"},
    )


def test_without_validation_there_are_no_columns_for_it(ran: Ran) -> None:
    assert list(rows(ran.folder / "csv")[0]) == ["epoch", "loss", "accuracy", "seconds"]


def test_several_outputs_have_columns_by_name(ran: Ran) -> None:
    names = ["loss", "kind_accuracy", "kind_top5", "score_mae"]
    expected = ["epoch", *names, *(f"val_{name}" for name in names), "seconds"]
    assert list(rows(ran.default("pair"))[0]) == expected


RACERS = ("words", "pair", "mask")


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each racer trained by both targets from equal weights, in a process that has both."""
    top = tmp_path_factory.mktemp("raced")
    flags = ["--data", "synthetic", "--epochs", "3", "--limit", "70", "--precision", "float32"]
    jobs: list[dict[str, object]] = []
    for name in RACERS:
        program = programs.PROGRAMS[name]
        scripts = [str(programs.write(name, t, top / name / t)) for t in ("keras", "torch")]
        entries = [program.keras_entry, program.facts.entry]
        jobs.append({"race": [*scripts, entries, [*flags, "--lr", "0.01"]]})
    drive(jobs, top, "torch")
    return top


@pytest.mark.parametrize("name", RACERS)
def test_from_equal_weights_both_targets_train_alike(name: str, raced: Path) -> None:
    """Losses, penalties, clipping, schedules, decay and the batches are the same on both.

    In float32, so that the losses agree to 1e-5 (semantics.md, practical tier).
    """
    keras, torch = (rows(raced / name / "keras" / target) for target in ("keras", "torch"))
    assert len(keras) == 3
    for one, other in zip(keras, torch, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-5)
