"""Text to tree: the first step of the pipeline."""

from __future__ import annotations

from typing import cast

from nndsl._collector import Held
from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.build_expr import DEEPEN
from nndsl.syntax.build_file import builders
from nndsl.syntax.errors import SIZE
from nndsl.syntax.grammar import tables
from nndsl.syntax.lexer import Lexer
from nndsl.syntax.machine import Machine
from nndsl.syntax.report import GaveUp, Report
from nndsl.syntax.tokens import Lexed


def parse(source: Source, diagnostics: Diagnostics) -> ast.File | None:
    """The tree of a file. Syntax errors go to the diagnostics; lines that have one are left out.

    None where nothing can be said of the rest: too large, or nested too deeply.
    """
    tree, _ = _parse(source, diagnostics, "file")
    return tree if isinstance(tree, ast.File) else None


def parse_tokens(source: Source, diagnostics: Diagnostics) -> tuple[ast.File, Lexed] | None:
    """The tree of a file and its tokens, keywords told from names; None after an error."""
    tree, lexed = _parse(source, diagnostics, "file")
    if diagnostics.failed or lexed is None or not isinstance(tree, ast.File):
        return None
    return tree, lexed


def parse_expression(source: Source, diagnostics: Diagnostics) -> ast.Expr | None:
    """The tree of one value, as `--set name=value` gives it; None after an error."""
    before = len(diagnostics.items)
    tree, _ = _parse(source, diagnostics, "expression")
    return cast("ast.Expr", tree) if len(diagnostics.items) == before else None


def _parse(source: Source, diagnostics: Diagnostics, start: str) -> tuple[object, Lexed | None]:
    report = Report(source, diagnostics)
    if len(source.text) > source.limit:
        size = f"this file has more than {source.limit:,} characters"
        report.error(SIZE, (0, 0), size, "split it, or let it be by `--max-size` (in MB)")
        return None, None
    try:
        with Held():
            lexed = Lexer(source, tables(), report).run()
            return _run(lexed, report, start), lexed
    except GaveUp:
        return None, None


def _run(lexed: Lexed, report: Report, start: str) -> object:
    grammar = tables()
    machine = Machine(grammar, builders(lexed, report), DEEPEN, lexed.tokens, report)
    machine.begin(grammar.starts[start])
    at = machine.run(0)
    if at is not None and not _mend(machine, at):
        return None
    value: object = machine.values[0]
    return value


def _mend(machine: Machine, at: int) -> bool:
    """Goes on behind each error; False where there is nothing to go on with."""
    from nndsl.syntax.recover import recover  # a file without errors does not wait for it

    error: int | None = at
    while error is not None:
        again = recover(machine, error)
        if again is None:
            return False
        error = machine.run(again)
    return True
