"""Reshape and Flatten keep formulas, so that a class can be emitted for any size."""

from __future__ import annotations

import pytest

from nndsl.ops.base import Call, Settings, Type
from nndsl.ops.numbers import Dim, Sym, open_dim, term_of, watch
from nndsl.ops.shape import Flatten, Reshape
from nndsl.ops.shown import show
from nndsl.ops.symbols import const, substitute, var
from support.calls import read_call

HEIGHT, WIDTH, DIM = Sym(14, var("h")), Sym(15, var("w")), Sym(768, var("dim"))
TIME = open_dim("T")


@pytest.mark.parametrize(
    ("shape", "wanted", "formulas"),
    [
        ((HEIGHT, WIDTH, DIM), (-1, DIM), ["h * w", "dim"]),
        ((HEIGHT, WIDTH, DIM), (HEIGHT * WIDTH, DIM), ["h * w", "dim"]),
        ((TIME, DIM), (-1, 12, DIM // 12), ["(?T * dim) // (12 * (dim // 12))", "12", "dim // 12"]),
        ((TIME, 768), (TIME, 12, -1), ["?T", "12", "64"]),
        ((TIME, 12, 64), (TIME, 768), ["?T", "768"]),
        ((DIM,), (-1, 1), ["dim", "1"]),
    ],
)
def test_reshape(shape: tuple[Dim, ...], wanted: tuple[Dim, ...], formulas: list[str]) -> None:
    call = Call(Settings({"shape": wanted}), (Type(shape),))
    with watch() as decided:
        (out,) = Reshape().infer(call)
    assert [show(term_of(d)) for d in out.shape] == formulas
    assert decided == []


def test_flatten_keeps_the_formula() -> None:
    (out,) = Flatten().infer(Call(Settings({}), (Type((HEIGHT, WIDTH, 3)),)))
    assert (int(out.shape[0]), show(term_of(out.shape[0]))) == (630, "3 * h * w")


def test_names_of_axes_move_with_permute_and_go_with_reshape() -> None:
    op, call = read_call("Permute(1, 2, 0)", "[C=3, H=8, W=9]")
    (moved,) = op.infer(call)
    assert (moved.axes, moved.channel_axis) == (("H", "W", "C"), 2)
    op, call = read_call("Reshape(9, 24, 1)", "[C=3, H=8, W=9]")
    assert op.infer(call)[0].axes == ()


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ((TIME - 1) // 2 + 1, (TIME + 1) // 2),
        ((TIME - 3) // 2 + 1, (TIME + 1) // 2 - 1),
        (((TIME - 3) // 2 - 2) // 2 + 3, ((TIME - 1) // 2 - 1) // 2 + 2),
        ((2 * TIME + 3) // 4, (TIME + 1) // 2),
        ((4 * TIME + 6) // 4, TIME + 1),
    ],
)
def test_one_size_written_in_two_ways_is_one(written: Dim, other: Dim) -> None:
    assert written == other


@pytest.mark.parametrize("add", range(-7, 8))
@pytest.mark.parametrize("by", [(2, 3), (3, 2), (4, 4), (5, 1)])
def test_a_floor_division_in_its_one_form_has_its_value(add: int, by: tuple[int, int]) -> None:
    for times in (1, 2, 3, -2):
        made = ((TIME * times + add) // by[0] + add) // by[1]
        for length in range(20):
            by_hand = ((length * times + add) // by[0] + add) // by[1]
            assert substitute(term_of(made), {term_of(TIME): const(length)}) == const(by_hand)
