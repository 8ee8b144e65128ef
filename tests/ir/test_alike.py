"""Calls that are alike are worked out once, and each is still a call of its own."""

import pytest

from nndsl.compiler import Session
from nndsl.ir.scope import Closure
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Call, Recipe, Type
from nndsl.ops.dense import Dense


def _layers(text: str) -> list[OpStep]:
    session = Session(text)
    elaborated = session.elaborate()
    assert elaborated is not None, session.found
    return [step for step in elaborated.root.steps if isinstance(step, OpStep)]


def _errors(text: str) -> list[tuple[str, int]]:
    session = Session(text)
    assert session.elaborate() is None
    return [(item.code, item.span.start) for item in session.found]


def test_inferred_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Type] = []
    infer = Dense.infer

    def counted(self: Dense, call: Call) -> tuple[Type, ...]:
        asked.append(call.x)
        return infer(self, call)

    monkeypatch.setattr(Dense, "infer", counted)
    layers = _layers("model M {\n  input x: [64]\n" + "  Dense(64, relu)\n" * 50 + "}\n")
    assert len(layers) == 50
    assert [each.shape for each in asked] == [(64,)]


def test_what_differs_is_not_alike() -> None:
    text = """model M {
  input x: [4]
  Dense(8)
  Dense(8)
  Dense(8, bias=false)
  Dense(8, tanh)
  Dense(8, l1=0.5)
}
"""
    layers = _layers(text)
    assert [sum(w.count for w in each.weights) for each in layers] == [
        4 * 8 + 8, 8 * 8 + 8, 8 * 8, 8 * 8 + 8, 8 * 8 + 8,
    ]  # fmt: skip
    assert [each.macs for each in layers] == [4 * 8, 8 * 8, 8 * 8, 8 * 8, 8 * 8]
    acts = [each.settings.get("act") for each in layers]
    assert [act.act if isinstance(act, Recipe) else None for act in acts] == [
        None, None, None, "tanh", None,
    ]  # fmt: skip
    assert [each.weights[0].l1 for each in layers] == [0, 0, 0, 0, 0.5]


def test_types_of_one_number_differ() -> None:
    text = "model M {\n  input x: [8]\n  Dense(8, bias=true)\n  Dense(8, bias=1)\n}\n"
    assert _errors(text) == [("NN104", text.index("bias=1"))]


def test_each_has_its_own_recipe() -> None:
    text = (
        "model M {\n  input x: [8]\n  Dense(8, relu)\n  Dense(8, act=relu)\n  Dense(8, relu)\n}\n"
    )
    recipes = [each.settings.get("act") for each in _layers(text)]
    places = []
    for recipe in recipes:
        assert isinstance(recipe, Recipe)
        assert isinstance(recipe.closure, Closure)
        places.append(recipe.closure.stages[0].span.start)
    first = text.index("relu")
    second = text.index("relu", first + 1)
    assert places == [first, second, text.index("relu", second + 1)]


def test_each_error_is_in_its_own_place() -> None:
    line = "  y{} = x -> Conv(8, 3)\n"
    text = "model M {\n  input x: [4]\n" + line.format(1) + line.format(2) + "  y1 + y2\n}\n"
    first = text.index("Conv")
    assert [at for _, at in _errors(text)] == [first, text.index("Conv", first + 1)]
