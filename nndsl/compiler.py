"""The pipeline on one page: text in, facts and texts out. Writes nothing, loads no framework.

    text -> parse -> elaborate -> analyse -> generalise -> lower -> validate -> render -> texts

Every stage adds to one list of diagnostics and goes on where it can; no text comes out after an
error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nndsl._version import __version__
from nndsl.diagnostics import Diagnostic, Diagnostics
from nndsl.diagnostics.model import did_you_mean
from nndsl.ir.elaborate import Elaborated, elaborate
from nndsl.ir.files import Loader, Resolver, models_of, no_imports
from nndsl.ir.nested import all_steps
from nndsl.ir.sites import snake_case
from nndsl.ir.steps import UseStep
from nndsl.source import NOWHERE, Source, Span
from nndsl.syntax import ast

if TYPE_CHECKING:
    from nndsl.analysis.rows import Table
    from nndsl.backends.base import Emitted, Header, Target
    from nndsl.backends.training.facts import ModelFacts
    from nndsl.backends.training.spec import TrainSpec
    from nndsl.ir.scope import Unit
    from nndsl.validate import Report

FRAMEWORKS = ("keras", "torch", "tensorflow", "jax", "numpy", "nndsl")
Text: TypeAlias = "Source | str"
SettingText: TypeAlias = "str | int | float | bool | Sequence[SettingText] | None"


class Checked(NamedTuple):
    """What is wrong with a file, in the order of its lines. sources: the texts, by file name."""

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]

    @property
    def ok(self) -> bool:
        """True where there is no error; warnings may be."""
        return not any(item.severity == "error" for item in self.diagnostics)


class Analysis(NamedTuple):
    """The facts of one model; `table` is None after an error."""

    table: Table | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class Compilation(NamedTuple):
    """The emitted files, text by name; empty after an error.

    model: the name of the model's file; script: of the training script, empty without one;
    weights: the program's weight paths and the framework's names for them.
    """

    files: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    model: str = ""
    script: str = ""
    weights: Mapping[str, str] = {}


class Session:
    """One source on its way through the pipeline: its texts, its unit, and what is wrong so far."""

    def __init__(self, source: Text, resolver: Resolver = no_imports) -> None:
        self.diagnostics = Diagnostics()
        self.loader = Loader(self.diagnostics, resolver)
        self.sources = self.loader.sources
        self.source = source if isinstance(source, Source) else Source("model.nn", source)
        self.unit: Unit | None = self.loader.load(self.source)

    def nothing(self) -> Compilation:
        """No files, and why."""
        return Compilation({}, self.found, self.sources)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """The diagnostics in the order of the text."""
        return tuple(self.diagnostics.sorted())

    def elaborate(
        self, model: str | None = None, settings: Mapping[str, SettingText] | None = None
    ) -> Elaborated | None:
        """The model's instance; None after an error."""
        if self.unit is None:
            return None
        overrides = self._overrides(settings or {})
        elaborated = elaborate(self.unit, self.diagnostics, model, overrides)
        if elaborated is not None:
            self._lint(elaborated)
        return None if self.diagnostics.failed else elaborated

    def _overrides(self, settings: Mapping[str, SettingText]) -> dict[str, ast.Expr]:
        """Settings from outside, as parsed values; each is a little source of its own."""
        from nndsl.syntax.parser import parse_expression

        overrides: dict[str, ast.Expr] = {}
        for name, value in settings.items():
            source = Source(f"--set {name}", setting_text(value))
            self.sources[source.name] = source
            parsed = parse_expression(source, self.diagnostics)
            if parsed is not None:
                overrides[name] = parsed
        return overrides

    def _lint(self, elaborated: Elaborated) -> None:
        """Names and flows that nothing reads, in what the model uses."""
        from nndsl.ir.reads import unread

        used = {id(found) for found in _used(elaborated)}
        for found, home in _definitions(elaborated.unit):
            if id(found) in used:
                unread(home, found, self.diagnostics)

    def train_section(self, model: str) -> ast.Train | None:
        """The train section of a model: the one that names it, or the one without a name."""
        assert self.unit is not None
        mine = [train for train in self.unit.trains if train.model in (None, model)]
        return next((train for train in mine if train.model == model), mine[0] if mine else None)

    def train_sections(self) -> None:
        """NN354: a section for no model among several; NN101, NN355: an unknown one, a second."""
        assert self.unit is not None
        models = models_of(self.unit)
        lines = self.unit.file.declarations
        own = [line for line in lines if isinstance(line, ast.Def) and line.kind == "model"]
        seen: set[str | None] = set()
        for train in self.unit.trains:
            word = Span(train.span.start, train.span.start + len("train"), train.span.file)
            if train.model is None and len(own) > 1:
                self.diagnostics.error("NN354", word, "this file has several models",
                                       f"say which one: `train {models[0]} {{ ... }}`")  # fmt: skip
            elif train.model is not None and train.model not in models:
                self.diagnostics.error("NN101", word, f"there is no model `{train.model}`",
                                       did_you_mean(train.model, models))  # fmt: skip
            elif train.model in seen:
                self.diagnostics.error("NN355", word, "a second train section for one model",
                                       "put all lines into one section")  # fmt: skip
            seen.add(train.model)


