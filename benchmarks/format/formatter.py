"""`nndsl fmt` on every file of the checkout and on random programs: how many keep its promises.

The promises: the same tree and comments, the same again when repeated, and for files the same graph
of every model, aliases included. Seeds are fixed, so that a run can be repeated.
"""

from __future__ import annotations

import sys
import time

from syntax.formats import canonical, check, files, graphs
from syntax.programs import Programs

PROGRAMS = 2_000


def main(programs: int) -> int:
    started = time.perf_counter()
    broken = 0
    characters = 0
    for seed in range(programs):
        text = Programs(seed).text()
        characters += len(text)
        broken += _breaks(text, f"seed {seed}")
    found, models = files(), 0
    for path in found:
        text = path.read_text(encoding="utf-8")
        before = graphs(path, text)
        models += len(before)
        broken += _breaks(text, str(path)) or before != graphs(path, canonical(path))
    seconds = time.perf_counter() - started
    print(f"{programs:,} random programs of {characters:,} characters, {len(found)} files with "
          f"{models} models: {broken} broken promises, {seconds:.0f} s")  # fmt: skip
    return int(broken > 0)


def _breaks(text: str, name: str) -> bool:
    try:
        check(text)
    except AssertionError as error:
        print(f"{name}: {error}")
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) == 2 else PROGRAMS))
