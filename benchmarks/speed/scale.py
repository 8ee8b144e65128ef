"""From text to torch code in one process, for four shapes at three sizes.

Each case has a process of its own, so that its memory is its own; an hour's worth is never needed:
a case that takes longer than `LIMIT` is ended and says so.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from itertools import pairwise

SIZES = (1_000, 10_000, 100_000)
LIMIT = 300  # seconds for one case
WANTED = {("text", 10_000): 2.5, ("text", 100_000): 30.0}


def repeat(layers: int) -> str:
    """One block, repeated."""
    return (
        "block B(width) { residual { Dense(width, relu) -> Dense(width) } }\n"
        f"model M {{\n  input x: [64]\n  repeat {layers // 2} {{ B(64) }}\n}}\n"
    )


def distinct(layers: int) -> str:
    """One block with other settings at each use."""
    return (
        "block B(width) { Dense(width, relu) -> Dense(64) }\n"
        f"model M {{\n  input x: [64]\n  for i in range({layers // 2}) {{ B(64 + i) }}\n}}\n"
    )


def text(layers: int) -> str:
    """A line a layer."""
    return "model M {\n  input x: [64]\n" + "  Dense(64, relu)\n" * layers + "}\n"


def residuals(layers: int) -> str:
    """A line a residual of two layers."""
    line = "  residual { Dense(64, relu) -> Dense(64) }\n"
    return "model M {\n  input x: [64]\n" + line * (layers // 2) + "}\n"


SHAPES = {"repeat": repeat, "distinct": distinct, "text": text, "residuals": residuals}


def case(shape: str, layers: int) -> None:
    """Prints the seconds of each stage and the most memory in MB."""
    import nndsl
    from nndsl._collector import Held
    from nndsl.analysis.rows import table
    from nndsl.compiler import Session

    source = SHAPES[shape](layers)
    nndsl.compile(SHAPES[shape](10), "torch")  # what is imported once
    marks = [time.process_time()]
    with Held():
        session = Session(source)
        marks.append(time.process_time())
        elaborated = session.elaborate()
        marks.append(time.process_time())
        assert elaborated is not None, session.found
        table(elaborated.model, elaborated.root)
        marks.append(time.process_time())
    del session, elaborated
    whole = time.process_time()
    made = nndsl.compile(source, "torch")
    whole = time.process_time() - whole
    assert made.files, made.diagnostics
    parse, build, analyse = (after - before for before, after in pairwise(marks))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{parse:9.2f} {build:9.2f} {analyse:9.2f} {whole:9.2f} {memory:9.0f}")


def main(most: int) -> None:
    print("seconds of CPU; `text to code` is all of nndsl.compile(text, 'torch'), validation too")
    columns = ("shape", "layers", "parse", "elaborate", "analyse", "text to code", "MB")
    print("  {:10} {:>8} {:>9} {:>9} {:>9} {:>12} {:>6}".format(*columns))
    for shape in SHAPES:
        for layers in SIZES:
            if layers <= most:
                print(f"  {shape:10} {layers:8,} {_measured(shape, layers)}", flush=True)


def _measured(shape: str, layers: int) -> str:
    command = [sys.executable, __file__, shape, str(layers)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=LIMIT
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"more than {LIMIT} s"
    parse, build, analyse, whole, memory = map(float, done.stdout.split())
    wanted = WANTED.get((shape, layers))
    verdict = "" if wanted is None else f"  (under {wanted:g}: {_met(whole < wanted)})"
    return f"{parse:9.2f} {build:9.2f} {analyse:9.2f} {whole:12.2f} {memory:6.0f}{verdict}"


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    if len(sys.argv) == 3:
        case(sys.argv[1], int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) == 2 else SIZES[-1])
