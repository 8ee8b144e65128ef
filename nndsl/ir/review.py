"""What `check` says of a file after its models: unread names, and parts that no model came to."""

from __future__ import annotations

from collections.abc import Set

from nndsl.diagnostics import Diagnostics
from nndsl.diagnostics.causes import puzzles
from nndsl.ir.files import models_of
from nndsl.ir.reads import unread, unread_lets
from nndsl.ir.scope import Unit
from nndsl.ir.unused import names
from nndsl.syntax import ast


def review(unit: Unit, diagnostics: Diagnostics, walked: Set[int]) -> None:
    """What nothing reads in any part of a file that is understood otherwise; and what the names
    mean in definitions that no model uses, or none came to after a mistake."""
    places = puzzles(diagnostics.items, unit.name)
    wrong = [d.span.start for d in diagnostics.items if d.severity == "error"]
    if not places:
        unread_lets(unit, diagnostics)
    for line in unit.file.declarations:
        start, end, _ = line.span
        if isinstance(line, ast.Def) and not any(start <= at <= end for at in places):
            understood = id(line) in walked and not any(start <= at <= end for at in wrong)
            (unread if understood else names)(unit, line, diagnostics)


def complete_models(unit: Unit) -> list[str]:
    """The models that need no settings from outside; others are looked at through their uses."""
    needy = {
        line.name
        for line in unit.file.declarations
        if isinstance(line, ast.Def) and any(param.default is None for param in line.params)
    }
    return [name for name in models_of(unit) if name not in needy]
