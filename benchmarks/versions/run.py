"""Emitted code under the oldest supported and the newest versions of the frameworks.

    python benchmarks/versions/run.py [PIP ARGUMENT...]

Makes a virtual environment for each of ENVIRONMENTS in build/versions (kept, so that a second run
is quick), and runs the models of examples/ in it, small: parameters are counted, outputs, gradients
and steps of training compared with the versions of constraints.txt on PyTorch. Writes versions.txt
beside this file. Arguments go to pip, such as an index with CPU builds of torch.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from examples.small import SMALL, Small
from nndsl.cli.files import Folder, read_source
from nndsl.compiler import compile_model
from nndsl.verify.job import Result
from nndsl.verify.plan import Options, Planned, plan
from nndsl.verify.run import verdict
from nndsl.verify.worker import Worker
from nndsl.weights.process import environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / "build" / "versions"
LINE = "{:42} {:38} {:8} {:8} {:8} {:8}  {}"
STEPS, TIMEOUT = 2, 300.0


class Environment(NamedTuple):
    """Packages to install, and the target whose code they run."""

    target: str
    packages: tuple[str, ...]

    @property
    def name(self) -> str:
        return " ".join(self.packages)


# The least of pyproject.toml's ranges, and the newest that there are.
ENVIRONMENTS = (
    Environment("keras", ("keras==3.8.0", "tensorflow-cpu==2.18.0")),
    Environment("keras", ("keras==3.15.1", "tensorflow-cpu==2.21.0")),
    Environment("torch", ("torch==2.13.0", "numpy==2.4.6")),
)
REFERENCE = ENVIRONMENTS[-1]


def main(pip: list[str]) -> int:
    pythons = {env: _python(env, pip) for env in ENVIRONMENTS}
    workers = {env: Worker(env.target, str(python)) for env, python in pythons.items()}
    lines = [LINE.format("versions", "model", "output", "gradient", "loss", "weights", "")]
    print(lines[0], flush=True)
    failed = 0
    for small in SMALL:
        planned = _planned(small)
        reference = _result(workers[REFERENCE], planned)
        for env in ENVIRONMENTS:
            found = reference if env is REFERENCE else _result(workers[env], planned)
            lines.append(_line(env, small.id, planned, reference, found))
            failed += not lines[-1].endswith("ok")
            print(lines[-1], flush=True)
    for worker in workers.values():
        worker.close()
    for env, python in pythons.items():
        lines.append(
            LINE.format(env.name, "digits' script, resumed", *"----", _trained(env, python))
        )
        failed += not lines[-1].endswith("ok")
        print(lines[-1], flush=True)
    lines.append(f"\n{len(lines) - 1} runs, {failed} failed")
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    (HERE / "versions.txt").write_text(text, encoding="utf-8")
    return int(failed > 0)


def _python(env: Environment, pip: list[str]) -> Path:
    """The interpreter of an environment, which is made where there is none."""
    home = PLACE / env.name.replace("==", "-").replace(" ", "-")
    python = home / "bin" / "python"
    if not (home / "done").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *pip, *env.packages], check=True)
        (home / "done").touch()
    return python


def _trained(env: Environment, python: Path) -> str:
    """The training script of an example, run and resumed as a person does."""
    made = compile_model(read_source(str(ROOT / "examples" / "digits.nn")), env.target)
    flags = ["--data", "synthetic", "--limit", "64", "--device", "cpu", "--output", "runs"]
    with TemporaryDirectory() as folder:
        for name, text in made.files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        for more in (["--epochs", "1"], ["--epochs", "2", "--resume"]):
            done = subprocess.run(
                [python, made.script, *flags, *more], cwd=folder, env=environment(),
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                return (done.stderr or done.stdout).strip().splitlines()[-1][:100]
    return "ok"


def _planned(small: Small) -> Planned:
    path = ROOT / "examples" / f"{small.example}.nn"
    planned = plan(
        read_source(str(path)), ("keras", "torch"), small.model, small.settings,
        Options(steps=STEPS), Folder(str(path)),
    )  # fmt: skip
    assert planned.jobs, planned.diagnostics
    return planned


def _result(worker: Worker, planned: Planned) -> Result | str:
    target = worker.target
    worker.submit(planned.jobs[target], planned.files[target], planned.arrays)
    return worker.result(TIMEOUT)


def _line(
    env: Environment, name: str, planned: Planned, reference: Result | str, found: Result | str
) -> str:
    """One run; the reference is judged by its counts alone."""
    if isinstance(found, str) or isinstance(reference, str):
        said = found if isinstance(found, str) else "no reference"
        return LINE.format(env.name, name, "", "", "", "", said.splitlines()[-1][:100])
    trainable, others = planned.counted
    counted = (found.trainable, found.non_trainable) == (trainable, others)
    if env is REFERENCE:
        return LINE.format(env.name, name, "-", "-", "-", "-", "ok" if counted else "counts")
    other = "torch" if env.target == "keras" else "keras"
    judged = verdict(planned, Options(), {other: reference, env.target: found})
    worst = {
        start: max((r.difference for r in judged.rows if r.what.startswith(start)), default=None)
        for start in ("output", "gradient", "losses", "what they did to weights")
    }
    shown = ("-" if each is None else f"{each:.1e}" for each in worst.values())
    wrong = [row.what for row in judged.rows if not row.ok] + ([] if counted else ["counts"])
    return LINE.format(env.name, name, *shown, ", ".join(wrong) or "ok")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
