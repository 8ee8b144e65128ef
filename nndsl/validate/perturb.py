"""Other values of every argument: an argument that would give a wrong network must not be one.

Each emitted class and function is built with other values of its settings and input dimensions, one
at a time, and compared with what elaboration makes of the same values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from nndsl.backends.base import Emitted
from nndsl.diagnostics import Diagnostics, Failure
from nndsl.ir.blocks import Walker, build
from nndsl.ir.context import Home
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.scope import Closure, Scope, Unit
from nndsl.ir.steps import Instance, Plan, Program
from nndsl.ops.base import Recipe, Tensor, Type, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.source import NOWHERE
from nndsl.syntax import ast
from nndsl.validate.check import FAULTS, READERS, Code, checked, message
from nndsl.validate.objects import Raised

EACH = 2  # other values of an argument that are tried
ACTIVATIONS = ("tanh", "silu", "sigmoid")
SIZES = 8  # of a spatial size: roundings hide a wrong formula from one value or another
DIMS = {
    1: ("channels",),
    2: ("length", "channels"),
    3: ("height", "width", "channels"),
    4: ("depth", "height", "width", "channels"),
}
STATES = ("state",)


class Finding(NamedTuple):
    """An argument that gives a wrong network: of which class or function, at which value."""

    plan: str
    definition: str
    argument: str
    value: str
    what: str


class Perturbed(NamedTuple):
    """findings: what is wrong; tried: (class, argument) with a value that both sides accept."""

    findings: tuple[Finding, ...]
    tried: tuple[tuple[str, str], ...]


class _Change(NamedTuple):
    """One argument's other value: settings and input types with it, and how it is passed."""

    argument: str
    value: SettingValue
    settings: dict[str, SettingValue]
    types: list[tuple[str, Type]]


def perturb(elaborated: Elaborated, program: Program, emitted: Emitted, target: str) -> Perturbed:
    """Tries every argument of every emitted class or function; never raises for what code does."""
    findings: list[Finding] = []
    tried: list[tuple[str, str]] = []
    words = Counter(_plain(plan.name) for plan in program.plans)
    for plan in program.plans:
        if not plan.general or not _can_stand_alone(plan) or words[_plain(plan.name)] > 1:
            continue
        attempt = _Attempt(elaborated, program, plan, emitted, target)
        for argument in attempt.names:
            finding, accepted = attempt.argument(argument)
            if accepted:
                tried.append((plan.name, argument))
            if finding is not None:
                findings.append(finding)
    return Perturbed(tuple(findings), tuple(tried))


def _can_stand_alone(plan: Plan) -> bool:
    """A part whose inputs are batches of tensors."""
    types = [port.value.type for port in plan.instances[0].inputs]
    return all(type_.batched and type_.dtype not in STATES for type_ in types)


class _Attempt:
    """One plan, with one of the instances that it stands for."""

    def __init__(
        self, elaborated: Elaborated, program: Program, plan: Plan, emitted: Emitted, target: str
    ) -> None:
        self.elaborated = elaborated
        self.plan = plan
        self.instance = plan.instances[0]
        self.whole = self.instance is program.root
        self.emitted = emitted
        self.target = target
        self.entry = emitted.entry if self.whole else self._entry()
        self.names = self._arguments()

    def _entry(self) -> str:
        """The name that the plan's class or function has in the code."""
        for statement in self.emitted.code:
            name = getattr(statement, "name", "")
            if name and _plain(name) == _plain(self.plan.name):
                return str(name)
        return self.plan.name

    def _arguments(self) -> tuple[str, ...]:
        """The settings and dimensions that the class or function takes."""
        try:
            code = READERS[self.target](self.instance, self.emitted)
            ports = {port.name for port in self.instance.inputs}
            skipped = {"name", *ports} if self.target == "keras" else set()
            names = code.parameters(self.entry)
            first = 0 if self.instance.definition.kind == "model" else len(ports)
            return tuple(n for n in names[first if skipped else 0 :] if n not in skipped)
        except FAULTS:
            return ()

    def argument(self, argument: str) -> tuple[Finding | None, bool]:
        """What is wrong with an argument; whether any other value could be tried."""
        accepted = 0
        limit = self._limit(argument)
        for change in self._changes(argument):
            instance = _again(self.elaborated, self.instance, change)
            if instance is None:
                continue
            what = self._difference(instance, change)
            if what is None:
                continue
            accepted += 1
            if what:
                value = change.value
                shown = value.text if isinstance(value, Recipe) else f"{value!r}"
                finding = Finding(self.plan.name, self.plan.definition.name, argument, shown, what)
                return finding, True
            if accepted == limit:
                break
        return None, accepted > 0

    def _limit(self, argument: str) -> int:
        place = _dimension(argument, self.instance)
        if (
            place is None
            or _setting(argument, dict(self.instance.settings), self.names) is not None
        ):
            return EACH
        port, axis = place
        channels = self.instance.inputs[port].value.type.channel_axis
        return EACH if axis == channels else SIZES

    def _difference(self, instance: Instance, change: _Change) -> str | None:
        """What differs; empty where nothing does; None where the code itself refuses the value."""
        try:
            code = READERS[self.target](instance, self.emitted)
            code.build(self.entry, self._passed(code, instance, change), self.whole)
            mismatches = checked(instance, code, self.whole).mismatches
        except Raised:
            return None
        except FAULTS as error:
            return message(error)
        return f"{mismatches[0]}" if mismatches else ""

    def _passed(self, code: Code, instance: Instance, change: _Change) -> dict[str, object]:
        """All that the class or function takes, with the values of this instance."""
        if self.whole:
            return {change.argument: passed(code, change.value)}
        given: dict[str, object] = {}
        for name in self.names:
            found = value_of(name, instance, self.names)
            if found is not None:
                given[name] = passed(code, found)
        return given

    def _changes(self, argument: str) -> Iterator[_Change]:
        settings = dict(self.instance.settings)
        types = [(port.name, port.value.type) for port in self.instance.inputs]
        setting = _setting(argument, settings, self.names)
        if setting is not None:
            for value in others(settings[setting]):
                yield _Change(argument, value, {**settings, setting: value}, types)
            return
        place = _dimension(argument, self.instance)
        if place is None or self.whole:
            return
        port, axis = place
        name, type_ = types[port]
        for size in others(type_.shape[axis]):
            shape = tuple(size if at == axis else dim for at, dim in enumerate(type_.shape))
            changed = [*types[:port], (name, type_.with_shape(shape)), *types[port + 1 :]]  # type: ignore[arg-type]
            yield _Change(argument, size, settings, changed)


