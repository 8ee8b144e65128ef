"""docs/semantics.md has an entry for every word, and each of its formulas is run by a test."""

from __future__ import annotations

import inspect
from functools import reduce

import pytest

from conformance.harness import HUGE
from nndsl.backends.training.words import LOSSES, METRICS, OPTIMIZERS, SCHEDULES
from nndsl.ops.base import Op
from nndsl.ops.index import WORDS
from nndsl.ops.initializers import INITIALIZERS
from nndsl.ops.kinds import show_value
from nndsl.ops.registry import find
from semantics.test_chance import DRAWN
from semantics.test_layers import cases
from support.calls import read_call
from tools import pages, semantics
from tools.defaults import DEFAULTS, NEEDED, Theirs

OWN = [op for word in WORDS if (op := find(word)) is not None and not op.like]
PAGE = pages.files()["semantics.md"]


@pytest.mark.parametrize("op", OWN, ids=lambda op: op.word)
def test_every_layer_and_function_has_its_entry(op: Op) -> None:
    assert op.formula, f'give {type(op).__name__} a formula = "…"'
    lines = [line for line in PAGE.splitlines() if f"(layers/{op.word}.md)" in line]
    assert lines, "no entry on the page"
    for setting in op.settings:
        if not setting.required and setting.default is not None:
            assert f"{setting.name}={show_value(setting.default)}" in lines[0]
    for line in semantics.formula(op).splitlines():
        assert line.replace("|", "\\|") in PAGE or line in PAGE
        assert len(line) <= 100


@pytest.mark.parametrize("op", OWN, ids=lambda op: op.word)
def test_every_formula_is_run(op: Op) -> None:
    run = {example.call.partition("(")[0] for example in cases() if _size(example) <= HUGE}
    drawn = {call.partition("(")[0] for call, _ in DRAWN}
    assert {op.word, *op.aliases} & (run | drawn)


def _size(example: object) -> int:
    op, call = read_call(example.call, example.takes)  # type: ignore[attr-defined]
    return 0 if op.word == "Tied" else sum(weight.count for weight in op.weights(call))


def test_every_other_word_has_its_entry() -> None:
    for words in (LOSSES, OPTIMIZERS, SCHEDULES):
        for word, entry in words.items():
            assert f"**{word}** `{word}(" in PAGE
            assert entry.formula
    for word, formulas in METRICS.items():
        assert all(f"| `{word}` |" in PAGE and f"`{text}`" in PAGE for text in formulas.values())
    for word, item in INITIALIZERS.items():
        assert f"| `{word}" in PAGE or f"**{word}**" in PAGE
        assert item.formula


def test_the_training_page_has_the_same_defaults() -> None:
    text = (pages.DOCS / "training.md").read_text(encoding="utf-8")
    for words in (LOSSES, OPTIMIZERS, SCHEDULES):
        for word, entry in words.items():
            assert f"`{word}" in text
            for setting in entry.settings:
                assert setting.name in text


@pytest.mark.framework
@pytest.mark.parametrize("row", DEFAULTS, ids=lambda row: f"{row.word}.{row.setting}")
def test_the_frameworks_have_these_defaults(row: Theirs) -> None:
    keras = pytest.importorskip("keras")
    torch = pytest.importorskip("torch")
    sides = ((keras, row.keras_at, row.keras_value), (torch, row.torch_at, row.torch_value))
    for module, at, value in sides:
        if at:
            *path, name = at.split(".")
            found = inspect.signature(reduce(getattr, path, module)).parameters[name].default
            assert (NEEDED if found is inspect.Parameter.empty else found) == value


@pytest.mark.framework
def test_how_torch_starts_what_has_no_argument_for_it() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    dense, lstm = torch.nn.Linear(400, 300), torch.nn.LSTM(5, 100)
    for weight in (dense.weight, dense.bias):
        assert 0.9 / 20 < weight.abs().max() <= 1 / 20
    for weight in lstm.parameters():
        assert 0.9 / 10 < weight.abs().max() <= 1 / 10
    assert float(torch.nn.Embedding(300, 300).weight.std()) == pytest.approx(1, rel=0.01)
