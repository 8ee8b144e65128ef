"""The meaning of a train section: every choice that a training script makes, on any target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nndsl._real import real
from nndsl.backends.training import losses, words
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.losses import LossSpec, MetricSpec
from nndsl.backends.training.values import Chosen, Reader
from nndsl.backends.training.words import Setting, Value
from nndsl.diagnostics import Diagnostics, near
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast


class TrainSpec(NamedTuple):
    """Everything that a train section decides, defaults filled in.

    clip: the largest global norm of the gradients, 0 for none; patience: epochs without a better
    validation loss before training stops, 0 for never; validation: fraction of the training data;
    output: the folder of checkpoints, empty where none is given. Warm-up and the steps of
    schedules are counted in epochs.
    """

    data: str
    losses: tuple[LossSpec, ...]
    optimizer: Chosen
    schedule: Chosen
    metrics: tuple[MetricSpec, ...]
    batch: int
    epochs: int
    precision: str
    clip: float
    patience: int
    seed: int
    validation: float
    output: str


PLAIN: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("data", "synthetic", "text"),
        Setting("batch", 32, "count", low=1),
        Setting("epochs", 10, "count", low=1),
        Setting("precision", "float32", "word"),
        Setting("clip", 0.0),
        Setting("early_stopping", 0, "count"),
        Setting("seed", 0, "count"),
        Setting("validation", 0.1, "fraction"),
        Setting("checkpoints", "", "text"),
    )
}
CHOICES: Mapping[str, tuple[Mapping[str, words.Word], str]] = {
    "optimizer": (words.OPTIMIZERS, "adam"),
    "schedule": (words.SCHEDULES, "constant"),
}
WORDS = ("data", "loss", "optimizer", "schedule", "metrics", *list(PLAIN)[1:])


def read_train(
    section: ast.Train | None, facts: ModelFacts, diagnostics: Diagnostics
) -> TrainSpec | None:
    """The spec of a section, or of none with every default; None after an error."""
    before = len(diagnostics.items)
    lines = _lines(section.settings if section else (), diagnostics)
    reader = Reader(diagnostics)
    span = section.span if section else NOWHERE
    chosen_losses = _losses(lines.get("loss", []), facts, reader, span)
    plain = {name: _plain(setting, lines.get(name, []), reader) for name, setting in PLAIN.items()}
    optimizer, schedule = (_choice(name, lines.get(name, []), reader) for name in CHOICES)
    metrics = _metrics(lines.get("metrics", []), chosen_losses, facts, reader)
    if any(item.severity == "error" for item in diagnostics.items[before:]):
        return None
    return TrainSpec(
        data=str(plain["data"]),
        losses=chosen_losses,
        optimizer=optimizer,
        schedule=schedule,
        metrics=losses.make_metrics(metrics, chosen_losses, facts),
        batch=int(plain["batch"]),
        epochs=int(plain["epochs"]),
        precision=str(plain["precision"]),
        clip=float(plain["clip"]),
        patience=int(plain["early_stopping"]),
        seed=int(plain["seed"]),
        validation=float(plain["validation"]),
        output=str(plain["checkpoints"]),
    )


def read_words(section: ast.Train, diagnostics: Diagnostics) -> None:
    """What can be told of a section whose model has mistakes: its words, and their values."""
    lines = _lines(section.settings, diagnostics)
    reader = Reader(diagnostics)
    for line in lines.get("loss", []):
        expr = _single([line], reader)
        if expr is not None and not isinstance(expr, ast.Nothing):
            reader.choose(expr, words.LOSSES, "loss")
    for name, setting in PLAIN.items():
        _plain(setting, lines.get(name, []), reader)
    for name in CHOICES:
        _choice(name, lines.get(name, []), reader)
    for expr in lines["metrics"][0].values if "metrics" in lines else ():
        losses.known_metric(_metric_word(expr), expr.span, reader)


def _lines(
    settings: Sequence[ast.Setting], diagnostics: Diagnostics
) -> dict[str, list[ast.Setting]]:
    """The lines by their words; words that are unknown or said twice become diagnostics."""
    lines: dict[str, list[ast.Setting]] = {}
    for line in settings:
        word = words.ALIASES.get(line.word, line.word)
        if word not in WORDS:
            _unknown_word(line, diagnostics)
            continue
        same = [other for other in lines.get(word, []) if other.target == line.target]
        if same:
            which = f"`{line.word} {line.target}`" if line.target else f"`{line.word}`"
            diagnostics.error("NN704", line.span, f"{which} is said twice", "keep one of the lines")
        elif line.target and word != "loss":
            message = f"`{line.word}` takes no name before `=`"
            diagnostics.error("NN703", line.span, message, f"`{line.word} <value>`")
        else:
            lines.setdefault(word, []).append(line)
    return lines


def _unknown_word(line: ast.Setting, diagnostics: Diagnostics) -> None:
    if line.word == "step":
        message, fix = "`step` blocks are reserved for a later version", "train with one loss"
    else:
        message = f"a train section has no `{line.word}`"
        listed = ", ".join(f"`{word}`" for word in near(line.word, WORDS) or WORDS)
        fix = words.LINES.get(line.word, f"one of {listed}")
    diagnostics.error("NN701", line.span, message, fix)


def _plain(setting: Setting, lines: list[ast.Setting], reader: Reader) -> Value:
    """The one value of a line such as `batch 32`."""
    expr = _single(lines, reader)
    if expr is None:
        return real(setting.default)
    names = words.PRECISIONS if setting.name == "precision" else ()
    value = reader.value(expr, setting, setting.name, names)
    return real(setting.default) if value is None else value


def _single(lines: list[ast.Setting], reader: Reader) -> ast.Expr | None:
    if not lines:
        return None
    line = lines[0]
    if len(line.values) == 1:
        return line.values[0]
    message = f"`{line.word}` takes one value, {len(line.values)} are given"
    reader.diagnostics.error("NN703", line.span, message, f"`{line.word} <value>`")
    return None


def _choice(name: str, lines: list[ast.Setting], reader: Reader) -> Chosen:
    known, default = CHOICES[name]
    plain = tuple((setting.name, real(setting.default)) for setting in known[default].settings)
    standard = Chosen(default, plain, NOWHERE)
    expr = _single(lines, reader)
    return standard if expr is None else reader.choose(expr, known, name) or standard


def _losses(
    lines: list[ast.Setting], facts: ModelFacts, reader: Reader, span: Span
) -> tuple[LossSpec, ...]:
    """A loss for each output, unless it is `none`: its line, the line for all, or the default."""
    names = [losses.output_name(facts, position) for position in range(len(facts.outputs))]
    found = [losses.default_loss(facts, position) for position in range(len(names))]
    said: set[int] = set()
    silent: set[int] = set()
    for line in sorted(lines, key=lambda line: line.target is not None):
        if line.target is not None and line.target not in names:
            listed = ", ".join(f"`{name}`" for name in near(line.target, names) or names)
            message = f"the model has no output `{line.target}`"
            reader.diagnostics.error("NN706", line.span, message, f"one of {listed}")
            continue
        places = range(len(names)) if line.target is None else [names.index(line.target)]
        expr = _single([line], reader)
        for position in places:
            said.add(position)
            silent.discard(position)
            if isinstance(expr, ast.Nothing):
                found[position] = None
                silent.add(position)
            elif expr is not None:
                found[position] = losses.read_loss(expr, facts, position, reader)
    if said and any(found[position] is None for position in said - silent):
        return ()  # what is wrong with them has been told
    return losses.settled(found, silent, facts, span, reader.diagnostics)


def _metrics(
    lines: list[ast.Setting], chosen: tuple[LossSpec, ...], facts: ModelFacts, reader: Reader
) -> tuple[str, ...]:
    if not lines:
        return losses.default_metrics(chosen)
    kinds = []
    for expr in lines[0].values:
        word = _metric_word(expr)
        kinds.append(losses.read_metric(word, expr.span, chosen, facts, reader))
    return tuple(dict.fromkeys(kind for kind in kinds if kind))


def _metric_word(expr: ast.Expr) -> str:
    word = expr.id if isinstance(expr, ast.Name) else ""
    return words.ALIASES.get(word, word)
