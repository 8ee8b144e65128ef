"""Changes one token of every example and case at a time, and counts what the compiler says.

    PYTHONPATH=.:tests python benchmarks/errors/mutants.py [--count N] [--seed N] [--list WORD]

Writes mutants.json beside itself. --list prints the mutants of a class instead: elsewhere (the
first diagnostic stands on another line), several (more than one diagnostic), other, same, crash,
hang, missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from support.mutants import KINDS, Mutant, Verdict, judged, programs, sample

HERE = Path(__file__).resolve().parent
Results = list[tuple[Mutant, Verdict]]


def main() -> int:
    """Runs the mutants; exits with 1 where a crash, a hang or a miss is among them."""
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=6_000, help="0: every one")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--list", default="")
    words.add_argument("--only", default="", help="a part of the file's name")
    options = words.parse_args()
    started = time.monotonic()
    results: Results = []
    for mutant, original in sample(options.count, options.seed):
        if options.only in mutant.file:
            results.append((mutant, judged(mutant, original)))
    taken = time.monotonic() - started
    if options.list:
        listed(results, options.list)
    report = figures(results)
    print(json.dumps(report, indent=2))
    print(f"{taken:.0f} s", file=sys.stderr)
    if not options.list and not options.only:
        head = {"seed": options.seed, "programs": len(programs())}
        text = json.dumps({**head, **report}, indent=2)
        (HERE / "mutants.json").write_text(text + "\n", encoding="utf-8")
    bad = sum(in_class(one, "crash") or in_class(one, "hang") for one in results)
    return 1 if bad or any(in_class(one, "missed") for one in results) else 0


def figures(results: Results) -> dict[str, object]:
    """The figures of all mutants, and of each kind of change."""
    kinds = {kind: [one for one in results if one[0].kind == kind] for kind in KINDS}
    return {
        "all": row(results),
        "kinds": {kind: row(found) for kind, found in kinds.items()},
        "codes": dict(sorted(Counter(one[1].codes[0] for one in results if one[1].codes).items())),
    }


def row(results: Results) -> dict[str, float]:
    """Counts and shares of some mutants; the shares of diagnosed ones are in per cent of these."""
    counts = Counter(verdict.outcome for _, verdict in results)
    told = [one for one in results if one[1].outcome == "diagnosed"]
    return {
        "mutants": len(results),
        "diagnosed": len(told),
        "accepted, same meaning": counts["same"],
        "accepted, another meaning": counts["other"],
        "missed": sum(in_class(one, "missed") for one in results),
        "crashes": counts["crash"],
        "hangs": counts["hang"],
        "diagnosed %": share(len(told), len(results)),
        "first on the line %": share(sum(v.on_line for _, v in told), len(told)),
        "first or its label on the line %": share(sum(v.shown for _, v in told), len(told)),
        "several diagnostics %": share(sum(len(v.codes) > 1 for _, v in told), len(told)),
    }


def share(part: int, whole: int) -> float:
    """Per cent, one decimal."""
    return round(100 * part / max(whole, 1), 1)


def in_class(result: tuple[Mutant, Verdict], name: str) -> bool:
    """True for the mutants of a class that --list names."""
    mutant, verdict = result
    told = verdict.outcome == "diagnosed"
    match name:
        case "elsewhere":
            return told and not verdict.on_line
        case "several":
            return len(verdict.codes) > 1
        case "missed":
            return mutant.certain and not told
    return verdict.outcome == name


def listed(results: Results, name: str) -> None:
    """Prints the mutants of a class with what was said of them."""
    for mutant, verdict in results:
        if in_class((mutant, verdict), name):
            line = mutant.text.splitlines()[mutant.line - 1]
            print(f"== {mutant.file}:{mutant.line} {mutant.kind} `{mutant.old}` -> `{mutant.new}`")
            print(f"   | {line}\n{verdict.detail}")


if __name__ == "__main__":
    sys.exit(main())
