"""Hostile input: what `nndsl check` says of it, in what time and memory, each in its own process.

    PYTHONPATH=.:tests python benchmarks/errors/bombs.py [NAME ...]

Writes bombs.json beside itself; exits with 1 where a limit is passed, a traceback is shown, or
something else is said than the table wants.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from support.bombs import BOMBS, Bomb

HERE = Path(__file__).resolve().parent
LIMIT_S, LIMIT_MB = 1.0, 512
# The peak of the process itself: what wait4 tells counts the process that started it as well.
PEAK = "/proc/self/status"
PROGRAM = f"""
import atexit, sys
def peak(path):
    lines = open({PEAK!r}).read().splitlines()
    open(path, "w").write(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
atexit.register(peak, sys.argv.pop(1))
from nndsl.cli.main import main
raise SystemExit(main())
"""
NNDSL = [sys.executable, "-c", PROGRAM]


class Outcome(NamedTuple):
    """What one run of a process gave; seconds of CPU, as other programs run beside."""

    code: int
    seconds: float
    megabytes: float
    out: str


def main() -> int:
    """Runs every bomb, or those that are named."""
    rows, bad = [], 0
    for bomb in BOMBS:
        if len(sys.argv) > 1 and bomb.name not in sys.argv[1:]:
            continue
        found = tried(bomb)
        wrong = mistakes(bomb, found)
        bad += bool(wrong)
        rows.append(
            {
                "input": bomb.name,
                "command": bomb.command,
                "said": codes(found.out),
                "exit": found.code,
                "seconds": round(found.seconds, 2),
                "MB": round(found.megabytes),
            }
        )
        print(f"{bomb.name:45} {rows[-1]['said']!s:25} {found.code} {found.seconds:5.2f} s "
              f"{found.megabytes:5.0f} MB {' '.join(wrong)}")  # fmt: skip
    if len(sys.argv) == 1:
        text = json.dumps(rows, indent=1)
        (HERE / "bombs.json").write_text(text + "\n", encoding="utf-8")
    return 1 if bad else 0


def tried(bomb: Bomb) -> Outcome:
    """Runs the command line on the bomb's files in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        bomb.write(Path(folder))
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
        with open(Path(folder, "out.txt"), "wb") as out:
            process = subprocess.Popen(
                [*NNDSL, "../peak.txt", *bomb.command.split()], cwd=Path(folder, "in"),
                env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        taken = usage.ru_utime + usage.ru_stime
        said = Path(folder, "out.txt").read_text(encoding="utf-8", errors="replace")
        peak = int(Path(folder, "peak.txt").read_text(encoding="utf-8"))
    return Outcome(process.returncode, taken, peak / 1024, said)


def codes(text: str) -> list[str]:
    """The codes of the diagnostics, each once, in order."""
    found = [line.partition("[")[2][:5] for line in text.splitlines() if "[NN" in line[:12]]
    return list(dict.fromkeys(found))


def mistakes(bomb: Bomb, found: Outcome) -> list[str]:
    """What is not as it should be; empty where all is well."""
    wrong = []
    if codes(found.out) != list(bomb.wanted):
        wrong.append(f"wanted {bomb.wanted}")
    if found.code != bomb.exit or "Traceback" in found.out or "internal error" in found.out:
        wrong.append(f"exit {found.code}: {found.out[-300:]}")
    if found.seconds > LIMIT_S:
        wrong.append("too slow")
    if found.megabytes > LIMIT_MB:
        wrong.append("too large")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
