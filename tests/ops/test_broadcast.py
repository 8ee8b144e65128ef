"""Broadcasting on formulas: what is kept, and which decisions are recorded."""

from __future__ import annotations

import pytest

from nndsl.ops.base import Call, Type
from nndsl.ops.broadcast import agree, stretch
from nndsl.ops.numbers import Dim, Sym, open_dim, term_of, watch
from nndsl.ops.shown import show
from nndsl.ops.symbols import Term, var
from support.calls import read_call

WIDTH = Sym(64, var("width"))
CHANNELS = Sym(64, Term("dim", ("input", 2)))
HEIGHT_OF_ONE = Sym(1, Term("dim", ("input", 0)))


@pytest.mark.parametrize(
    ("left", "right", "formula"),
    [
        (WIDTH, CHANNELS, "width"),
        (CHANNELS, WIDTH, "width"),
        (CHANNELS, 64, "64"),
        (64, CHANNELS, "64"),
        (1, CHANNELS, "input.shape[2]"),
        (HEIGHT_OF_ONE, 1, "input.shape[0]"),
        (1, HEIGHT_OF_ONE, "input.shape[0]"),
        (1, open_dim("T"), "?T"),
        (open_dim("T"), open_dim("T"), "?T"),
    ],
)
def test_the_common_size_decides_nothing(left: Dim, right: Dim, formula: str) -> None:
    with watch() as decided:
        found = stretch(left, right)
    assert found is not None
    assert show(term_of(found)) == formula
    assert decided == []


def test_a_formula_that_is_one_by_chance_is_a_decision() -> None:
    with watch() as decided:
        assert stretch(HEIGHT_OF_ONE, 7) == 7
    assert [show(term) for term in decided] == ["input.shape[0]"]


@pytest.mark.parametrize(
    ("left", "right"), [(3, 4), (open_dim("T"), open_dim("S")), (open_dim("T"), 4), (WIDTH, 63)]
)
def test_sizes_that_do_not_fit(left: Dim, right: Dim) -> None:
    assert stretch(left, right) is None


def test_equal_sizes_prefer_what_mentions_no_input() -> None:
    assert agree(CHANNELS, WIDTH) is WIDTH


def test_joined_channels_are_a_sum() -> None:
    op, call = read_call("concat", "[5, 64], [5, 64]")
    types = (Type((5, WIDTH)), Type((5, CHANNELS)))
    (out,) = op.infer(call._replace(ins=types))
    assert show(term_of(out.shape[1])) == "width + input.shape[2]"


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_a_result_has_a_batch_if_an_operand_has(first: bool, second: bool) -> None:
    op, call = read_call("add", "[5, 8], [8]")
    ins = (call.ins[0]._replace(batched=first), call.ins[1]._replace(batched=second))
    (out,) = op.infer(Call(call.settings, ins, ("", "")))
    assert out.batched is (first or second)


def test_named_axes_stay() -> None:
    op, call = read_call("add", "[C=3, H=8, W=8], [3, 8, 8]")
    (out,) = op.infer(call)
    assert out.axes == ("C", "H", "W")
