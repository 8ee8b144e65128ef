"""`nndsl params` as a whole process, beside the bare interpreter and a Keras script.

The package is built as a wheel and installed with its bytecode into a folder that is removed again.
All three run in turn, so that a busy machine is busy for all of them. The Keras script builds the
same network and prints its summary, the same numbers.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, KERAS_ROUNDS = 40, 5
OVER_BARE, MEMORY, LESS_CPU = 65.0, 40.0, 50.0
BARE = 10.0  # milliseconds: what the interpreter took where the limit of 65 was set
KERAS = """
import keras
from keras import layers
keras.Sequential([
    layers.Input((28, 28)), layers.Flatten(), layers.BatchNormalization(),
    layers.Dense(300, "elu", kernel_initializer="he_normal"), layers.BatchNormalization(),
    layers.Dense(100, "elu", kernel_initializer="he_normal"), layers.BatchNormalization(),
    layers.Dense(10, "softmax"),
]).summary()
"""


class Cost(NamedTuple):
    """One process: milliseconds by the clock and of the processor, and its most memory in MB."""

    clock: float
    cpu: float
    memory: float


def installed(folder: Path) -> None:
    """The wheel of this checkout, unpacked and compiled into a folder."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    made = folder / "wheel"
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), str(ROOT)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = made.glob("*.whl")
    into = ["install", "--no-deps", "--no-index", "--ignore-installed", "--compile"]
    subprocess.run([*pip, *into, "--target", str(folder / "lib"), str(wheel)], check=True)


def run(command: list[str], library: Path) -> Cost:
    """Runs one process to its end, its output thrown away; away from the checkout's own package."""
    env = {**os.environ, "PYTHONPATH": str(library), "TF_CPP_MIN_LOG_LEVEL": "3"}
    env["CUDA_VISIBLE_DEVICES"] = ""
    quiet = subprocess.DEVNULL
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=quiet, cwd=library
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    clock = 1000 * (time.perf_counter() - started)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Cost(clock, 1000 * (used.ru_utime + used.ru_stime), _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def measure() -> tuple[Cost, Cost, Cost]:
    """The bare interpreter, `nndsl params` and the Keras script."""
    seed = ["params", str(ROOT / "examples" / "fashion_mlp.nn")]
    with tempfile.TemporaryDirectory(prefix="nndsl-bench-") as folder:
        library = Path(folder) / "lib"
        installed(Path(folder))
        bare = [sys.executable, "-c", "pass"]
        ours = [sys.executable, str(library / "bin" / "nndsl"), *seed]
        keras = [sys.executable, "-c", KERAS]
        found: tuple[list[Cost], list[Cost], list[Cost]] = ([], [], [])
        for command in (bare, ours, keras):
            run(command, library)  # reads the disk
        for number in range(ROUNDS):
            found[0].append(run(bare, library))
            found[1].append(run(ours, library))
            if number % (ROUNDS // KERAS_ROUNDS) == 0:
                found[2].append(run(keras, library))
    return median(found[0]), median(found[1]), median(found[2])


def main() -> None:
    bare, ours, keras = measure()
    over = ours.clock - bare.clock
    scaled = over * BARE / bare.clock
    less = keras.cpu / ours.cpu
    print(f"medians of {ROUNDS} interleaved processes ({KERAS_ROUNDS} of Keras)")
    for name, cost in (("bare interpreter", bare), ("nndsl params", ours), ("Keras script", keras)):
        print(f"  {name:17} {cost.clock:8.1f} ms  {cost.cpu:8.1f} ms of CPU  {cost.memory:6.1f} MB")
    print(f"  over the bare interpreter  {over:.1f} ms; {scaled:.1f} ms where that takes {BARE:.0f}"
          f"  (at most {OVER_BARE:.0f}: {_verdict(scaled <= OVER_BARE)})")  # fmt: skip
    print(f"  memory                     {ours.memory:.1f} MB"
          f"  (under {MEMORY:.0f}: {_verdict(ours.memory < MEMORY)})")  # fmt: skip
    print(f"  CPU of the Keras script    {less:.0f} times ours"
          f"  (at least {LESS_CPU:.0f}: {_verdict(less >= LESS_CPU)})")  # fmt: skip


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()
