"""From a source to one job per target: the emitted files, equal weights, equal batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple, cast

from nndsl._real import coarse_numbers
from nndsl.analysis.weights import Owned, owned
from nndsl.backends.base import Runnable
from nndsl.backends.differences import differences
from nndsl.backends.find import find_target
from nndsl.backends.training.derive import model_facts
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.spec import TrainSpec, read_train
from nndsl.compiler import Session, SettingText, Text, compile_model
from nndsl.diagnostics import Diagnostic, Diagnostics
from nndsl.ir.files import Resolver, no_imports
from nndsl.ir.steps import Instance
from nndsl.ops.base import Type
from nndsl.results import Compilation
from nndsl.source import Source
from nndsl.verify.job import Job, Port
from nndsl.weights.arrays import Array

if TYPE_CHECKING:
    import numpy as np

POSITIVE = ("gamma", "moving_variance")  # weights that are near one


class Options(NamedTuple):
    """How to verify. tier: `practical`, float32, or `exact`, the exact emission in float64 with
    coarse numbers; steps: of training (0: none); batch: examples in each; seed: of weights and
    inputs; emission: `idiomatic` or `exact` in the practical tier."""

    tier: str = "practical"
    steps: int = 5
    batch: int = 8
    seed: int = 0
    emission: str = "idiomatic"

    @property
    def coarse(self) -> bool:
        """Numbers are rounded to what float32 holds."""
        return self.tier == "exact"

    @property
    def exact(self) -> bool:
        """The code is that of the exact emission."""
        return self.coarse or self.emission == "exact"

    @property
    def precision(self) -> str:
        return "float64" if self.coarse else "float32"


class Planned(NamedTuple):
    """Jobs and emitted files by target; none after an error.

    places: by a layer's path, its line in the file. counted: trainable and other parameters.
    """

    model: str
    jobs: Mapping[str, Job]
    files: Mapping[str, Mapping[str, str]]
    arrays: Mapping[str, Array]
    counted: tuple[int, int]
    places: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


def plan(
    source: Text,
    targets: Sequence[str],
    model: str | None = None,
    settings: Mapping[str, SettingText] | None = None,
    options: Options | None = None,
    resolver: Resolver = no_imports,
) -> Planned:
    """What to run. A diagnostic where a target cannot say the model or cannot be run."""
    options = options or Options()
    with coarse_numbers() if options.coarse else nullcontext():
        return _plan(source, targets, model, settings, options, resolver)


def _plan(
    source: Text,
    targets: Sequence[str],
    model: str | None,
    settings: Mapping[str, SettingText] | None,
    options: Options,
    resolver: Resolver,
) -> Planned:
    session = Session(source, resolver)
    elaborated = session.elaborate(model, settings)
    jobs: dict[str, Job] = {}
    files: dict[str, Mapping[str, str]] = {}
    if elaborated is None:
        return nothing("", session.found, session.sources)
    name, root = elaborated.model, elaborated.root
    weights = owned(root)
    facts = model_facts(name, root)
    spec = _spec(session, name, facts)
    for target in targets:
        made = compile_model(
            source, target, model, settings, resolver=resolver, exact=options.exact
        )
        found = find_target(target, session.diagnostics)
        if not made.files or found is None:
            return nothing(name, made.diagnostics or session.found, made.sources)
        jobs[target] = _job(cast("Runnable", found), made, root, weights, facts, spec, options)
        files[target] = made.files
    return Planned(
        name, jobs, files, _arrays(facts, weights, options), (facts.trainable, facts.non_trainable),
        _places(weights, session), session.found, session.sources,
    )  # fmt: skip


def nothing(
    model: str, diagnostics: tuple[Diagnostic, ...], sources: Mapping[str, Source]
) -> Planned:
    """No jobs, and why."""
    return Planned(model, {}, {}, {}, (0, 0), {}, diagnostics, sources)


def _job(
    target: Runnable,
    made: Compilation,
    root: Instance,
    weights: Sequence[Owned],
    facts: ModelFacts,
    spec: TrainSpec | None,
    options: Options,
) -> Job:
    inputs = tuple(
        _port(target, port.name, port.value.type, each.shape)
        for port, each in zip(root.inputs, facts.inputs, strict=True)
    )
    outputs = tuple(
        _port(target, result.name, result.value.type, each.shape)
        for result, each in zip(root.outputs, facts.outputs, strict=True)
    )
    return Job(
        target.name, made.model, made.script, made.entry, inputs, outputs,
        target.tensors(weights, made.weights),
        {each.path: each.shape for each in weights},
        tuple(each.path for each in weights if each.trainable),
        _first_keys(weights, made.weights), spec is not None and spec.optimizer.word != "sgd",
        _apart(spec, target, options), options.tier, options.exact,
        options.precision, options.batch, options.steps,
    )  # fmt: skip


def _spec(session: Session, model: str, facts: ModelFacts) -> TrainSpec | None:
    """The train section that the scripts are of."""
    section = session.train_section(model)
    return None if section is None else read_train(section, facts, Diagnostics())


def _apart(spec: TrainSpec | None, target: Runnable, options: Options) -> str:
    """The difference in the optimizer by which an idiomatic script trains visibly otherwise."""
    if spec is None or options.exact:
        return ""
    found = differences(target).of_script(spec)
    return next((each.what for each in found if each.name == "optimizer"), "")


def _port(target: Runnable, name: str, type_: Type, shape: tuple[int, ...]) -> Port:
    return Port(name, type_.dtype, shape, target.axes(type_), type_.batched)


def _first_keys(weights: Sequence[Owned], keys: Mapping[str, str]) -> dict[str, str]:
    """For every layer with weights, where the target has one of them."""
    found: dict[str, str] = {}
    for each in weights:
        if each.step is not None:
            found.setdefault(each.home, keys[each.path])
    return found


def _places(weights: Sequence[Owned], session: Session) -> dict[str, str]:
    """`model.nn:12` for every layer with weights."""
    found: dict[str, str] = {}
    for each in weights:
        if each.step is not None:
            span = each.step.site.span
            source = session.sources.get(span.file)
            found[each.home] = f"{span.file}:{source.place(span.start).line}" if source else ""
    return found


def _arrays(facts: ModelFacts, weights: Sequence[Owned], options: Options) -> dict[str, Array]:
    """A number for every weight and a batch for every input; the same for every target."""
    import numpy as np

    random = np.random.default_rng(options.seed)
    made: dict[str, Array] = {}
    for each in weights:
        made[f"weight:{each.path}"] = _weight(each, random)
    for port in facts.inputs:
        size = (options.batch, *port.shape)
        if port.dtype == "bool":
            made[f"input:{port.name}"] = random.random(size) < 0.5
        elif port.dtype == "int":
            made[f"input:{port.name}"] = random.integers(0, port.high or 2, size).astype("int32")
        else:
            made[f"input:{port.name}"] = random.normal(0, 1, size).astype("float32")
    return made


def _weight(each: Owned, random: np.random.Generator) -> Array:
    """Small numbers, such that signals keep their size; near one where one is neutral."""
    shape = each.shape
    if each.weight.name in POSITIVE:
        return (0.8 + 0.4 * random.random(shape)).astype("float32")
    fan_in = 1
    for size in shape[:-1]:
        fan_in *= size
    scale = 0.1 if len(shape) < 2 else (2 / max(1, fan_in)) ** 0.5
    return random.normal(0, scale, shape).astype("float32")
