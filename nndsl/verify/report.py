"""A verdict as text or JSON."""

from __future__ import annotations

import json
from math import isfinite

from nndsl._real import BITS
from nndsl.verify.run import Verdict

UNJUDGED = "not judged: the optimizers differ (`nndsl check --targets` says how); --exact judges it"
NUMBERS = {"practical": "as written", "exact": f"rounded to {BITS} bits"}
NOT_FINITE = "some number is not finite, or shapes differ"


def as_text(verdict: Verdict) -> str:
    """A table: what was compared, how far apart, what is allowed."""
    if verdict.missing:
        names = " and ".join(verdict.missing)
        return f"cannot verify: {names} not installed; pip install 'nndsl[keras,torch]'\n"
    lines = [_head(verdict), ""]
    lines += [f"{target} failed:\n{text}\n" for target, text in verdict.failures.items()]
    lines += _counts(verdict)
    width = max((len(row.what) for row in verdict.rows), default=0)
    for row in verdict.rows:
        judged = f"of {row.allowed:.0e}  {'ok' if row.ok else 'FAILED'}"
        judged += f"  rounding alone: {row.rounding:.1e}" if row.rounding else ""
        told = judged if isfinite(row.tolerance) else UNJUDGED
        told += "" if isfinite(row.difference) else f"  {NOT_FINITE}"
        told += f"  worst: {row.worst}" if row.worst else ""
        lines.append(f"{row.what:<{width}}  {row.difference:8.1e}  {told}")
    if verdict.parting:
        lines += ["", f"the targets part before: {verdict.parting}"]
    lines += ["", "the same" if verdict.ok else "NOT the same"]
    return "\n".join(lines) + "\n"


def _head(verdict: Verdict) -> str:
    options = verdict.options
    versions = ", ".join(f"{c.who} {c.version}" for c in verdict.counts if c.version)
    emission = "exact" if options.exact else "idiomatic"
    numbers = f"numbers {NUMBERS[options.tier]}"
    head = f"{verdict.model}, {options.tier} tier: {emission} code, {options.precision}, {numbers}"
    return f"{head}, batches of {options.batch}\n{versions}"


def _counts(verdict: Verdict) -> list[str]:
    if not verdict.counts:
        return []
    word = "ok" if verdict.counted else "FAILED"
    told = [f"{c.who} {c.trainable:,} + {c.non_trainable:,}" for c in verdict.counts]
    if verdict.counted:
        told = [f"{verdict.counts[0].trainable:,} + {verdict.counts[0].non_trainable:,}"]
    return [f"parameters, trainable + others: {'; '.join(told)}  {word}", ""]


def as_json(verdict: Verdict) -> str:
    """The same as data; differences that are not finite are null."""
    data = {
        "model": verdict.model,
        "ok": verdict.ok,
        **verdict.options._asdict(),
        "emission": "exact" if verdict.options.exact else "idiomatic",
        "precision": verdict.options.precision,
        "numbers": NUMBERS[verdict.options.tier],
        "missing": list(verdict.missing),
        "failures": dict(verdict.failures),
        "counts": [count._asdict() for count in verdict.counts],
        "rows": [
            {
                **row._asdict(),
                "difference": row.difference if isfinite(row.difference) else None,
                "tolerance": row.tolerance if isfinite(row.tolerance) else None,
                "rounding": row.rounding if isfinite(row.rounding) else None,
                "ok": row.ok,
            }
            for row in verdict.rows
        ],
        "parting": verdict.parting,
    }
    return json.dumps(data, indent=2) + "\n"
