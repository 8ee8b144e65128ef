"""Settings that no use of a block sets to anything but 1, where that lets a layer pad by itself.

`same` depends on the size of the value where a stride is not 1. A stride that is 1 in every use is
no argument of the class, so that the layer can be told `padding="same"`.
"""

from __future__ import annotations

from collections.abc import Collection

from nndsl.ir.nested import all_steps
from nndsl.ir.steps import OpStep, OwnStep, Plan, Program, UseStep
from nndsl.ops.base import Settings, Value, Word
from nndsl.ops.numbers import term_of


def pins_of(program: Program) -> dict[int, dict[str, int]]:
    """By plan: the settings that it goes without; they leave its arguments.

    What a use passes on (`Block(stride)`) stays, unless its user goes without it as well.
    """
    found = {id(plan): _ones(plan) for plan in program.plans[:-1] if plan.general}
    uses = [(plan, step) for plan in program.plans for step in all_steps(plan.body.steps)]
    passed = [
        (id(plan), id(program.plan(use.instance)), use)
        for plan, step in uses
        for use in (step.use if isinstance(step, OwnStep) else step,)
        if isinstance(use, UseStep)
    ]
    loose: set[tuple[int, str]] = {(0, "")}
    while loose:
        loose = {
            (callee, name)
            for caller, callee, use in passed
            for name, value in use.args
            if name in found.get(callee, ()) and not _sure(value, found.get(caller, ()))
        }
        for callee, name in loose:
            found[callee].discard(name)
    for plan in program.plans:
        gone = found.get(id(plan), set())
        plan.arguments = tuple(a for a in plan.arguments if a.name not in gone)
    return {key: dict.fromkeys(sorted(names), 1) for key, names in found.items()}


def _ones(plan: Plan) -> set[str]:
    """The strides that are 1 in every instance of a plan."""
    strides = {name for step in all_steps(plan.body.steps) for name in _strides(step)}
    return {name for name in strides if all(_one(i.settings, name) for i in plan.instances)}


def _sure(value: Value, gone: Collection[str]) -> bool:
    """True for a number, and for a setting that is gone itself."""
    return not hasattr(value, "term") or _name(value) in gone


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
