"""Formulas of lists: how many items they have."""

from __future__ import annotations

from nndsl.ops.symbols import Term, const, variables


def length_of(over: Term) -> Term:
    """How many items a sequence has, as a formula."""
    if over.op == "list":
        return const(len(over.args))
    if over.op == "global" and isinstance(over.args[1], Term):
        return const(len(over.args[1].args))
    if over.op == "call" and over.args[0] in ("enumerate", "reversed", "sorted"):
        inner = over.args[1]
        return length_of(inner) if isinstance(inner, Term) else const(0)
    if over.op == "call" and over.args[0] == "range" and len(over.args) == 2:
        inner = over.args[1]
        return inner if isinstance(inner, Term) else const(inner)
    if over.op == "comp" and len(over.args) == 3 and isinstance(over.args[2], Term):
        return length_of(over.args[2])
    if over.op == "index" and isinstance(over.args[0], Term) and over.args[0].op == "comp":
        return _length_of_item(over, over.args[0])
    return Term("call", ("len", over))


def _length_of_item(item: Term, comp: Term) -> Term:
    """How long a comprehension's items are, where that is the same for all."""
    element, names = comp.args[0], str(comp.args[1]).split(",")
    length = length_of(element) if isinstance(element, Term) else const(0)
    return Term("call", ("len", item)) if variables(length) & {*names} else length
