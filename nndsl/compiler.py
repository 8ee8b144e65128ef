"""The pipeline on one page: text in, facts and texts out. Writes nothing, loads no framework.

    text -> parse -> elaborate -> analyse -> generalise -> lower -> validate -> render -> texts

Every stage adds to one list of diagnostics and goes on where it can; an error lets no text out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from nndsl.diagnostics import Diagnostic, Diagnostics, Failure
from nndsl.diagnostics.causes import causes
from nndsl.diagnostics.differing import Differing
from nndsl.diagnostics.model import did_you_mean
from nndsl.ir.elaborate import Elaborated, elaborate
from nndsl.ir.entry import entry
from nndsl.ir.files import Loader, Resolver, models_of, no_imports
from nndsl.results import (
    Analysis,
    Checked,
    Compilation,
    Formatted,
    Graph,
    Parsed,
    StageText,
)
from nndsl.source import Source, Span
from nndsl.syntax import ast

if TYPE_CHECKING:
    from nndsl.backends.training.produce import Place
    from nndsl.ir.scope import Unit

Text: TypeAlias = "Source | str"
SettingText: TypeAlias = "str | int | float | bool | Sequence[SettingText] | None"


class Session:
    """One source on its way through the pipeline: its texts, its unit, and what is wrong so far."""

    def __init__(self, source: Text, resolver: Resolver = no_imports) -> None:
        self.diagnostics = Diagnostics()
        self.loader = Loader(self.diagnostics, resolver)
        self.sources = self.loader.sources
        self.source = as_source(source)
        self.unit: Unit | None = self.loader.load(self.source)

    def nothing(self) -> Compilation:
        """No files, and why."""
        return Compilation({}, self.found, self.sources)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """The diagnostics in the order of the text."""
        return tuple(causes(self.diagnostics.sorted(), self.sources))

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

    def script(self, elaborated: Elaborated, place: Place) -> tuple[str, str] | None:
        """The name and text of a model's training script; None after an error."""
        from nndsl.backends.training.produce import training_script

        section = self.train_section(elaborated.model)
        return training_script(section, elaborated.root, place, self.diagnostics)

    def train_sections(self) -> None:
        """NN707: a section for no model among several; NN101, NN708: an unknown one, a second."""
        assert self.unit is not None
        models = models_of(self.unit)
        lines = self.unit.file.declarations
        own = [line for line in lines if isinstance(line, ast.Def) and line.kind == "model"]
        seen: set[str | None] = set()
        for train in self.unit.trains:
            word = Span(train.span.start, train.span.start + len("train"), train.span.file)
            if train.model is None and len(own) > 1:
                self.diagnostics.error("NN707", word, "this file has several models",
                                       f"say which one: `train {models[0]} {{ ... }}`")  # fmt: skip
            elif train.model is not None and train.model not in models:
                fix = did_you_mean(train.model, models) or f"the models are {', '.join(models)}"
                self.diagnostics.error("NN101", word, f"there is no model `{train.model}`", fix)
            elif train.model in seen:
                self.diagnostics.error("NN708", word, "a second train section for one model",
                                       "put all lines into one section")  # fmt: skip
            seen.add(train.model)


def parse(source: Text) -> Parsed:
    """The syntax tree of a text, its imports left alone; lines with syntax errors are left out.

    The records of the tree are those of `nndsl.syntax.ast`, each with its span. Mistakes: NN001 to
    NN019.
    """
    from nndsl.syntax.parser import parse as parse_source

    diagnostics = Diagnostics()
    text = as_source(source)
    tree = parse_source(text, diagnostics)
    return Parsed(tree, tuple(diagnostics.sorted()), {text.name: text})


def format_text(source: Text) -> Formatted:
    """A file as `nndsl fmt` writes it: the same meaning, the same comments, aliases by our words.

    Formatting twice is formatting once. Nothing but the syntax is looked at; imports are not read.
    """
    from nndsl.ops.index import ALIASES
    from nndsl.syntax.format import format_source

    given = as_source(source)
    sources = {given.name: given}
    try:
        return Formatted(format_source(given, ALIASES), (), sources)
    except Failure as failure:
        return Formatted(None, (failure.diagnostic,), sources)


@entry
def check(source: Text, resolver: Resolver = no_imports, targets: Sequence[str] = ()) -> Checked:
    """Every diagnostic of a file: of each model with its own settings, and of unused blocks.

    targets: only then what they refuse is among them (NN601, NN801) and what differs is listed."""
    session = Session(source, resolver)
    if session.unit is not None:
        from nndsl.ir.review import complete_models, review

        complete = complete_models(session.unit)
        walked: set[int] = set()
        for name in models_of(session.unit):
            partial = name not in complete
            elaborated = elaborate(
                session.unit,
                session.diagnostics,
                name,
                partial=partial,
                walked=None if partial else walked,
            )
            _check_training(session, name, elaborated)
        session.train_sections()
        review(session.unit, session.diagnostics, walked)
    told = tuple(_differing(session, targets)) if targets else ()
    return Checked(session.found, session.sources, told)


def _differing(session: Session, targets: Sequence[str]) -> Iterator[Differing]:
    """What targets do otherwise, where there is no error but theirs, which become diagnostics."""
    from nndsl.backends.find import find_target
    from nndsl.validate.differing import differing

    said = session.diagnostics
    found = [target for name in targets if (target := find_target(name, said))]
    if session.unit is None or said.failed:
        return
    models = (elaborate(session.unit, Diagnostics(), name) for name in models_of(session.unit))
    for model in filter(None, models):
        section = session.train_section(model.model)
        yield from (row for target in found for row in differing(model, target, section, said))