def _plain(name: str) -> str:
    """A name without its style: `ConvBN`, `conv_bn` and `conv_bn_` are one."""
    return name.replace("_", "").lower()


def _setting(
    argument: str, settings: Mapping[str, SettingValue], arguments: Container[str]
) -> str | None:
    """The setting of an argument; reserved words have an underscore behind them."""
    if argument in settings:
        return argument
    plain = argument.rstrip("_")
    return plain if plain in settings and plain not in arguments else None


def _dimension(argument: str, instance: Instance) -> tuple[int, int] | None:
    """The input (by its place) and axis of an argument such as `in_channels`."""
    for place, port in enumerate(instance.inputs):
        type_, prefix = port.value.type, "in" if place == 0 else port.name
        names = iter(DIMS.get(type_.rank, ())[:-1])
        for axis in range(type_.rank):
            word = "channels" if axis == type_.channel_axis else next(names, f"size{axis}")
            if argument.rstrip("_") == f"{prefix}_{word}":
                return place, axis
    return None


def value_of(argument: str, instance: Instance, arguments: Container[str]) -> SettingValue:
    """The value of an argument for an instance; None where it has none."""
    settings = dict(instance.settings)
    setting = _setting(argument, settings, arguments)
    if setting is not None:
        return settings[setting]
    place = _dimension(argument, instance)
    if place is None:
        return None
    dim = instance.inputs[place[0]].value.type.shape[place[1]]
    return dim if isinstance(dim, int) else None


def passed(code: Code, value: SettingValue) -> object:
    """A setting's value as the emitted code takes it."""
    if isinstance(value, Recipe) and value.act:
        return code.activation(value.act)
    if isinstance(value, Word):
        return value.name
    return value


def others(value: SettingValue) -> Iterator[SettingValue]:
    """Other values of the same kind, likely ones first."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        near = (2 * value, *range(value + 1, value + SIZES), 4 * value, value - 1)
        yield from dict.fromkeys(v for v in near if v > 0)
    elif isinstance(value, float):
        yield from ((value / 2, 0.75 * value) if value else (0.25, 0.5))
    elif isinstance(value, Recipe) and value.act:
        yield from (_activation(word) for word in ACTIVATIONS if word != value.act)
    elif isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor) and value:
        items: tuple[SettingValue, ...] = value
        yield from ((*items, other) for other in islice(others(items[-1]), 1))
        yield items[:-1]
        yield (*items, items[-1])
        if all(type(each) is int for each in items):
            yield tuple(2 * each for each in items if isinstance(each, int))


def _activation(word: str) -> Recipe:
    """An activation as a setting holds it."""
    stage = ast.ExprStage(ast.Name(word, NOWHERE), NOWHERE)
    empty = Unit("", ast.File(None, (), (), "", NOWHERE))
    return Recipe(word, word, ("op", word), Closure((stage,), Scope(), empty))


def _again(elaborated: Elaborated, instance: Instance, change: _Change) -> Instance | None:
    """The instance with other settings or inputs; None where the program refuses them."""
    home = Home(Diagnostics())
    unit = _unit(elaborated, instance)
    start = Instance(ast.Def("model", "file", (), (), "", NOWHERE, NOWHERE), (), (), ())
    walker = Walker(home, unit, start, Scope(unit.lets))
    walker._root = walker.scope
    types = [] if instance is elaborated.root else change.types
    try:
        made = build(
            Walker, walker, instance.definition, unit, change.settings, types, ("perturbed",)
        )
    except Failure:
        return None
    return None if made.broken or home.diagnostics.failed else made


def _unit(elaborated: Elaborated, instance: Instance) -> Unit:
    """The file that a definition stands in."""
    return instance.unit if isinstance(instance.unit, Unit) else elaborated.unit
