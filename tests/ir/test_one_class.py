"""A block is one plan, and one class or function, however its uses differ in numbers and flags."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.test_programs import PROGRAMS as FOLDER
from examples.front import elaborated
from nndsl.compiler import compile_model
from nndsl.ir.generalise import generalise
from nndsl.validate import validate
from nndsl.validate.check import READERS
from nndsl.validate.perturb import perturb
from validate.programs import TARGETS, Case, lower, of_text

PROGRAMS = ("ends_in_if", "both_sides", "sums_that_broadcast")
WHOLE = ("open_pictures", "open_sequences", "object_queries")


FLAG_IN_PLACE = """
block Up(n, wide=false) { Dense(n); if wide { Dense(2 * n) -> Dense(n) } }
model M(n=4, wide=true) { input x: [3]; Up(n, wide) -> Up(n, not wide) -> Up(n, false) }
"""
USED_ON_ONE_SIDE = """
block Gate { x = _; Dense(channels(x), sigmoid) -> _ * x }
block Unit(n, gate=false) { Dense(n); if gate { Gate } }
model M(n=4) { input x: [3]; Unit(n) -> Unit(n, gate=true) }
"""
NOTHING_ELSE = """
block Unit(n, rate=0.1, norm=true) {
  Dense(n)
  if norm { LayerNorm }
  if rate > 0 and n > 2 { Dropout(rate) }
}
model M(n=4, rate=0.5, last=true) { input x: [3]; Unit(n, rate) -> Unit(n); if last { tanh } }
"""
PASSED_ON = """
block C(n, stride=1) { Conv(n, 3, stride, same) }
block Twice(n, stride=1) { C(n, stride) -> C(n) }
model M(stride=1) { input x: [6, 6, 2]; Twice(4, stride) -> C(3, stride) }
"""
FIXED_BELOW = """
block Unit(n, rate) { Dense(n); if rate > 0 { Dropout(rate) } else { tanh } }
model M(n=4, rate=0.5) { input x: [3]; Unit(n, rate) -> Unit(n, rate) -> Dropout(rate) }
"""


def settings_of(case: Case) -> set[str]:
    """The arguments of the model's class or function."""
    reader = READERS[case.target](case.program.root, case.emitted)
    return set(reader.parameters(case.emitted.entry))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", [FLAG_IN_PLACE, USED_ON_ONE_SIDE, NOTHING_ELSE, PASSED_ON])
def test_a_small_program_is_one_class_a_block(text: str, target: str) -> None:
    case = of_text(text, target)
    assert case.program.reasons == {}
    assert settings_of(case) == {setting for setting, _ in case.program.root.settings}
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", WHOLE)
def test_sizes_and_batches_of_uses_do_not_tell_blocks_apart(name: str, target: str) -> None:
    """Half a length in one use, another input's in the next, in the first round of a loop a weight
    that has no batch: one class, and loops stay loops."""
    case = of_text((FOLDER / f"{name}.nn").read_text(encoding="utf-8"), target)
    assert case.program.reasons == {}
    assert len(case.program.plans) == len({p.definition.name for p in case.program.plans})
    assert settings_of(case) == {setting for setting, _ in case.program.root.settings}
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()


HALVES = """
block Glass { Conv(4, 3, 2, half, relu); ConvTranspose(4, 2, 2); _ + input }
model M { input image: [4*?h, 4*?w, 4]; Glass -> MaxPool(2) -> Glass }
"""