def check(source: Text, resolver: Resolver = no_imports) -> Checked:
    """Every diagnostic of a file: of each model with its own settings, and of unused blocks."""
    session = Session(source, resolver)
    if session.unit is not None:
        from nndsl.ir.reads import unread, unread_lets

        unread_lets(session.unit, session.diagnostics)
        for line in session.unit.file.declarations:
            if isinstance(line, ast.Def):
                unread(session.unit, line, session.diagnostics)
        for name in models_of(session.unit):
            elaborated = elaborate(session.unit, session.diagnostics, name)
            if elaborated is not None:
                _check_training(session, elaborated)
        session.train_sections()
    return Checked(session.found, session.sources)


def analyse(
    source: Text,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    resolver: Resolver = no_imports,
) -> Analysis:
    """Shapes, parameters and costs of one model, layer by layer."""
    session = Session(source, resolver)
    elaborated = session.elaborate(model, settings)
    if elaborated is None:
        return Analysis(None, session.found, session.sources)
    from nndsl.analysis.rows import table

    return Analysis(table(elaborated.model, elaborated.root), session.found, session.sources)


def compile_model(
    source: Text,
    target: str,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    train: bool = False,
    single_file: bool = False,
    resolver: Resolver = no_imports,
) -> Compilation:
    """The code of one model for a target: a file for the model, one for its training if wanted.

    train: a training script also where the file has no train section. single_file: the model
    inside the script.
    """
    session = Session(source, resolver)
    found = _target(target, session.diagnostics)
    elaborated = session.elaborate(model, settings)
    session.train_sections()
    if elaborated is None or found is None or session.diagnostics.failed:
        return session.nothing()
    made = lowered(session, elaborated, found)
    if made is None:
        return session.nothing()
    emitted, report = made
    module = module_name(elaborated.model)
    files = {f"{module}.py": found.render(emitted, _header(elaborated, emitted, session.source))}
    script = ""
    section = session.train_section(elaborated.model)
    if section is not None or train:
        facts = _facts(elaborated, target, emitted, module)
        spec = _spec(section, facts, session.diagnostics)
        if spec is None:
            return session.nothing()
        script, files = _with_training(target, spec, facts, files, single_file)
    weights = report.paths if report is not None else {}
    return Compilation(files, session.found, session.sources, f"{module}.py", script, weights)


def lowered(
    session: Session, elaborated: Elaborated, target: Target
) -> tuple[Emitted, Report | None] | None:
    """Emitted code that computes what the file says; None after an error.

    Where the validator finds a difference, the definitions concerned are emitted instance by
    instance, then all of them; a difference that is left is an internal error, never a file.
    """
    from nndsl.ir.generalise import generalise
    from nndsl.validate.check import READERS, validate

    every = frozenset(found.name for found in _used(elaborated))
    concrete: frozenset[str] = frozenset()
    while True:
        program = generalise(elaborated, concrete)
        emitted = target.lower(program, session.diagnostics)
        if emitted is None or target.name not in READERS:
            return None if emitted is None else (emitted, None)
        report = validate(program, emitted, target.name)
        if report.ok:
            return emitted, report
        if concrete == every:
            session.diagnostics.error(
                "NN901", elaborated.definition.name_span,
                f"the code for {target.name} would not do what this says: {report.mismatches[0]}",
                "this is a mistake in nndsl: please report it with the file",
            )  # fmt: skip
            return None
        suspects = _suspects(elaborated, report) - concrete
        concrete = concrete | suspects if suspects and not concrete else every


