"""Prints lines and bodies in the one format: two blanks a level, a hundred columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from nndsl.syntax.pieces import ROWS, Body, Leaf, Piece, Row
from nndsl.syntax.runs import STEP, WIDTH, print_run

BRACE = " {"
Part: TypeAlias = "Body | list[Leaf]"


def print_rows(rows: Sequence[Row], indent: str, settings: bool = False) -> list[str]:
    """The lines of a file or a body; the values of settings stand below each other.

    In a file a blank line follows what ends with a brace on a line of its own.
    """
    column = max((_word(row) for row in rows), default=0) + 2 if settings else 0
    out: list[str] = []
    for number, row in enumerate(rows):
        above = row.first.before
        if out and not indent and out[-1].startswith("}") and "" not in above:
            out.append("")
        out += print_above(above if number else without_blanks(above), indent)
        out += _print_row(_aligned(row, column), indent)
    return out


def print_above(above: Iterable[str], indent: str) -> list[str]:
    """Comments and blank lines on lines of their own."""
    return [indent + text if text else "" for text in above]


def without_blanks(above: Sequence[str], last: bool = False) -> Sequence[str]:
    """Without the blank lines at the beginning, or at the end."""
    kept = list(above)
    while kept and not kept[-1 if last else 0]:
        kept.pop(-1 if last else 0)
    return kept


def _word(row: Row) -> int:
    """The length of a setting's word; 0 where no value follows it."""
    return len(row.first.text) if len(row.pieces) > 1 and row.first.kind == "NAME" else 0


def _aligned(row: Row, column: int) -> Row:
    """The row with its second leaf moved to a column."""
    if not column or not _word(row):
        return row
    first, second, *rest = row.pieces
    if not isinstance(first, Leaf) or not isinstance(second, Leaf):
        return row
    return Row((first, second._replace(gap=" " * (column - len(first.text))), *rest))


def _print_row(row: Row, indent: str) -> list[str]:
    """One line of the language: on one line where it may and fits, else with its bodies open."""
    line = _flat_row(row)
    if line is not None and len(indent) + len(line) <= WIDTH:
        out = [indent + line]
    else:
        out = _print_parts(_parts(row.pieces), indent, forced=line is not None)
    if row.last.after:
        out[-1] += f"  {row.last.after}"
    return out


def _print_parts(parts: list[Part], indent: str, forced: bool) -> list[str]:
    """Runs and bodies one after the other; `forced` opens bodies that were on one line."""
    out = [indent]
    for number, part in enumerate(parts):
        if number:
            _between(out, parts[number - 1], part, indent)
        if isinstance(part, Body):
            _add_body(out, part, forced)
        else:
            more = number + 1 < len(parts)
            out += print_run(part, out.pop(), indent, len(BRACE) if more else 0)
    return out


def _between(out: list[str], left: Part, right: Part, indent: str) -> None:
    """The comments between two parts end the line."""
    last = left.close if isinstance(left, Body) else left[-1]
    first = right.open if isinstance(right, Body) else right[0]
    if last.after:
        out[-1] += f"  {last.after}"
    comments = [text for text in first.before if text]
    if last.after or comments:
        out += [*(indent + text for text in comments), indent]


def _add_body(out: list[str], body: Body, forced: bool) -> None:
    """Braces behind what is printed: on the same line, or open and one level in from it."""
    gap = body.open.gap if out[-1].strip() else ""
    line = _flat_body(body)
    short = line is not None and (not forced or not body.lines)
    if line is not None and short and len(out[-1]) + len(gap) + len(line) <= WIDTH:
        out[-1] += gap + line
        return
    indent = out[-1][: len(out[-1]) - len(out[-1].lstrip(" "))]
    out[-1] += gap + "{" + (f"  {body.open.after}" if body.open.after else "")
    out += print_rows(body.lines, indent + STEP, body.settings)
    below = without_blanks(body.close.before, last=True)
    out += print_above(below if body.lines else without_blanks(below), indent + STEP)
    out.append(indent + "}")


def _parts(pieces: Sequence[Piece]) -> list[Part]:
    """The pieces with leaves that follow each other taken together."""
    parts: list[Part] = []
    for piece in pieces:
        last = parts[-1] if parts else None
        if isinstance(piece, Body):
            parts.append(piece)
        elif isinstance(last, list):
            last.append(piece)
        else:
            parts.append([piece])
    return parts


def _flat_row(row: Row) -> str | None:
    """The row on one line; None where a body was open or a comment stands inside."""
    texts = []
    for piece in row.pieces:
        line = _flat_body(piece) if isinstance(piece, Body) else piece.text
        first = piece.open if isinstance(piece, Body) else piece
        last = piece.close if isinstance(piece, Body) else piece
        inside = (any(first.before) and piece is not row.pieces[0]) or (
            last.after and piece is not row.pieces[-1]
        )
        if line is None or inside or first.kind == ROWS:
            return None
        texts.append(first.gap + line)
    return "".join(texts)


def _flat_body(body: Body) -> str | None:
    """Braces on one line; None where they were not."""
    if not body.lines and not body.open.after and not any(body.close.before):
        return "{ }"
    if not body.short:
        return None
    lines = [_flat_row(row) for row in body.lines]
    texts = [line for line in lines if line is not None]
    return f"{{ {'; '.join(texts)} }}" if len(texts) == len(lines) else None
