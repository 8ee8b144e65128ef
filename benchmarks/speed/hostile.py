"""Texts that nobody would write: four times as long takes how many times as long, and how soon a
program that would not end is told.

    PYTHONPATH=.:tests python benchmarks/speed/hostile.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import nndsl
from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax.parser import parse
from support.hostile import RUNAWAY, long_texts, runaway, stages

SIZE = 20_000
SOON = 1.0  # seconds of CPU
MOST = 5.0  # times as long for four times the text


def seconds(run: Callable[[], object]) -> float:
    """The least seconds of CPU of three runs: others use the machine too."""
    found = []
    for _ in range(3):
        begun = time.process_time()
        run()
        found.append(time.process_time() - begun)
    return min(found)


def parsed(text: str) -> float:
    return seconds(lambda: parse(Source("test.nn", text), Diagnostics()))


def main() -> None:
    print(f"parsing; the text on the right is four times the other, at most {MOST:g} times as long")
    made: dict[str, Callable[[int], str]] = {
        **{name: partial(_text, name) for name in long_texts(1)},
        "20,000 stages": lambda size: stages(size // 10),
    }
    for name, make in made.items():
        few, many = parsed(make(SIZE // 2)), parsed(make(2 * SIZE))
        times = many / few if few > 0.002 else 0.0  # below that it is noise
        verdict = "met" if times <= MOST else "MISSED"
        ratio = f"{times:5.1f} times" if times else "under 2 ms"
        print(f"  {name:28} {few:8.3f} s {many:8.3f} s  {ratio:>11}  ({verdict})", flush=True)
    print(f"programs that would not end, until they are told: at most {SOON:g} s of CPU")
    for name in RUNAWAY:
        text, code = runaway(name)
        spent = seconds(lambda text=text: nndsl.check(text))  # type: ignore[misc]
        verdict = "met" if spent <= SOON else "MISSED"
        print(f"  {name:28} {code} {spent:8.3f} s  ({verdict})", flush=True)


def _text(name: str, size: int) -> str:
    return long_texts(size)[name]


if __name__ == "__main__":
    main()
