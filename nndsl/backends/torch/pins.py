"""Settings that no use of a block sets to anything but 1, where that lets a layer pad by itself.

`same` depends on the size of the value where a stride is not 1. A stride that is 1 in every use is
no argument of the class, so that the layer can be told `padding="same"`.
"""

from __future__ import annotations

from nndsl.ir.nested import all_steps
from nndsl.ir.steps import OpStep, Plan
from nndsl.ops.base import Settings, Value, Word
from nndsl.ops.numbers import term_of


def pin(plan: Plan) -> dict[str, int]:
    """The settings that a plan goes without, by name; they leave its arguments."""
    strides = {name for step in all_steps(plan.body.steps) for name in _strides(step)}
    found = {name: 1 for name in strides if all(_one(i.settings, name) for i in plan.instances)}
    plan.arguments = tuple(a for a in plan.arguments if a.name not in found)
    return found


def pinned(settings: Settings, pins: dict[str, int]) -> Settings:
    """Settings with their numbers in the place of pinned names."""
    return Settings({name: _plain(value, pins) for name, value in settings.items.items()})


def _plain(value: Value, pins: dict[str, int]) -> Value:
    if type(value) is tuple:  # not a Word, nor numbers with a formula
        return tuple(_plain(item, pins) for item in value)  # type: ignore[arg-type]
    name = _name(value)
    return pins.get(name, value) if name else value


def _strides(step: object) -> set[str]:
    """The settings that are strides of a layer with `same` padding."""
    if not isinstance(step, OpStep) or step.settings.items.get("padding") != Word("same"):
        return set()
    strides = step.settings.items.get("stride", ())
    return {_name(s) for s in strides if _name(s)} if isinstance(strides, tuple) else set()


def _name(value: object) -> str:
    """The setting that a number is."""
    term = term_of(value) if hasattr(value, "term") and isinstance(value, int) else None
    return str(term.args[0]) if term is not None and term.op == "var" else ""


def _one(settings: tuple[tuple[str, Value], ...], name: str) -> bool:
    return any(key == name and value == 1 and type(value) is int for key, value in settings)
