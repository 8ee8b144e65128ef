"""Figures of long runs: ranges of seeds that add up, and the page that is made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from prove.calls import pairs

FIGURES = "prove.json"
WANTED = 50  # programs that use each pair
RARE = 12  # pairs that are listed
Runs: TypeAlias = "list[dict[str, Any]]"


def merged(runs: Runs, run: dict[str, Any]) -> Runs:
    """A run takes the place of one that began at the same seed and went no further."""
    kept = [each for each in runs if each["first"] != run["first"] or each["count"] > run["count"]]
    return sorted([*kept, run], key=lambda each: int(each["first"]))


def report(runs: Runs, found: Path) -> str:
    """The page. found: a page with what was found, which is put at its end."""
    verdicts: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for run in runs:
        verdicts.update(run["verdicts"])
        seen.update(run["seen"])
    programs = sum(run["count"] for run in runs)
    seconds = sum(run["seconds"] for run in runs)
    counts = {f"{word}.{setting}": seen[f"{word}.{setting}"] for word, setting in pairs()}
    rare = sorted(counts.items(), key=lambda item: item[1])[:RARE]
    lines = [
        "# The long run",
        "",
        "Made by `make prove` (`benchmarks/prove/prove.py`): random programs over the whole",
        "language, each on Keras and PyTorch with equal weights: counts, outputs, gradients, and",
        "some steps of training; a tenth of them 20 steps under SGD with momentum and a cosine",
        "schedule, or under AdamW with clipping. Ranges of seeds add up; a seed is a program.",
        "",
        f"{programs:,} programs, {sum(run['trained'] for run in runs):,} of them trained 20 steps,",
        f"{seconds / 3600:.1f} hours of a process.",
        "",
        "| verdict | programs |",
        "| --- | ---: |",
        *(f"| {kind} | {count:,} |" for kind, count in verdicts.most_common()),
        "",
        "`refused`: a target cannot say it, and a diagnostic says so. `not finite`: both give no",
        "number in the same places, and the same numbers elsewhere. All others are faults, listed",
        "with their seeds in `prove.json`.",
        "",
        "## Coverage",
        f"{len(counts)} pairs of a layer and a setting (or none); each counts in programs that",
        f"mean the same on both. Least {min(counts.values())}, median {median(counts.values()):g};",
        f"{sum(1 for n in counts.values() if n < WANTED)} pairs are seen less than {WANTED} times.",
        "Rarest: " + ", ".join(f"`{name.rstrip('.')}` {count}" for name, count in rare) + ".",
        "",
        "## Ranges",
        "| from | to | trained | faults | seconds |",
        "| ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {run['first']} | {run['first'] + run['count'] - 1} | {run['trained']} |"
            f" {len(run['faults'])} | {run['seconds']} |"
            for run in runs
        ),
        "",
    ]
    end = found.read_text(encoding="utf-8") if found.exists() else ""
    return "\n".join(lines) + "\n" + end
