"""Layers of other packages: what their code is held to, and what is said of a wrong spelling."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import nndsl
from nndsl.backends.base import Emitted
from nndsl.backends.find import find_target
from nndsl.backends.foreign import renamed
from nndsl.compiler import Session
from nndsl.emit.tree import Attr, Call, Const, Expr, Name
from nndsl.ir.generalise import generalise
from nndsl.ops import registry
from nndsl.ops.base import Call as OpCall
from nndsl.ops.base import Init, Op, Setting, Settings, Type, Weight
from nndsl.ops.kinds import Float
from nndsl.ops.numbers import Dim
from nndsl.validate.check import validate

TARGETS = ("torch", "keras")


class Shift(Op):
    """Adds a bias, and a number times the input."""

    word = "Shift"
    settings = (Setting("rate", Float(), "how much", default=0.5),)
    said: str | None = "x + rate * bias"

    def infer(self, call: OpCall) -> tuple[Type, ...]:
        return (call.x,)

    def weights(self, call: OpCall) -> tuple[Weight, ...]:
        return (Weight("bias", (call.x.channels,), Init("constant", (0.25,))),)

    def spell(self, target: str, settings: Settings) -> str | None:
        return self.said


class Widen(Shift):
    """Twice the channels."""

    word = "Widen"
    settings = ()
    said = "torch.cat((x, bias * x), -1)"

    def infer(self, call: OpCall) -> tuple[Type, ...]:
        channels: Dim = call.x.channels * 2
        return (call.x.with_channels(channels),)


@pytest.fixture
def ops() -> Iterator[dict[str, Op]]:
    made: dict[str, Op] = {"Shift": Shift(), "Widen": Widen()}
    with registry.with_installed(made):
        yield made


def codes(text: str, target: str) -> list[str]:
    return [item.code for item in nndsl.compile(text, target).diagnostics]


def net(body: str, shape: str = "[6, 5, 3]") -> str:
    return f"model Net {{ input x: {shape}; {body} }}"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "body",
    [
        "Shift(2)",
        "Conv(4, 3) -> Shift -> Conv(2, 1)",
        "shared s = Shift; s -> relu -> s",
        "repeat 3 { residual { Shift } }",
        "for r in [0.5, 2.5] { Shift(r) }; Flatten -> Dense(2)",
        "a = _ -> Shift; b = _ -> Shift(3); a * b",
        "weight w: [3] = ones; w -> Shift; x + _",
    ],
)
def test_they_stand_wherever_layers_do(ops: dict[str, Op], target: str, body: str) -> None:
    assert codes(net(body), target) == []


def test_one_that_changes_the_shape_is_held_to_it(ops: dict[str, Op]) -> None:
    assert codes(net("Widen -> Conv(4, 3) -> Widen -> Flatten -> Dense(2)"), "torch") == []


def emitted(text: str, target: str):  # type: ignore[no-untyped-def]
    session = Session(text)
    elaborated = session.elaborate()
    found = find_target(target, session.diagnostics)
    assert elaborated is not None
    assert found is not None
    program = generalise(elaborated)
    return program, found.lower(program, session.diagnostics)


def changed(code: Emitted, old: object, new: object) -> Emitted:
    """The code with another number or another operand of a call."""

    def other(node: object) -> object:
        if isinstance(node, Const) and node == old:
            return new
        if isinstance(node, tuple):
            return tuple(other(each) for each in node)
        if not hasattr(node, "__match_args__") or isinstance(node, Name | Attr):
            return node
        return type(node)(*(other(getattr(node, each)) for each in node.__match_args__))

    own = tuple(other(each) for each in code.code)
    assert own != code.code
    return code._replace(code=own)  # type: ignore[arg-type]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (Const(0.25), Const(0.75), "start"),
        (Const(2.0), Const(3.0), "as nowhere in the text"),
    ],
)
def test_another_start_or_setting_is_told(
    ops: dict[str, Op], target: str, old: Const, new: Const, what: str
) -> None:
    program, code = emitted(net("Shift(2.0)"), target)
    assert validate(program, code, target).ok
    report = validate(program, changed(code, old, new), target)
    assert not report.ok
    assert what in str(report.mismatches[0]), report.mismatches


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("x +", "invalid syntax"),
        ("x + blas", "nothing here is called `blas`"),
        ("__import__('os')", "nothing here is called `__import__`"),
        (None, "cannot say `Shift`"),
    ],
)
def test_a_wrong_spelling_is_the_packages_mistake(
    ops: dict[str, Op], said: str | None, why: str
) -> None:
    ops["Shift"].said = said  # type: ignore[attr-defined]
    (item,) = nndsl.compile(net("Shift"), "torch").diagnostics
    assert item.code == "NN601"
    assert why in item.message


def test_plain_names_are_exchanged() -> None:
    code = Call(Attr(Name("x"), "x"), (Name("x"),))

    def own(name: str) -> Expr:
        return Attr(Name("self"), name)

    assert renamed(code, own) == Call(Attr(own("x"), "x"), (own("x"),))
