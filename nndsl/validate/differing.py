"""Where a target's idiomatic code of a model does otherwise than its exact one, place by place."""

from __future__ import annotations

from nndsl.backends.base import Target
from nndsl.backends.differences import differences, listed
from nndsl.backends.training.derive import model_facts
from nndsl.diagnostics import Diagnostics
from nndsl.diagnostics.differing import Differing
from nndsl.ir.elaborate import Elaborated
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.validate.settle import settle


def differing(
    elaborated: Elaborated, target: Target, section: ast.Train | None, diagnostics: Diagnostics
) -> tuple[Differing, ...]:
    """A row for each line and difference; none where the target refuses the model (NN601)."""
    if settle(elaborated, target, diagnostics) is None:
        return ()
    name, root = elaborated.model, elaborated.root
    rows: dict[tuple[Span, str], Differing] = {}
    for path, span, each in listed(differences(target), root, section, model_facts(name, root)):
        known = rows.get((span, each.what))
        if known is None:
            found = Differing(target.name, name, path, 0, each.what, each.amount, each.when, span)
        else:
            found = known._replace(others=known.others + 1)
        rows[span, each.what] = found
    return tuple(rows.values())
