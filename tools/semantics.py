"""Writes docs/semantics.md: what every word means, from the formulas that the code holds.

The words between are here; the formulas, settings and defaults are those of the ops and of the
training vocabulary, and tests/semantics runs them against both frameworks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from nndsl.backends.differences import DOUBLE, TRAINING, differences
from nndsl.backends.keras import TARGET as KERAS
from nndsl.backends.torch import TARGET as TORCH
from nndsl.backends.training.words import LOSSES, METRICS, OPTIMIZERS, SCHEDULES, Word
from nndsl.ops.base import Op
from nndsl.ops.index import WORDS
from nndsl.ops.initializers import ALIASES, INITIALIZERS
from nndsl.ops.kinds import show_value
from tools.defaults import DEFAULTS, Theirs
from tools.markdown import code, made, table

ROOT = Path(__file__).resolve().parent.parent
TEXTS = Path(__file__).resolve().parent / "texts"
WHEN = {TRAINING: "training", DOUBLE: "float64 only"}
NOTATION = ROOT / "tests" / "semantics" / "notation.py"


def page(ops: Mapping[str, Op]) -> str:
    """The page; ops: every word that has one, in the order of the index."""
    own = [op for op in ops.values() if not op.like]
    layers = [op for op in own if op.kind == "layer"]
    parts = [
        "# What every word means",
        made("ops, backends/training/words.py, and tools/"),
        _text("opening"),
        _text("rules"),
        "## Layers",
        *_layers(layers),
        "## Activations",
        _text("activations"),
        *_short([op for op in own if op.kind == "activation"]),
        "## Functions of values",
        _text("functions"),
        *_short([op for op in own if op.kind in ("function", "merge")]),
        "## Initialisers",
        _text("initialisers"),
        *_initialisers(),
        _text("penalties"),
        *_training(),
        "## What the two emissions differ in",
        _text("emissions"),
        *_emissions(),
        "## Defaults that the frameworks do not share",
        _text("defaults"),
        table(("word", "setting", "here", "Keras", "PyTorch", "why"), map(_default, DEFAULTS)),
        "## Notation",
        "The words of the formulas that numpy has not.",
        code(_notation()),
    ]
    return "\n\n".join(parts) + "\n"


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8").strip()


def _notation() -> str:
    """The file without its docstring, imports, and words to linters."""
    text = NOTATION.read_text(encoding="utf-8")
    return re.sub(r"  # (type: ignore|fmt: skip).*", "", text[text.index("erf = ") :])


# ---- ops -----------------------------------------------------------------------------------------


def _layers(layers: Sequence[Op]) -> Iterator[str]:
    """A section for each family, a formula with the defaults for each layer."""
    for family in dict.fromkeys(WORDS[op.word] for op in layers):
        title = (import_module(f"nndsl.ops.{family}").__doc__ or "").partition("\n")[0]
        mine = [op for op in layers if WORDS[op.word] == family]
        yield f"### {title.partition(':')[0].rstrip('.')}"
        for op in mine:
            yield f"**[{op.word}](layers/{op.word}.md)** `{_call(op)}`"
            yield code(formula(op))


def _call(op: Op) -> str:
    shown = [
        setting.name if setting.required else f"{setting.name}={show_value(setting.default)}"
        for setting in op.settings
    ]
    return f"{op.word}({', '.join(shown)})" if shown else op.word


def formula(op: Op) -> str:
    """The formula as it is printed."""
    return cleandoc(op.formula)


def _short(ops: Sequence[Op]) -> Iterator[str]:
    """One table of what one line says, and a block for each of the others."""
    lines = [op for op in ops if "\n" not in formula(op)]
    rows = [
        (f"[`{op.word}`](layers/{op.word}.md)", f"`{formula(op)}`", _defaults(op)) for op in lines
    ]
    yield table(("word", "formula", "defaults"), rows)
    for op in ops:
        if op not in lines:
            yield f"**[{op.word}](layers/{op.word}.md)** `{_call(op)}`"
            yield code(formula(op))


def _defaults(op: Op) -> str:
    given = [s for s in op.settings if not s.required and s.default is not None]
    return ", ".join(f"`{s.name}={show_value(s.default)}`" for s in given)


# ---- initialisers --------------------------------------------------------------------------------


def _initialisers() -> Iterator[str]:
    rows, blocks = [], []
    for word, item in INITIALIZERS.items():
        also = ", ".join(f"`{alias}`" for alias, of in ALIASES.items() if of == word)
        missing = len(item.numbers) - len(item.defaults)
        shown = [
            name if i < missing else f"{name}={item.defaults[i - missing]:g}"
            for i, name in enumerate(item.numbers)
        ]
        call = f"{word}({', '.join(shown)})" if shown else word
        text = cleandoc(item.formula)
        if "\n" in text:
            blocks += [f"**{word}** `{call}`", code(text)]
        else:
            rows.append((f"`{call}`", f"`{text}`", item.doc, also))
    yield table(("word", "formula", "in words", "also called"), rows)
    yield from blocks


# ---- training ------------------------------------------------------------------------------------


def _training() -> Iterator[str]:
    yield "## Losses"
    yield _text("losses")
    yield from _words(LOSSES)
    yield "## Metrics"
    yield _text("metrics")
    rows = [
        (f"`{word}`", f"`{of}`" if of else "other losses", f"`{text}`")
        for word, formulas in METRICS.items()
        for of, text in formulas.items()
    ]
    yield table(("word", "with", "formula"), rows)
    yield "## Optimizers"
    yield _text("optimizers")
    yield from _words(OPTIMIZERS)
    yield "## Schedules"
    yield _text("schedules")
    yield from _words(SCHEDULES)


def _words(words: Mapping[str, Word]) -> Iterator[str]:
    for name, word in words.items():
        shown = [f"{s.name}={_value(s.default)}" for s in word.settings if s.name != "target"]
        yield f"**{name}** `{name}({', '.join(shown)})`"
        yield code(cleandoc(word.formula))


def _value(value: float | int | bool | str) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"  # type: ignore[str-format]


def _emissions() -> Iterator[str]:
    """The targets' own tables."""
    for name, target in (("Keras", KERAS), ("PyTorch", TORCH)):
        found = differences(target)
        rows = [
            (_named(each.words), WHEN[each.when], each.what, each.amount, f"`{each.exact}`")
            for each in found.layers
        ]
        rows += [
            ("train section", WHEN[each.when], each.what, each.amount, "") for each in found.scripts
        ]
        yield f"**{name}**"
        head = ("of", "seen in", "what the idiomatic code does", "by how much", "exact instead")
        yield table(head, list(dict.fromkeys(rows)))


def _named(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _default(row: Theirs) -> tuple[str, ...]:
    return (f"`{row.word}`", f"`{row.setting}`", f"`{row.here}`", row.keras, row.torch, row.why)
