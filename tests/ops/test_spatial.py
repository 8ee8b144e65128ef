"""Windows: what padding, strides and ranks come to, in numbers and in formulas."""

from __future__ import annotations

import pytest

from nndsl.diagnostics.model import Failure
from nndsl.ops import conv_transpose, spatial
from nndsl.ops.base import Call, Op, Settings, Value, Word
from nndsl.ops.conv import Conv
from nndsl.ops.conv_transpose import ConvTranspose
from nndsl.ops.numbers import Sym, term_of, watch
from nndsl.ops.pool import MaxPool
from nndsl.ops.registry import find, words
from nndsl.ops.shown import show
from nndsl.ops.symbols import var
from support.calls import read_call, read_types

OPS = [op for op in map(find, words()) if op is not None]
CALLS = [(example.call, example.takes) for op in OPS for example in op.examples]


@pytest.mark.parametrize(("call", "takes"), CALLS)
def test_resolving_twice_changes_nothing(call: str, takes: str) -> None:
    op, found = read_call(call, takes)
    assert op.resolve(found).items == found.settings.items


@pytest.mark.parametrize(
    ("call", "takes", "pairs"),
    [
        ("Conv(8, 3)", "[8, 8, 1]", ((0, 0), (0, 0))),
        ("Conv(8, 3, half)", "[8, 8, 1]", ((1, 1), (1, 1))),
        ("Conv(8, 4, half, dilation=2)", "[9, 9, 1]", ((3, 3), (3, 3))),
        ("Conv(8, 3, causal, dilation=4)", "[9, 1]", ((8, 0),)),
        ("Conv(8, 3, padding=2)", "[8, 8, 1]", ((2, 2), (2, 2))),
        ("Conv(8, 3, padding=[1, 2])", "[8, 8, 1]", ((1, 1), (2, 2))),
        ("Conv(8, 3, padding=[[0, 1], [2, 3]])", "[8, 8, 1]", ((0, 1), (2, 3))),
        ("Conv(8, 4, same)", "[8, ?W, 1]", ((1, 2), (1, 2))),
        # TensorFlow's notes on SAME: 224 with stride 2 and 3 x 3 pads (0, 1), 225 pads (1, 1).
        ("Conv(8, 3, 2, same)", "[224, 225, 3]", ((0, 1), (1, 1))),
        ("Conv(8, 1, 2, same)", "[8, 8, 3]", ((0, 0), (0, 0))),
        ("Conv(8, 3, 2, same)", "[8, ?W, 3]", None),
    ],
)
def test_sides(call: str, takes: str, pairs: spatial.Sides | None) -> None:
    _, found = read_call(call, takes)
    assert spatial.sides(found, spatial.extents(found.settings)) == pairs


@pytest.mark.parametrize(
    ("call", "pairs"),
    [
        ("ConvTranspose(8, 3, 2)", (0, 0)),
        ("ConvTranspose(8, 2, 3)", (0, -1)),
        ("ConvTranspose(8, 3, 2, same)", (0, 1)),
        ("ConvTranspose(8, 5, 2, same)", (1, 2)),
        ("ConvTranspose(8, 2, 3, same)", (0, -1)),
        ("ConvTranspose(8, 3, 2, padding=1, output_padding=1)", (1, 0)),
        ("ConvTranspose(8, 4, 2, half)", (1, 1)),
    ],
)
def test_crops(call: str, pairs: tuple[int, int]) -> None:
    _, found = read_call(call, "[5, 1]")
    assert conv_transpose.crops(found.settings) == (pairs,)


def _with(op: Op, takes: str, **settings: Value) -> Call:
    values = {s.name: s.default for s in op.settings} | settings
    call = Call(Settings(values), tuple(type_ for _, type_ in read_types(takes)))
    return call._replace(settings=op.resolve(call))


KERNEL, STRIDE = Sym(3, var("kernel")), Sym(2, var("stride"))


@pytest.mark.parametrize(
    ("op", "settings", "value", "formula"),
    [
        (Conv(), {"stride": STRIDE, "padding": Word("same")}, 5, "(stride + 8) // stride"),
        (Conv(), {"stride": STRIDE, "padding": Word("half")}, 5,
         "(2 * ((kernel - 1) // 2) + stride - kernel + 9) // stride"),
        (Conv(), {"stride": 1, "padding": Word("same")}, 9, "9"),
        (ConvTranspose(), {"stride": STRIDE, "padding": Word("same")}, 18, "9 * stride"),
        (ConvTranspose(), {"stride": STRIDE}, 19,
         "8 * stride + kernel + max(stride - kernel, 0)"),
        (MaxPool(), {"size": STRIDE}, 4, "9 // stride"),
    ],
)  # fmt: skip
def test_a_size_keeps_its_formula_and_decides_nothing(
    op: Op, settings: dict[str, Value], value: int, formula: str
) -> None:
    known = {"filters": 8, "kernel": KERNEL} if op.setting("filters") else {}
    with watch() as decided:
        (out,) = op.infer(_with(op, "[9, 4]", **known, **settings))
    assert int(out.shape[0]) == value
    assert show(term_of(out.shape[0])) == formula
    assert decided == []


def test_weights_keep_their_formulas() -> None:
    groups = Sym(2, var("groups"))
    call = _with(Conv(), "[9, 4]", filters=Sym(6, var("width")), kernel=KERNEL, groups=groups)
    with watch() as decided:
        kernel, _ = Conv().weights(call)
    assert kernel.shape == (3, 2, 6)
    assert [show(term_of(d)) for d in kernel.shape] == ["kernel", "4 // groups", "width"]
    assert [int(fan) for fan in kernel.fans] == [6, 18]
    assert decided == []


def test_a_missing_channel_axis_is_pointed_out() -> None:
    with pytest.raises(Failure) as caught:
        read_call("Conv2D(8, 3)", "[28, 28]")
    assert "Reshape(28, 28, 1)" in caught.value.diagnostic.fix
