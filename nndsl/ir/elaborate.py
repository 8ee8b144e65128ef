"""Elaboration: a model's definition, with its settings settled, to its instance."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.diagnostics.model import Label, did_you_mean, fail
from nndsl.ir.binding import Given
from nndsl.ir.blocks import Walker, build
from nndsl.ir.context import Home
from nndsl.ir.exits import leaves
from nndsl.ir.files import models_of
from nndsl.ir.presets import default_of, resolve_preset
from nndsl.ir.scope import Scope, Unit
from nndsl.ir.silent import Silent
from nndsl.ir.steps import Instance
from nndsl.ops.base import Type
from nndsl.ops.base import Value as SettingValue
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast
from nndsl.syntax.holes import is_hole

RECURSION = 20_000


class Elaborated:
    """An elaborated model: its instance, and what is needed to elaborate it again."""

    __slots__ = ("definition", "home", "model", "root", "settings", "unit")

    def __init__(
        self,
        model: str,
        unit: Unit,
        definition: ast.Def,
        settings: dict[str, SettingValue],
        root: Instance,
        home: Home,
    ) -> None:
        self.model = model
        self.unit = unit
        self.definition = definition
        self.settings = settings
        self.root = root
        self.home = home


def elaborate(
    unit: Unit,
    diagnostics: Diagnostics,
    model: str | None = None,
    overrides: Mapping[str, ast.Expr] | None = None,
    partial: bool = False,
    walked: set[int] | None = None,
) -> Elaborated | None:
    """The instance of a model (the file's first where none is named); None after errors.

    overrides: settings from outside, as parsed expressions (`--set depth=24`).
    partial: nothing is said of settings that are missing; what depends on them is left alone.
    walked: gets the identities of the definitions that were looked at.
    """
    if sys.getrecursionlimit() < RECURSION:
        sys.setrecursionlimit(RECURSION)
    try:
        home = Home(diagnostics)
        try:
            return _elaborate(unit, home, model, overrides or {}, partial)
        finally:
            if walked is not None:
                walked.update(home.sites)
    except Failure as failure:
        if not isinstance(failure, Silent):
            diagnostics.add(failure.diagnostic)
        return None


def _elaborate(
    unit: Unit,
    home: Home,
    model: str | None,
    overrides: Mapping[str, ast.Expr],
    partial: bool,
) -> Elaborated | None:
    diagnostics = home.diagnostics
    name = choose_model(unit, model)
    walker = _file_walker(unit, home)
    for one in _units(unit):
        _file_lets(one, home)
    definition, owner, _ = resolve_preset(unit, name, NOWHERE)
    walker.unit = owner
    given = [Given(key, _override(walker, value), value.span) for key, value in overrides.items()]
    settings = _settings(walker, definition, owner, name, given, partial)
    failed = diagnostics.failed
    types = _root_types(definition, diagnostics)
    root = build(Walker, walker, definition, owner, settings, types, ("root",))
    for result in root.outputs:
        if result.value.type.dtype == "state":
            raise fail(
                "NN212",
                definition.name_span,
                f"the output {result.name} is a recurrent state, and a model gives tensors",
                "open the state first: `h, c = last`",
            )
    if partial or root.broken or (diagnostics.failed and not failed):
        return None
    return Elaborated(name, unit, definition, settings, root, home)


def choose_model(unit: Unit, model: str | None) -> str:
    """The named model, or the file's first; NN337 where there is none, NN101 where unknown."""
    models = models_of(unit)
    if model is None:
        if not models:
            raise fail(
                "NN337", unit.file.span, "this file has no model", "write `model Name { … }`"
            )
        return models[0]
    if model not in models:
        raise fail(
            "NN101",
            Span(0, 0, unit.name),
            f"there is no model `{model}`",
            did_you_mean(model, models) or f"the models are {', '.join(models)}",
        )
    return model


def _override(walker: Walker, expr: ast.Expr) -> SettingValue:
    from nndsl.ir.silent import setting_value

    return setting_value(walker.evaluate(expr, setting=True), expr.span)


def _settings(
    walker: Walker, definition: ast.Def, unit: Unit, name: str, given: list[Given], partial: bool
) -> dict[str, SettingValue]:
    from nndsl.ir.binding import bind_block

    declared = [default_of(p, unit)._replace(required=False) for p in definition.params]
    bound, _ = bind_block(name, declared, given, definition.name_span)
    _, _, chain = (
        resolve_preset(walker.unit, name, NOWHERE)
        if name in walker.unit.definitions
        else (
            definition,
            unit,
            [],
        )
    )
    values: dict[str, SettingValue] = {}
    full = [default_of(p, unit) for p in definition.params]
    for preset, home in chain:
        values |= walker._preset_values(definition, preset, home, full)
    known = values | bound
    for param in definition.params if partial else ():
        if param.default is None and param.name not in known:
            known[param.name] = walker.broken()
    return walker.defaults(definition, unit, known)


def _root_types(definition: ast.Def, diagnostics: Diagnostics) -> list[tuple[str, Type]]:
    """No types: those of a model's inputs stand on their lines; NN338 where there are none."""
    from nndsl.ir.words import mentioned

    has = any(isinstance(line, ast.Input) for line in definition.body)
    meant = not has and not {"Input", "InputLayer"}.isdisjoint(mentioned(definition))
    if not has and not meant and not any(map(is_hole, definition.body)):
        first = definition.body[0].span if definition.body else definition.name_span
        diagnostics.error(
            "NN338",
            definition.name_span,
            f"`{definition.name}` has no input",
            "a model begins with `input image: [28, 28, 1]`: a name, and the shape of one example",
            [Label(first, "before this line")] if definition.body else [],
        )
    return []


def _file_walker(unit: Unit, home: Home) -> Walker:
    """A walker for expressions outside any body: lets, presets, overrides."""
    definition = ast.Def("model", "file", (), (), "", NOWHERE, NOWHERE)
    instance = Instance(definition, (), (), ())
    walker = Walker(home, unit, instance, Scope(unit.lets))
    walker._root = walker.scope
    return walker


def _units(unit: Unit) -> list[Unit]:
    """A unit and those that its definitions come from, dependencies first."""
    found: dict[int, Unit] = {}

    def visit(one: Unit) -> None:
        if id(one) in found:
            return
        found[id(one)] = one
        for _, home in one.definitions.values():
            visit(home)

    visit(unit)
    return list(reversed(found.values()))


def _file_lets(unit: Unit, home: Home) -> None:
    walker = _file_walker(unit, home)
    walker.scope = unit.lets
    walker._root = unit.lets
    for line in unit.file.declarations:
        if isinstance(line, ast.Let) and not any(
            t.name in unit.lets.names for t in leaves(line.targets)
        ):
            try:
                walker.let(line)
            except Failure as failure:
                if not isinstance(failure, Silent):
                    home.diagnostics.add(failure.diagnostic)


def default_values(definition: ast.Def, unit: Unit, home: Home) -> dict[str, SettingValue]:
    """The settings' defaults that need no other setting, evaluated."""
    from nndsl.ir.silent import setting_value

    walker = _file_walker(unit, home)
    values: dict[str, SettingValue] = {}
    for param in definition.params:
        if param.default is None:
            continue
        try:
            values[param.name] = setting_value(
                walker.evaluate(param.default, setting=True), param.span
            )
        except Failure:
            continue  # it mentions another setting
    return values
