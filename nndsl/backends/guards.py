"""What emitted code says where it is used for what it was not made for."""

from __future__ import annotations

from nndsl.emit.printer import render_expression
from nndsl.emit.tree import Expr
from nndsl.ir.steps import GuardStep
from nndsl.ops import shown, symbols


def guard_text(name: str, step: GuardStep, test: Expr) -> str:
    """The error of a condition that does not hold, as the text has it.

    What loops carry has no name in the text: there it is the condition of the code.
    """
    carried = any(each.startswith("@") for each in symbols.variables(step.cond))
    cond = render_expression(test) if carried else shown.show(step.cond)
    return f"{name} is {'built' if step.expected else 'not built'} for {cond}"