def _suspects(elaborated: Elaborated, report: Report) -> frozenset[str]:
    """The definitions whose places the mismatches name."""
    names = {m.where.split("`")[1] for m in report.mismatches if m.where.count("`") > 1}
    found = set()
    for path in names:
        instance = elaborated.root
        for part in path.split("."):
            found.add(instance.definition.name)
            name = part.split("[")[0]
            inner = [s for s in all_steps(instance.steps) if isinstance(s, UseStep)]
            instance = next((s.instance for s in inner if s.site.name == name), instance)
    return frozenset(found) - {elaborated.definition.name}


def _target(name: str, diagnostics: Diagnostics) -> Target | None:
    """An installed target; NN801 where there is none of this name."""
    from importlib.metadata import entry_points

    known = entry_points(group="nndsl.targets")
    if name not in known.names:
        listed = ", ".join(sorted(known.names)) or "none"
        fix = did_you_mean(name, known.names) or f"installed are: {listed}"
        diagnostics.error("NN801", NOWHERE, f"there is no target `{name}`", fix)
        return None
    target: Target = known[name].load()
    return target


def _header(elaborated: Elaborated, emitted: Emitted, source: Source) -> Header:
    from nndsl.analysis.totals import totals
    from nndsl.backends.base import Header

    root, count = elaborated.root, totals(elaborated.root)
    inputs = tuple(f"{port.name}: {port.value.type.show()}" for port in root.inputs)
    outputs = tuple(
        f"{out.name}: {out.value.type.show()}" if out.name else out.value.type.show()
        for out in root.outputs
    )
    return Header(
        __version__, source.name.replace("\\", "/").rpartition("/")[2], elaborated.model, inputs,
        outputs, count.trainable, count.non_trainable, elaborated.definition.doc, emitted.notes,
    )  # fmt: skip


def _facts(elaborated: Elaborated, target: str, emitted: Emitted, module: str) -> ModelFacts:
    from nndsl.backends.training.derive import model_facts

    return model_facts(elaborated.model, elaborated.root, target, emitted.entry, module)


def _spec(
    section: ast.Train | None, facts: ModelFacts, diagnostics: Diagnostics
) -> TrainSpec | None:
    from nndsl.backends.training.spec import read_train

    return read_train(section, facts, diagnostics)


def _with_training(
    target: str, spec: TrainSpec, facts: ModelFacts, files: Mapping[str, str], single_file: bool
) -> tuple[str, dict[str, str]]:
    """The script's name, and the files with it; in the single-file form it is the only one."""
    from nndsl.backends.training.render import render_training, script_name

    (model,) = files.values()
    if single_file:
        name = script_name(facts, model)
        return name, {name: render_training(target, spec, facts, model)}
    name = script_name(facts)
    return name, {**files, name: render_training(target, spec, facts)}


def module_name(model: str) -> str:
    """The name of a model's file without `.py`: importable, and hiding no other module."""
    import sys
    from keyword import iskeyword

    name = snake_case(model)
    taken = name in sys.stdlib_module_names or name in FRAMEWORKS or iskeyword(name)
    return f"{name}_model" if taken else name


def _check_training(session: Session, elaborated: Elaborated) -> None:
    section = session.train_section(elaborated.model)
    if section is not None:
        from nndsl.backends.training.derive import model_facts

        facts = model_facts(elaborated.model, elaborated.root)
        _spec(section, facts, session.diagnostics)


def setting_text(value: SettingText) -> str:
    """A setting from outside as the language writes it; texts are taken as they are."""
    match value:
        case str():
            return value
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            return f"[{', '.join(setting_text(item) for item in value)}]"


def _definitions(unit: Unit) -> list[tuple[ast.Def, Unit]]:
    """Every definition that a file can reach, with the file that it stands in."""
    found: dict[int, tuple[ast.Def, Unit]] = {}
    units, seen = [unit], {id(unit)}
    while units:
        for definition, home in units.pop().definitions.values():
            if isinstance(definition, ast.Def):
                found[id(definition)] = (definition, home)
            if id(home) not in seen:
                seen.add(id(home))
                units.append(home)
    return list(found.values())


def _used(elaborated: Elaborated) -> list[ast.Def]:
    """Every definition that a model uses, itself included."""
    instances = elaborated.home.memo.values()
    found = {id(instance.definition): instance.definition for instance in instances}
    found[id(elaborated.definition)] = elaborated.definition
    return list(found.values())
