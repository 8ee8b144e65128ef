"""From text to code in one process: five shapes at three sizes for torch, two sizes for Keras.

Each case has a process of its own, so that its memory is its own; one that takes longer than
`LIMIT` is ended and says so.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from itertools import pairwise

SIZES = {"torch": (1_000, 10_000, 100_000), "keras": (1_000, 10_000)}
STAGES = 10_000  # up to this size the stages are measured one by one as well
LIMIT = 300  # seconds of CPU for one case
WANTED = {("torch", "text", 10_000): 2.5, ("torch", "text", 100_000): 30.0}
LINEAR = 12.0  # times as long, and as much memory, for ten times the layers


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


def varied(layers: int) -> str:
    """A line a layer, each of another width than its neighbours and with another activation."""
    acts = ("relu", "tanh", "gelu")
    lines = (f"  Dense({64 + i % 97}, {acts[i % 3]})\n" for i in range(layers))
    return "model M {\n  input x: [64]\n" + "".join(lines) + "}\n"


SHAPES = {
    "repeat": repeat,
    "distinct": distinct,
    "text": text,
    "residuals": residuals,
    "varied": varied,
}


def case(target: str, shape: str, layers: int) -> None:
    """Prints the seconds of parsing, elaboration, analysis and of all, and the most MB."""
    import nndsl

    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    source = SHAPES[shape](layers)
    nndsl.compile(SHAPES[shape](10), target)  # what is imported once
    before = _memory()
    whole = time.process_time()
    made = nndsl.compile(source, target)
    whole = time.process_time() - whole
    assert made.files, made.diagnostics
    memory = _memory() - before
    del made
    stages = _stages(source) if layers <= STAGES else (0.0, 0.0, 0.0)
    print(*stages, whole, memory)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _stages(source: str) -> tuple[float, ...]:
    """The seconds of parsing, elaboration and analysis."""
    from nndsl._collector import Held
    from nndsl.analysis.rows import table
    from nndsl.compiler import Session

    marks = [time.process_time()]
    with Held():
        session = Session(source)
        marks.append(time.process_time())
        elaborated = session.elaborate()
        marks.append(time.process_time())
        assert elaborated is not None, session.found
        table(elaborated.model, elaborated.root)
        marks.append(time.process_time())
    return tuple(after - before for before, after in pairwise(marks))


def main(most: int) -> None:
    print("seconds of CPU; `text to code` is all of nndsl.compile, validation too; MB: what that")
    print("adds to a process at its most; times: for ten times the layers")
    columns = ("target", "shape", "layers", "parse", "elaborate", "analyse", "text to code", "MB")
    print("  {:6} {:10} {:>8} {:>8} {:>10} {:>8} {:>13} {:>7}".format(*columns), "  times")
    for target, sizes in SIZES.items():
        for shape in SHAPES:
            last: tuple[float, float] | None = None
            for layers in (size for size in sizes if size <= most):
                line, last = _measured(target, shape, layers, last)
                print(f"  {target:6} {shape:10} {layers:8,} {line}", flush=True)


def _measured(
    target: str, shape: str, layers: int, last: tuple[float, float] | None
) -> tuple[str, tuple[float, float] | None]:
    """The rest of a line, and the seconds and MB of all. last: those of a tenth of the layers."""
    command = [sys.executable, __file__, target, shape, str(layers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"more than {LIMIT} s", None
    done.check_returncode()
    *stages, whole, memory = map(float, done.stdout.split())
    shown = [f"{each:.2f}" if any(stages) else "" for each in stages]
    line = "{:>8} {:>10} {:>8} ".format(*shown) + f"{whole:13.2f} {memory:7.0f} "
    if last is not None and last[0] > 0.1:
        grown = whole / last[0], memory / max(last[1], 1.0)
        line += f"  {grown[0]:.1f} s, {grown[1]:.1f} MB ({_met(max(grown) <= LINEAR)})"
    wanted = WANTED.get((target, shape, layers))
    if wanted is not None:
        line += f"  under {wanted:g} s: {_met(whole < wanted)}"
    return line.rstrip(), (whole, memory)


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    if len(sys.argv) == 4:
        case(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) == 2 else 100_000)
