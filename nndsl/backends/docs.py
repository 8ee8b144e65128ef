"""Docstrings of emitted classes and functions: the doc comments of a definition and its ports."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ir.scope import Unit
from nndsl.ir.steps import Plan, Port, Result

INDENT = "    "


def doc_of(plan: Plan) -> str:
    """The definition's doc comment, then what its inputs' and outputs' say."""
    own = (plan.definition.doc or _file_doc(plan)).strip()
    parts = [
        _section("Inputs:", plan.body.inputs),
        _section("Outputs:", plan.body.outputs),
    ]
    told = [part for part in parts if part]
    if not told:
        return own
    return "\n\n".join([own or f"The {plan.definition.kind} {plan.definition.name}.", *told])


def _file_doc(plan: Plan) -> str:
    """The comment at a file's head, which tells of its models."""
    unit = plan.body.unit
    whole = plan.definition.kind == "model" and isinstance(unit, Unit)
    return unit.file.doc if whole and isinstance(unit, Unit) else ""


def _section(title: str, ports: Sequence[Port | Result]) -> str:
    lines = []
    for port in ports:
        first, *rest = port.doc.strip().splitlines() or [""]
        if first:
            lines.append(f"{INDENT}{port.name or 'result'}: {first}")
            lines += [f"{INDENT * 2}{line.strip()}".rstrip() for line in rest]
    return "\n".join([title, *lines]) if lines else ""
