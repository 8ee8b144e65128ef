"""Many random models on both frameworks: `make fuzz`. Prints what differs, and the figures.

Each model (tests/support/random_models.py) is compiled for both targets, run with equal weights,
counted and compared as tests/support/agree.py says.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from nndsl.compiler import compile_model  # noqa: E402
from nndsl.source import Source  # noqa: E402
from support.agree import agree  # noqa: E402
from support.numeric import Program  # noqa: E402
from support.random_models import Model, random_model  # noqa: E402


def verdict(model: Model) -> tuple[str, str]:
    """`same`, `refused` (a diagnostic says what a target cannot say), or a fault and its words."""
    try:
        for target in ("torch", "keras"):
            made = compile_model(model.text, target)
            errors = [item for item in made.diagnostics if item.severity == "error"]
            if errors:
                kind = "refused" if errors[0].code == "NN601" else f"fault: {errors[0].code}"
                return kind, f"{target}: {errors[0].message}"
        agree(Program(Source("model.nn", model.text), {}), model.feeds, exact=True)
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong is a figure
        return f"fault: {type(fault).__name__}", str(fault).splitlines()[0] if str(fault) else ""
    return "same", ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    start = time.monotonic()
    for seed in range(options.seed, options.seed + options.models):
        model = random_model(seed)
        kind, words = verdict(model)
        found[kind] += 1
        if kind.startswith("fault"):
            print(f"--- seed {seed}: {kind}: {words}\n{model.text}", flush=True)
    lines = sum(random_model(s).text.count("\n") for s in range(options.seed, options.seed + 100))
    print(f"{options.models} models of {lines / 100:.0f} lines, {time.monotonic() - start:.0f} s")
    for kind, times in found.most_common():
        print(f"{times:6} {kind}")


if __name__ == "__main__":
    main()
