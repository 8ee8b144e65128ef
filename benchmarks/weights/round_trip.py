"""Every example's weights, small, through the files of both frameworks: bit by bit the same?

PYTHONPATH=.:tests python benchmarks/weights/round_trip.py
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.small import SMALL
from support.round_trip import KINDS, STEPS, round_trip


def main() -> int:
    failed = 0
    print(" -> ".join(f"{step[1:]} ({kind})" for step, kind in zip(STEPS, KINDS, strict=True)))
    for small in SMALL:
        start = time.time()
        with TemporaryDirectory() as folder:
            wrong = round_trip(small, Path(folder))
        failed += bool(wrong)
        verdict = f"not equal: {', '.join(wrong)}" if wrong else "the same bits"
        print(f"{small.id:18} {verdict}   {time.time() - start:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
