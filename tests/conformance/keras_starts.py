"""How the emitted Keras layers start, on one backend: prints a line for each weight that is wrong.

python -m conformance.keras_starts BACKEND
"""

from __future__ import annotations

import os
import sys

os.environ["KERAS_BACKEND"] = sys.argv[1]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np

from conformance import test_torch_starts as starts
from conformance.harness import build
from conformance.keras_runner import KerasRunner
from nndsl.backends.keras.weight_names import stored
from nndsl.ops.base import Example

# Where Keras' own layer is not what is emitted, or has axes of its own.
MORE = (
    ("DepthwiseConv(5, stride=[1, 2], multiplier=4, init=he_normal)", "[8, 8, 64]"),
    ("SeparableConv(64, 3, multiplier=4, init=lecun_uniform)", "[4, 4, 4, 32]"),
    ("SelfAttention(4, init=he_normal)", "[5, 128]"),
    ("SelfAttention(4, kv_heads=2, init=glorot_normal)", "[5, 128]"),
    ("SelfAttention(4, rope=true)", "[5, 128]"),
    ("LSTM(64, bias_init=ones)", "[5, 128]"),
    ("LSTM(64, forget_one=false)", "[5, 128]"),
    ("RMSNorm(gamma_init=normal(1.0, 0.1))", "[4000]"),
)


def main() -> int:
    wrong = 0
    calls = (*starts.CALLS, *MORE)
    for call, takes in calls:
        case = build(Example(call, takes, ""))
        runner = KerasRunner(case)
        places = stored(case.step)
        for weight in case.weights:
            variable = runner.variable("layer", places[weight.name])
            values = keras.ops.convert_to_numpy(variable)
            if weight.init.name == "orthogonal":
                values = values.T
            try:
                starts._check(weight, np.ravel(values))
            except AssertionError as error:
                wrong += 1
                print(f"{call} on {takes}: {weight.name}: {error}".replace("\n", " "))
    print(f"{len(calls)} layers, {wrong} wrong weights")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