@pytest.mark.parametrize("target", TARGETS)
def test_what_takes_a_multiple_is_told_apart_by_its_sizes(target: str) -> None:
    """Only of a multiple of 2 is the half, twice, the same: no name says so, the formulas do."""
    case = of_text(HALVES, target)
    assert validate(case.program, case.emitted, target).ok


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_block_has_fixed_is_no_argument_of_its_user(target: str) -> None:
    """`Unit` is written for the rate that all its uses have: no other may be asked for above."""
    case = of_text(FIXED_BELOW, target)
    assert settings_of(case) == {"n"}
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_block_is_one_plan(name: str) -> None:
    program = generalise(elaborated(name))
    assert program.reasons == {}
    assert {
        n for n, k in Counter(p.definition.name for p in program.plans).items() if k > 1
    } == set()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_model_keeps_its_settings(name: str, target: str) -> None:
    case = lower(elaborated(name), target)
    assert settings_of(case) == {setting for setting, _ in case.program.root.settings}
    assert validate(case.program, case.emitted, target).ok


def test_a_size_that_both_sides_of_an_if_have_is_said_once() -> None:
    """With expand 1 the skipped layer would have kept the channels that `hidden` says."""
    text = """
block Unit(width, expand=6) {
  let hidden = channels(input) * expand
  if expand != 1 { Dense(hidden, relu) }
  Dense(width)
}
model Net { input x: [4]; Unit(8, expand=1) -> Unit(8) -> Unit(8, expand=3) }
"""
    code = compile_model(text, "torch").files["net.py"]
    assert "nn.Linear(hidden, width)" in code
    assert "hidden if" not in code


NONE = """
block ConvBN(n, act=relu) { Conv(n, 3, same) -> BatchNorm; if act != none { act } }
model M(n=4) { input x: [6, 6, 2]; ConvBN(n, act=silu) -> ConvBN(n) -> ConvBN(n + 1, act=none) }
"""
NONE_AND_MORE = """
block B(n, act=relu) { Conv(n, 3, same); if act != none { BatchNorm -> act } }
model M(n=4) { input x: [6, 6, 2]; B(n, act=silu) -> B(n) -> B(n + 1, act=none) }
"""
HEADS = """
block Head(classes) { Conv(3 * classes, 1) -> Reshape(-1, classes) }
model M(classes=5) {
  input a: [6, 6, 2]
  input b: [3, 3, 2]
  shared head = Head(classes)
  p = a -> head
  output o = (b -> head) -> concat(p, axis=0)
}
"""
NORMS = """
block B(n, norm=BatchNorm) { Conv(n, 3, same) -> norm }
model M(n=4) { input x: [6, 6, 2]; B(n, norm=identity) -> B(n) -> B(n, norm=GroupNorm(2)) }
"""
OPTIONAL = """
block B(n, hidden=none) { if hidden != none { Dense(hidden, relu) }; Dense(n) }
model M(n=4) { input x: [6]; B(n) -> B(n, hidden=8) -> B(n, hidden=3) }
"""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("text", "classes"), [(NONE, 1), (NONE_AND_MORE, 1), (HEADS, 1), (NORMS, 3), (OPTIONAL, 2)],
    ids=["none", "more", "heads", "norms", "optional"],
)  # fmt: skip
def test_a_block_has_no_more_classes_than_structures(text: str, classes: int, target: str) -> None:
    """Norms are structure, and whether there is a hidden layer; an activation that is none, and
    the sizes that a shared head is used at, are not."""
    case = of_text(text, target)
    assert case.program.reasons == {}
    assert len(case.program.plans) == classes + 1
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()


RING_OF_VARIANTS = """
block A(n) { Dense(n); tanh }
block R(n, a=A, b=B) { a(n); if n > 2 { R(n - 1, a=b, b=a) } }
block B(n) { Dense(2 * n); relu }
model M(n=4) { input x: [3]; R(n) }
"""
RING = """
block Up(n) { Dense(n + 1); if n > 1 { Down(n - 1) } }
block Down(n) { Dense(2 * n); if n > 1 { Up(n - 1) } }
model M(n=4) { input x: [3]; Up(n) }
"""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", [RING, RING_OF_VARIANTS])
def test_a_ring_has_no_formula_that_another_depth_would_break(text: str, target: str) -> None:
    """A guess for what one gives would be held by the guess for the other."""
    case = of_text(text, target)
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()
