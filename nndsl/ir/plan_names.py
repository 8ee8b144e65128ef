"""The order and the names of plans: callees first; what tells a definition's structures apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from nndsl.ir.grouping import uses_in
from nndsl.ir.recipes import freeze
from nndsl.ir.steps import Plan
from nndsl.ops.base import Recipe


def in_order(plans: Sequence[Plan], plan_of: Mapping[int, Plan]) -> list[Plan]:
    """Plans after those that their bodies use: a body has uses that its first instance lacks."""
    done: dict[int, Plan] = {}
    opened: set[int] = set()
    for first in plans:
        stack = [(first, False)]
        while stack:
            plan, left = stack.pop()
            if left:
                done.setdefault(id(plan), plan)
            elif id(plan) not in opened:
                opened.add(id(plan))
                stack.append((plan, True))
                used = [plan_of[id(instance)] for instance in uses_in(plan.body)]
                stack.extend((one, False) for one in reversed(used) if id(one) not in opened)
    return list(done.values())


def name_plans(plans: Sequence[Plan]) -> None:
    """The first of a definition keeps its name; others say what tells them apart."""
    taken: Counter[str] = Counter()
    by_definition: dict[int, list[Plan]] = {}
    for plan in plans:
        by_definition.setdefault(id(plan.definition), []).append(plan)
    for same in by_definition.values():
        for i, plan in enumerate(same):
            base = plan.definition.name
            name = base if i == 0 else base + _difference(same[0], plan)
            taken[name] += 1
            plan.name = name if taken[name] == 1 else f"{name}{taken[name]}"


def _difference(first: Plan, other: Plan) -> str:
    a, b = first.instances[0], other.instances[0]
    for mine, theirs in zip(a.inputs, b.inputs, strict=False):
        if mine.value.type.rank != theirs.value.type.rank:
            return {2: "1d", 3: "2d", 4: "3d"}.get(
                theirs.value.type.rank, f"Rank{theirs.value.type.rank}"
            )
    for (_, x), (_, y) in zip(a.settings, b.settings, strict=False):
        word = y.text.split("(")[0] if isinstance(y, Recipe) else ""
        if freeze(x) != freeze(y) and word.isidentifier():
            return "".join(part[:1].upper() + part[1:] for part in word.split("_"))
    return ""
