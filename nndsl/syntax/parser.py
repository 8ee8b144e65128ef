"""Text to tree: the first step of the pipeline."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.build_expr import DEEPEN
from nndsl.syntax.build_file import builders
from nndsl.syntax.errors import SIZE
from nndsl.syntax.grammar import tables as grammar_tables
from nndsl.syntax.lexer import Lexer
from nndsl.syntax.machine import Machine
from nndsl.syntax.recover import recover
from nndsl.syntax.report import GaveUp, Report

MAX_CHARACTERS = 8_000_000


def parse(source: Source, diagnostics: Diagnostics) -> ast.File | None:
    """The tree of a file. Syntax errors go to the diagnostics; lines that have one are left out.

    None where nothing can be said of the rest: too large, or nested too deeply.
    """
    tree = _parse(source, diagnostics, "file")
    return tree if isinstance(tree, ast.File) else None


def parse_expression(source: Source, diagnostics: Diagnostics) -> ast.Expr | None:
    """The tree of one value, as `--set name=value` gives it; None after an error."""
    before = len(diagnostics.items)
    tree = _parse(source, diagnostics, "expression")
    return cast("ast.Expr", tree) if len(diagnostics.items) == before else None


def _parse(source: Source, diagnostics: Diagnostics, start: str) -> object:
    report = Report(source, diagnostics)
    if len(source.text) > MAX_CHARACTERS:
        size = f"this file has {len(source.text):,} characters"
        report.error(SIZE, (0, 0), size, f"up to {MAX_CHARACTERS:,} are read: split it")
        return None
    with _no_collection():
        try:
            return _run(source, report, start)
        except GaveUp:
            return None


def _run(source: Source, report: Report, start: str) -> object:
    tables = grammar_tables()
    lexed = Lexer(source, tables, report).run()
    machine = Machine(tables, builders(lexed, report), DEEPEN, lexed.tokens, report)
    machine.begin(tables.starts[start])
    at: int | None = machine.run(0)
    while at is not None:
        at = recover(machine, at)
        if at is None:
            return None
        at = machine.run(at)
    value: object = machine.values[0]
    return value


@contextmanager
def _no_collection() -> Iterator[None]:
    """Trees hold no cycles: looking for some in a growing tree takes as long as making it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
