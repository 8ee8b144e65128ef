"""Files to units: definitions by name, imports through a resolver, file-level lets."""

from __future__ import annotations

from typing import Protocol

from nndsl.diagnostics import Diagnostics, Label
from nndsl.diagnostics.model import Failure, did_you_mean, fail
from nndsl.ir.exits import leaves
from nndsl.ir.reserved import later
from nndsl.ir.scope import Bound, Unit
from nndsl.source import Source, Span
from nndsl.syntax import ast
from nndsl.syntax.holes import ANY
from nndsl.syntax.parser import parse


class Resolver(Protocol):
    """Where imports come from: a function of the path as it is written and of the name of the
    importing file.

    It gives a Source, whose name tells files apart, or a text that says why there is none (NN405).
    It may be asked for one file several times, and by several threads at once.
    """

    def __call__(self, path: str, importer: str, /) -> Source | str: ...


MAX_FILES = 1_000
MAX_CHAIN = 100
MOST_NAMES = 4  # of a file that a fix lists


def no_imports(path: str, importer: str) -> Source | str:
    """The resolver of a text on its own."""
    return "no files can be imported here"


class Loader:
    """Loads a file and what it imports; every file once."""

    def __init__(self, diagnostics: Diagnostics, resolver: Resolver) -> None:
        self.diagnostics = diagnostics
        self.resolver = resolver
        self.units: dict[str, Unit] = {}
        self.sources: dict[str, Source] = {}
        self.open: list[str] = []

    def load(self, source: Source) -> Unit | None:
        """The unit of a source; None where it does not parse."""
        if source.name in self.units:
            return self.units[source.name]
        self.sources[source.name] = source
        file = parse(source, self.diagnostics)
        if file is None:
            return None
        unit = Unit(source.name, file, source.text)
        self.units[source.name] = unit
        self.open.append(source.name)
        try:
            for declaration in file.declarations:
                try:
                    self._declare(unit, declaration)
                except Failure as failure:
                    self.diagnostics.add(failure.diagnostic)
        finally:
            self.open.pop()
        return unit

    def _declare(self, unit: Unit, declaration: ast.Declaration) -> None:
        match declaration:
            case ast.Import():
                try:
                    self._import(unit, declaration)
                except Failure:
                    unit.lost |= _wanted(declaration)
                    raise
            case ast.Def(name=name, name_span=span) | ast.Preset(name=name, name_span=span):
                reserved = later(name, span)
                if reserved is not None:
                    self.diagnostics.add(reserved.diagnostic)
                if name in unit.definitions or name in unit.named:
                    failure = _taken(unit, name, span)
                    unit.definitions.setdefault(name, (declaration, unit))
                    raise failure
                unit.definitions[name] = (declaration, unit)
                if isinstance(declaration, ast.Preset):
                    unit.presets.append(declaration)
            case ast.Train():
                unit.trains.append(declaration)
            case ast.Let(targets):  # evaluated by elaboration, in order
                for target in leaves(targets):
                    if target.name in unit.definitions or target.name in unit.named:
                        raise _taken(unit, target.name, target.span)
                    if target.name != "_":
                        unit.named[target.name] = target.span

    def _import(self, unit: Unit, line: ast.Import) -> None:
        if len(self.units) > MAX_FILES:
            raise fail("NN404", line.span, f"more than {MAX_FILES} files are imported",
                       "put several blocks into one file")  # fmt: skip
        if len(self.open) > MAX_CHAIN:
            message = f"imports lead more than {MAX_CHAIN} files deep"
            raise fail("NN404", line.span, message, "import a file where its names are used")
        found = self.resolver(line.path, unit.name)
        if isinstance(found, str):
            raise fail(
                "NN405",
                line.span,
                f'cannot import "{line.path}": {found}',
                "paths are relative to the file and stay inside its folder",
            )
        if found.name in self.open:
            ring = " -> ".join([*self.open[self.open.index(found.name) :], found.name])
            raise fail(
                "NN406",
                line.span,
                f"files import each other: {ring}",
                "move what both need into a third file",
            )
        other = self.load(found)
        if other is None:
            unit.lost |= _wanted(line)
            return
        doubtful = other.lost | other.file.doubtful
        names = line.names
        if names is None:
            for name, definition in other.definitions.items():
                self._bring(unit, name, definition, line)
            unit.lost |= doubtful
            return
        for wanted in names:
            if wanted.id not in other.definitions:
                if {wanted.id, ANY} & doubtful:
                    unit.lost.add(wanted.id)  # it may be what is left out there
                    continue
                known = ", ".join(f"`{name}`" for name in list(other.definitions)[:MOST_NAMES])
                fix = did_you_mean(wanted.id, other.definitions)
                fix = fix or (f"it defines {known}" if known else "it defines nothing")
                message = f'"{line.path}" defines no `{wanted.id}`'
                raise fail("NN101", wanted.span, message, fix)
            self._bring(unit, wanted.id, other.definitions[wanted.id], line)

    def _bring(
        self, unit: Unit, name: str, definition: tuple[ast.Def | ast.Preset, Unit], line: ast.Import
    ) -> None:
        if name in unit.definitions and unit.definitions[name] != definition:
            raise fail(
                "NN311",
                line.span,
                f"`{name}` is defined already",
                "import by name: `from … import …`",
            )
        unit.definitions[name] = definition


def _wanted(line: ast.Import) -> set[str]:
    """The names that an import brings; ANY where the file says them."""
    return {ANY} if line.names is None else {wanted.id for wanted in line.names}


def _taken(unit: Unit, name: str, span: Span) -> Failure:
    """NN311 for a name that the file has already."""
    found = unit.definitions.get(name)
    first = found[0].name_span if found is not None else unit.named[name]
    labels = [Label(first, "here")] if first.file == span.file else []
    return fail("NN311", span, f"`{name}` is defined already", "choose another name", labels)


def models_of(unit: Unit) -> list[str]:
    """The names of a file's own models, presets included, in order."""
    return [
        d.name
        for d in unit.file.declarations
        if isinstance(d, ast.Def | ast.Preset) and d.kind == "model"
    ]


def bind_let(unit: Unit, name: str, value: object, line: ast.Let) -> None:
    unit.lets.names[name] = Bound(value, line.span)
