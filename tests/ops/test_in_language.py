"""How operands, numbers and subscripts of the language reach the value functions."""

from __future__ import annotations

import pytest

from nndsl.diagnostics import Diagnostics
from nndsl.ir.elaborate import elaborate
from nndsl.ir.files import Loader, no_imports
from nndsl.ir.steps import OpStep
from nndsl.source import Source

HEAD = "input x: [5, 8]; input c: bool[5, 8]; input at: int[3]; input t: int[?T]"


def last(expr: str) -> OpStep:
    """The last operation of a model whose output is the expression."""
    diagnostics = Diagnostics()
    text = f"model M {{\n {HEAD}\n _u = x + c\n _v = gather(x, at) + len(shape(t))\n"
    text += f" output y = {expr}\n}}"
    unit = Loader(diagnostics, no_imports).load(Source("m.nn", text))
    assert unit is not None
    made = elaborate(unit, diagnostics)
    assert made is not None, [d.message for d in diagnostics.items]
    steps = [step for step in made.root.steps if isinstance(step, OpStep)]
    return steps[-1]


@pytest.mark.parametrize(
    ("expr", "left", "right"),
    [
        ("where(c, x, 0)", None, 0),
        ("where(c, 0, x)", 0, None),
        ("where(c, 1, 0)", 1, 0),
        ("c -> where(1, 0)", 1, 0),
        ("maximum(0, x)", 0, None),
        ("maximum(x, 0)", None, 0),
        ("x -> maximum(0.5)", None, 0.5),
        ("1 - x", 1, None),
        ("subtract(x, 1)", None, 1),
        ("2 ** x", 2, None),
        ("0 < x", 0, None),
    ],
)
def test_a_number_stands_on_its_side(expr: str, left: float | None, right: float | None) -> None:
    settings = last(expr).settings
    assert (settings.get("left"), settings.get("right")) == (left, right)


@pytest.mark.parametrize(
    ("expr", "shape"),
    [
        ("x[0]", "[8]"),
        ("x[-1, 3]", "float"),
        ("x[1:]", "[4, 8]"),
        ("x[:, ::2]", "[5, 4]"),
        ("x[:-1, -3:]", "[4, 3]"),
        ("t[1:]", "int[?T - 1]"),
        ("t[::2]", "int[(?T + 1) // 2]"),
    ],
)
def test_a_subscript_is_pythons(expr: str, shape: str) -> None:
    assert last(expr).outs[0].type.show() == shape


@pytest.mark.parametrize(
    ("expr", "word", "shape"),
    [
        ("not (x > 0)", "logical_not", "bool[5, 8]"),
        ("-x ** 2", "negative", "[5, 8]"),
        ("x @ transpose(x)", "matmul", "[5, 5]"),
        ("x -> sum(0, 1)", "sum", "float"),
        ("full([2, 3], value=1)", "full", "int[2, 3]"),
        ("noise(like=x)", "noise", "[5, 8]"),
        ("tile(x, 2, 1)", "tile", "[10, 8]"),
        ("gather(x, at)", "gather", "[3, 8]"),
    ],
)
def test_a_function_is_found(expr: str, word: str, shape: str) -> None:
    step = last(expr)
    assert step.op.word == word
    assert step.outs[0].type.show() == shape