@entry
def analyse(
    source: Text,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    resolver: Resolver = no_imports,
) -> Analysis:
    """Shapes, parameters and costs of one model, layer by layer.

    model: its name; None is the file's first. settings: other values of the model's own, as
    numbers, flags, lists, or as the language writes them ("relu", "2 * 64"). After an error the
    table is None: NN101 for a model or setting that there is not, and what `check` says of this
    model.
    """
    session = Session(source, resolver)
    elaborated = session.elaborate(model, settings)
    if elaborated is None:
        return Analysis(None, session.found, session.sources)
    from nndsl.analysis.rows import table

    return Analysis(table(elaborated.model, elaborated.root), session.found, session.sources)


@entry
def graph(
    source: Text,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    resolver: Resolver = no_imports,
) -> Graph:
    """One model with every name, shape and setting settled: what the backends write code from.

    model, settings and errors: as for `analyse`; after an error the data is None.
    """
    from nndsl.ir.data import as_data

    session = Session(source, resolver)
    elaborated = session.elaborate(model, settings)
    data = None if elaborated is None else as_data(elaborated.model, elaborated.root)
    return Graph(data, session.found, session.sources)


@entry
def compile_model(
    source: Text,
    target: str,
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    train: bool = False,
    single_file: bool = False,
    resolver: Resolver = no_imports,
    exact: bool = False,
) -> Compilation:
    """The code of one model for a target: a file for the model, one for its training if wanted.

    target: `torch`, `keras`, or one of an installed package. model, settings: as for `analyse`.
    train: a training script also where the file has no train section. single_file: the model
    inside the script. exact: training and moving statistics are those of every other target as
    well, by small classes of the files' own where the framework's differ; without it their heads
    say what does. After an error there are no files: also NN601 for what the target has no
    way to say, NN801 for a target that there is not.
    """
    from nndsl.backends.differences import differences
    from nndsl.backends.find import find_target
    from nndsl.backends.header import make_header, module_name
    from nndsl.validate.settle import settle

    session = Session(source, resolver)
    found = find_target(target, session.diagnostics)
    elaborated = session.elaborate(model, settings)
    if session.unit is not None:
        session.train_sections()
    if elaborated is None or found is None or session.diagnostics.failed:
        return session.nothing()
    settled = settle(elaborated, found, session.diagnostics, exact)
    if settled is None:
        return session.nothing()
    table = differences(found)
    module = module_name(elaborated.model)
    header = make_header(elaborated, settled.emitted, session.source, settled.fixed, table, exact)
    text = found.render(settled.emitted, header)
    files, script = {f"{module}.py": text}, ""
    if train or single_file or session.train_section(elaborated.model) is not None:
        from nndsl.backends.training.pieces import Emission
        from nndsl.backends.training.produce import Place

        whole = text if single_file else None
        emitted = settled.emitted
        place = Place(target, elaborated.model, emitted.entry, module, emitted.logits, whole,
                      Emission(table, exact))  # fmt: skip
        made = session.script(elaborated, place)
        if made is None:
            return session.nothing()
        script = made[0]
        files = dict([made]) if single_file else {**files, script: made[1]}
    weights = settled.report.paths if settled.report is not None else {}
    return Compilation(
        files, session.found, session.sources, f"{module}.py", script, weights,
        settled.emitted.entry, _others(session, elaborated.model),
    )  # fmt: skip


def _others(session: Session, model: str) -> tuple[str, ...]:
    assert session.unit is not None
    return tuple(name for name in models_of(session.unit) if name != model)


@entry
def stage_text(
    source: Text,
    stage: str,
    target: str = "",
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    resolver: Resolver = no_imports,
) -> StageText:
    """What stands between text and code: `ast`, `ir`, `facts`, or a target's bare `code`."""
    from nndsl.ir.dump import dump_instance, dump_tree

    session = Session(source, resolver)
    text: str | None = None
    if stage == "ast":
        text = None if session.unit is None else dump_tree(session.unit.file)
        return StageText(text, session.found, session.sources)
    elaborated = session.elaborate(model, settings)
    if elaborated is not None and stage == "ir":
        text = dump_instance(elaborated.root)
    elif elaborated is not None and stage == "facts":
        from nndsl.analysis.data import as_json
        from nndsl.analysis.rows import table

        text = as_json(table(elaborated.model, elaborated.root))
    elif elaborated is not None:
        text = _code_text(session, elaborated, target)
    return StageText(text, session.found, session.sources)


def _code_text(session: Session, elaborated: Elaborated, target: str) -> str | None:
    from nndsl.backends.find import find_target
    from nndsl.emit.printer import render
    from nndsl.validate.settle import settle

    found = find_target(target, session.diagnostics)
    settled = settle(elaborated, found, session.diagnostics) if found is not None else None
    return render(settled.emitted.code) if settled is not None else None


def _check_training(session: Session, model: str, elaborated: Elaborated | None) -> None:
    """What a model's train section says; of a model with mistakes, only the section's words."""
    section = session.train_section(model)
    if section is None:
        return
    from nndsl.backends.training.spec import read_train, read_words

    if elaborated is None:
        read_words(section, session.diagnostics)
        return
    from nndsl.backends.training.derive import model_facts

    read_train(section, model_facts(model, elaborated.root), session.diagnostics)


def as_source(text: Text) -> Source:
    """A bare text as a source; messages call it `model.nn`."""
    return text if isinstance(text, Source) else Source("model.nn", text)


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
