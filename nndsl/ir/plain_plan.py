"""Models that are their own plan: a general walk finds no formula and gives them once more."""

from __future__ import annotations

from nndsl.ir.nested import all_steps
from nndsl.ir.scope import Unit
from nndsl.ir.statics import is_list
from nndsl.ir.steps import (
    BranchStep,
    GroupStep,
    Instance,
    LossStep,
    MergeStep,
    OpStep,
    Plan,
)

# Steps that are the same in a general body where no number of theirs has a formula.
CONCRETE = (OpStep, MergeStep, BranchStep, GroupStep, LossStep)


def plain_plan(root: Instance) -> Plan | None:
    """The plan of a model in which nothing can be general; None where something might be.

    Formulas come of settings, loops, what a block is given, and tables at file level.
    """
    unit = root.unit
    assert isinstance(unit, Unit)
    if root.definition.params or any(is_list(each.what) for each in unit.lets.names.values()):
        return None
    if not all(isinstance(step, CONCRETE) for step in all_steps(root.steps)):
        return None
    return Plan("", root.definition, root, (root,), (), True)
