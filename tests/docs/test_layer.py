"""The layer of docs/adding-a-layer.md, registered, is one like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import nndsl
from nndsl.ops import norm, registry
from nndsl.ops.base import Op
from support.blocks import blocks
from support.calls import read_call, read_types, rejected

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-layer.md"


@pytest.fixture
def op(monkeypatch: pytest.MonkeyPatch) -> Op:
    """The op of the page's first program, written as if it stood in its family's file."""
    names = dict(vars(norm))
    exec(compile(blocks(PAGE, "python")[0].text, PAGE.name, "exec"), names)
    made: Op = names["UnitNorm"]()
    monkeypatch.setattr(registry, "_extra", {})
    registry.register(made)
    return made


def test_its_examples_hold(op: Op) -> None:
    assert op.examples
    for example in op.examples:
        _, call = read_call(example.call, example.takes)
        given = [type_.show() for type_ in op.infer(call)]
        assert given == [type_.show() for _, type_ in read_types(example.gives)]
    for reject in op.rejects:
        failure = rejected(reject.call, reject.takes)
        assert failure is not None
        assert failure.diagnostic.code == reject.code


def test_the_compiler_knows_it(op: Op) -> None:
    table = nndsl.analyse("model Net { input x: [8]; Dense(4) -> UnitNorm }").table
    assert table is not None
    assert table.rows[-1].kind == op.word
    assert table.rows[-1].output == "[4]"


def test_a_target_that_lacks_it_says_so(op: Op) -> None:
    made = nndsl.compile(f"model Net {{ input x: [8]; {op.word} }}", "torch")
    assert [item.code for item in made.diagnostics] == ["NN601"]
