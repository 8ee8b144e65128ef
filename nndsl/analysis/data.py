"""A model's table as JSON or CSV, for programs."""

from __future__ import annotations

from typing import TypeAlias

from nndsl.analysis.params import BYTES
from nndsl.analysis.rows import Row, Table, walk
from nndsl.analysis.totals import Totals
from nndsl.ops.numbers import Dim

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
COLUMNS = (
    "path", "kind", "output", "times", "params", "trainable", "non_trainable", "macs", "shared",
)  # fmt: skip


def as_json(table: Table, depth: int | None = None) -> str:
    """The table as JSON: rows nested in `layers`; a cost with an open dimension is a string."""
    import json

    data: Json = {
        "model": table.model,
        "inputs": [{"name": name, "type": type_} for name, type_ in table.inputs],
        "outputs": [{"name": name, "type": type_} for name, type_ in table.outputs],
        "layers": [_row(row, depth) for row in table.rows] if depth != 0 else [],
        "totals": {**_counts(table.totals), "bytes_float32": table.totals.params * BYTES},
    }
    return json.dumps(data, indent=2) + "\n"


def as_csv(table: Table, depth: int | None = None) -> str:
    """The rows as CSV with a head line; nested rows have dotted paths."""
    import csv
    from io import StringIO

    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for _, path, row in walk(table.rows, depth):
        counts = _counts(row.totals).values()
        writer.writerow([path, row.kind, row.output, row.times, *counts, row.shared])
    return out.getvalue()


def _row(row: Row, depth: int | None) -> Json:
    data: dict[str, Json] = {
        "name": row.name, "kind": row.kind, "output": row.output, "times": row.times,
        **_counts(row.totals),
    }  # fmt: skip
    if row.shared:
        data["shared"] = row.shared
    if row.declares:
        data["declares"] = True
    below = None if depth is None else depth - 1
    if row.children and below != 0:
        data["layers"] = [_row(child, below) for child in row.children]
    return data


def _counts(totals: Totals) -> dict[str, Json]:
    return {
        "params": totals.params,
        "trainable": totals.trainable,
        "non_trainable": totals.non_trainable,
        "macs": _cost(totals.macs),
    }


def _cost(macs: Dim) -> int | str:
    return int(macs) if isinstance(macs, int) else repr(macs)
