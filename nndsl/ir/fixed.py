"""What an emitted file says of the model's settings that are no arguments of its class."""

from __future__ import annotations

from nndsl.ir.steps import Program
from nndsl.ops.kinds import show_value

NO_FORM = "no one form of the code is right for all values"


def fixed_settings(program: Program) -> tuple[str, ...]:
    """A line for each setting that is fixed: its value, and why. Those that hold layers and words
    are not told of: what they hold stands in the code."""
    root, plan = program.root, program.plans[-1]
    if plan.general:
        settings = dict(root.settings)
        return tuple(
            f"{name} is fixed at {show_value(settings[name])}: {why}."
            for name, why in program.fixed.items()
        )
    why = program.reasons.get(root.definition.name, NO_FORM)
    numbers = [(n, v) for n, v in root.settings if isinstance(v, int | float)]
    return tuple(f"{name} is fixed at {show_value(value)}: {why}." for name, value in numbers)
