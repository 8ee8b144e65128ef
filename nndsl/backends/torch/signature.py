"""What an emitted class takes: the input dimensions and settings that its constructor reads."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.torch.naming import CALLED, IMPORTED
from nndsl.emit.names import KEYWORDS, safe
from nndsl.ir.steps import Argument, Instance, Plan
from nndsl.ops.base import Type

AXES = {
    1: ("channels",),
    2: ("length", "channels"),
    3: ("height", "width", "channels"),
    4: ("depth", "height", "width", "channels"),
}


class DimArgument(NamedTuple):
    """An input dimension as an argument: the port's place, name, the file's axis."""

    port: int
    name: str
    axis: int
    python: str


class Signature(NamedTuple):
    """The parameters of an emitted class, in order: dimensions first, then settings."""

    name: str
    dims: tuple[DimArgument, ...]
    settings: tuple[Argument, ...]

    @property
    def python(self) -> tuple[str, ...]:
        """The parameters' names."""
        return (*(d.python for d in self.dims), *(setting_name(s.name) for s in self.settings))

    def readable(self, plan: Plan) -> dict[str, str | None]:
        """For each setting its parameter; None where it has none."""
        names = {a.name: setting_name(a.name) for a in plan.arguments}
        return {name: python if python in self.python else None for name, python in names.items()}

    def only(self, live: frozenset[str]) -> Signature:
        """The same with the live parameters alone."""
        return Signature(
            self.name,
            tuple(d for d in self.dims if d.python in live),
            tuple(s for s in self.settings if setting_name(s.name) in live),
        )


def setting_name(name: str) -> str:
    """A setting's name as a parameter."""
    return safe(name, KEYWORDS | IMPORTED | CALLED)


def full_signature(plan: Plan) -> Signature:
    """All that a plan's constructor might read."""
    if not plan.general:
        return Signature(plan.name, (), ())
    return Signature(plan.name, _dims(plan.body, plan), plan.arguments)


def _dims(body: Instance, plan: Plan) -> tuple[DimArgument, ...]:
    taken = {setting_name(a.name) for a in plan.arguments}
    found = []
    for place, port in enumerate(body.inputs):
        prefix = "in" if place == 0 else port.name
        for axis in _order(port.value.type):
            name = f"{prefix}_{axis_name(port.value.type, axis)}"
            while name in taken:
                name += "_"
            taken.add(name)
            found.append(DimArgument(place, port.name, axis, name))
    return tuple(found)


def _order(type_: Type) -> list[int]:
    """The channels first, then the others."""
    at = type_.channel_axis
    return [at, *(i for i in range(type_.rank) if i != at)] if type_.rank else []


def axis_name(type_: Type, axis: int) -> str:
    """`channels`, `height`, `length`: what an axis is called."""
    if axis == type_.channel_axis:
        return "channels"
    names = [name for name in AXES.get(type_.rank, ()) if name != "channels"]
    at = [i for i in range(type_.rank) if i != type_.channel_axis].index(axis)
    return names[at] if at < len(names) else f"size{axis}"
