"""A model's table as aligned text or Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.analysis.rows import Row, Table, walk
from nndsl.analysis.show import show_count, show_size
from nndsl.ops.numbers import OpenDim

HEAD = ("Layer", "Kind", "Output", "Parameters", "Trainable", "Non-trainable", "MACs")
NUMBERS = 3  # the first column of numbers: those stand at the right
INDENT = "  "


def as_text(table: Table, depth: int | None = None) -> str:
    """The table for a terminal: nested by indentation, numbers at the right, totals below."""
    cells = [_cells(level, row) for level, _, row in walk(table.rows, depth)]
    widths = [max(len(line[i]) for line in (HEAD, *cells)) for i in range(len(HEAD))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    lines = [_title(table), "", _line(HEAD, widths), rule]
    lines += [_line(line, widths) for line in cells]
    lines += [rule, "", *_footer(table)]
    return "\n".join(lines) + "\n"


def as_markdown(table: Table, depth: int | None = None) -> str:
    """The table as Markdown; nesting shows as dots before the name."""
    rows = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * NUMBERS + "---:|" * 4]
    for level, _, row in walk(table.rows, depth):
        cells = list(_cells(0, row))
        cells[0] = "&nbsp;&nbsp;" * level + f"`{cells[0]}`"
        cells[2] = f"`{cells[2]}`" if cells[2] else ""
        rows.append("| " + " | ".join(cells) + " |")
    totals = [f"- {line}" for line in _facts(table)]
    return "\n".join([f"### {table.model}", "", *rows, "", *totals]) + "\n"


def _title(table: Table) -> str:
    takes = ", ".join(f"{name}: {type_}" for name, type_ in table.inputs)
    gives = ", ".join(f"{name}: {type_}" if name else type_ for name, type_ in table.outputs)
    return f"{table.model}   {takes} -> {gives}"


def _cells(level: int, row: Row) -> tuple[str, ...]:
    name = f"shared {row.name}" if row.declares else row.name
    counts = row.totals
    params = "shared" if row.shared else show_count(counts.params)
    return (
        INDENT * level + name,
        row.kind,
        row.output,
        params,
        "" if row.shared else _dash(counts.trainable),
        "" if row.shared else _dash(counts.non_trainable),
        "" if row.declares else show_count(counts.macs) if counts.macs != 0 else "-",
    )


def _dash(count: int) -> str:
    return f"{count:,}" if count else "-"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if i >= NUMBERS else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _footer(table: Table) -> list[str]:
    totals = table.totals
    counts = [
        ("Total parameters", totals.params),
        ("Trainable", totals.trainable),
        ("Non-trainable", totals.non_trainable),
    ]
    macs = show_count(totals.macs)
    widest = [f"{count:,}" for _, count in counts]
    width = max(map(len, widest if isinstance(totals.macs, OpenDim) else [*widest, macs]))
    lines = [
        f"{label:<18}{f'{count:,}':>{width}}" + (f"   {show_size(count)}" if count else "")
        for label, count in counts
    ]
    return [*lines, f"{'MACs':<18}{macs:>{width}}   for one example"]


def _facts(table: Table) -> list[str]:
    totals = table.totals
    return [
        f"Total parameters: {totals.params:,} ({show_size(totals.params)} in float32)",
        f"Trainable: {totals.trainable:,}",
        f"Non-trainable: {totals.non_trainable:,}",
        f"MACs for one example: {show_count(totals.macs)}",
    ]
