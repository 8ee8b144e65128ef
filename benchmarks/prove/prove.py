"""The long run: `make prove FROM=0 COUNT=20000`. Random programs on both frameworks, seed by seed.

Each program (tests/prove/programs.py) is compiled for both targets, run with equal weights, counted
and compared (tests/prove/judge.py). Figures are merged into prove.json, from which README.md is
made: ranges of seeds add up. `--small FOLDER` writes what a fault shrinks to.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")  # small programs: threads only wait for each other
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from nndsl.verify.worker import Workers  # noqa: E402
from prove.figures import FIGURES, merged, report  # noqa: E402
from prove.judge import Outcome, judged  # noqa: E402
from prove.programs import Generated, program  # noqa: E402
from prove.shrink import shrunk  # noqa: E402

KEPT = 25  # programs between two times that figures are written


class Run:
    """What a range of seeds has given so far."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.count = 0
        self.verdicts: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.trained = 0
        self.faults: list[dict[str, object]] = []
        self.start = time.monotonic()

    def add(self, made: Generated, found: Outcome) -> None:
        self.count += 1
        self.verdicts[found.kind] += 1
        if found.kind in ("same", "not finite"):
            self.seen.update(f"{word}.{setting}" for word, setting in made.pairs)
            self.trained += made.steps > 2
        elif found.fault:
            last = found.words.strip().splitlines()[-1:] or [""]
            self.faults.append({"seed": made.seed, "kind": found.kind, "words": last[0][:200]})

    def data(self) -> dict[str, object]:
        return {
            "first": self.first, "count": self.count, "trained": self.trained,
            "seconds": round(time.monotonic() - self.start), "verdicts": dict(self.verdicts),
            "faults": self.faults, "seen": dict(self.seen),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=0, help="end after so many")
    parser.add_argument("--figures", type=Path, default=HERE / FIGURES)
    parser.add_argument("--small", type=Path, help="write what each fault shrinks to, here")
    options = parser.parse_args()
    run = Run(options.first)
    with Workers() as workers:
        for seed in range(options.first, options.first + options.count):
            made = program(seed)
            found = judged(made.text, workers, made.steps)
            run.add(made, found)
            if found.fault:
                print(f"--- seed {seed}: {found.kind}: {found.words}\n{made.text}", flush=True)
                if options.small:
                    options.small.mkdir(parents=True, exist_ok=True)
                    small = shrunk(made.text, found, workers, made.steps)
                    head = f"# seed {seed}: {found.kind}\n"
                    (options.small / f"{seed}.nn").write_text(head + small, encoding="utf-8")
            late = options.minutes and time.monotonic() - run.start > 60 * options.minutes
            if run.count % KEPT == 0 or late:
                _write(options.figures, run)
            if late:
                break
    _write(options.figures, run)


def _write(path: Path, run: Run) -> None:
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    found = merged(before, run.data())
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if path.parent == HERE:
        (HERE / "README.md").write_text(report(found, HERE / "found.md"), encoding="utf-8")


if __name__ == "__main__":
    main()
