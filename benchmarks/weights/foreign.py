"""The models of other libraries that nndsl has maps for, at full size, beside the emitted ones.

    PYTHONPATH=.:tests python benchmarks/weights/foreign.py [MAP ...]

Weights and statistics are random, and so are the inputs. Needs torchvision and transformers.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from support.foreign_models import FOREIGN, differences, installed

ALLOWED = 1e-5


def main(names: list[str]) -> int:
    failed = 0
    print(f"{'map':24} {'model':12} {'torch':>8} {'keras':>8}   of {ALLOWED:.0e}")
    for foreign in FOREIGN:
        if names and foreign.map not in names:
            continue
        if not installed(foreign):
            print(f"{foreign.map:24} {foreign.package} is not installed")
            continue
        start = time.time()
        with TemporaryDirectory() as folder:
            found = differences(foreign, Path(folder))
        ok = max(found.values()) <= ALLOWED
        failed += not ok
        print(
            f"{foreign.map:24} {foreign.model:12} {found['torch']:8.1e} {found['keras']:8.1e}"
            f"   {'ok' if ok else 'NOT EQUAL'}   {time.time() - start:.0f} s",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
