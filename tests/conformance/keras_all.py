"""Every op's examples on one Keras backend, beside PyTorch: prints a line for each that fails.

python -m conformance.keras_all BACKEND [WORD …]
"""

from __future__ import annotations

import os
import sys

# The emitted code means the same on every backend; which one is chosen before Keras is imported.
os.environ["KERAS_BACKEND"] = sys.argv[1]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

from collections.abc import Iterator

import numpy as np

from conformance.corners import CORNERS
from conformance.harness import HUGE, Case, arrays, build, emit, examples, fits, weight_values
from conformance.keras_runner import KerasRunner
from conformance.torch_runner import TorchRunner
from nndsl.backends.keras import TARGET

CLOSE = 1e-4  # relative to the largest value, float32
RANDOM = ("noise",)


def failures(case: Case) -> Iterator[str]:
    """What is wrong with one example."""
    if case.total > HUGE:
        emit(TARGET, case.program)
        return
    made = KerasRunner(case)
    trainable = sum(w.count for w in case.weights if w.trainable)
    if made.counts() != (trainable, case.total):
        yield f"counts {made.counts()}, not {(trainable, case.total)}"
    for type_, shape in zip(case.outputs, made.shapes(), strict=True):
        if not fits(type_, [2 if n is None and i == 0 else n for i, n in enumerate(shape)]):
            yield f"shape {shape}, not {type_.show()}"
    values, inputs = weight_values(case), arrays(case)
    made.load(values)
    ours = made.run(inputs)
    for type_, array in zip(case.outputs, ours, strict=True):
        if not fits(type_, array.shape):
            yield f"gives {array.shape}, not {type_.show()}"
    if case.step.op.word not in RANDOM:
        yield from differences(case, ours, values, inputs)
    if "class " in made.text and not made.saves(
        inputs, ours, exact=case.step.op.word not in RANDOM
    ):
        yield "gives other values once it is saved and loaded"
    if trainable:
        moved = made.step(inputs)
        still = [path for path, change in moved.items() if not np.abs(change).max() > 0]
        if still and not _expected(case, still):
            yield f"a step does not move {still}"


def _expected(case: Case, still: list[str]) -> bool:
    """A bias that every position adds to the keys has no gradient: softmax takes it away."""
    return case.step.op.word in ("SelfAttention", "Attention") and all(
        "key" in path and "bias" in path for path in still
    )


def differences(
    case: Case, ours: list[np.ndarray], values: dict[str, np.ndarray], inputs: list[np.ndarray]
) -> Iterator[str]:
    """Outputs with equal weights on both targets."""
    other = TorchRunner(case)
    if case.weights:
        other.load(values)
    for mine, theirs in zip(ours, other.run(inputs), strict=True):
        known = theirs[np.isfinite(theirs)]
        scale = max(1.0, float(np.abs(known).max(initial=0)))
        if not np.allclose(mine, theirs, rtol=0, atol=CLOSE * scale, equal_nan=True):
            yield f"differs from PyTorch: {mine.ravel()[:4]}, not {theirs.ravel()[:4]}"


def main(words: list[str]) -> int:
    count = wrong = 0
    for word, example in [*((op.word, each) for op, each in examples()), *CORNERS]:
        if words and word not in words:
            continue
        count += 1
        try:
            found = list(failures(build(example)))
        except Exception as error:  # noqa: BLE001 - reported as that example's failure
            found = [f"{type(error).__name__}: {str(error)[:300]}"]
        for each in found:
            wrong += 1
            print(f"{example.call} on {example.takes}: {each}".replace("\n", " "))
    print(f"{count} examples, {wrong} failures")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
