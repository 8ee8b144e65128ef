"""Very long programs: checked for a few turns of each loop, wrong bounds told all the same."""

from dataclasses import replace

import pytest

from nndsl.emit import tree
from nndsl.validate import shorten, validate
from nndsl.validate.shorten import shortened
from validate.mutate import called, rewrite
from validate.programs import TARGETS, elaborated, of_text

LONG = 500  # operations
TEXT = """
block B(units) { residual { Dense(units) -> relu -> Dropout(0.1) } }
model M(depth=400) {
  input x: [6]
  Dense(8)
  repeat depth { B(8) }
  repeat depth - 1 { Dense(8, tanh) }
  repeat 3 { Dense(4) }
}
"""


@pytest.fixture(autouse=True)
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the operations is a very long program already: the same way, in less time."""
    monkeypatch.setattr(shorten, "LONG", LONG)


@pytest.mark.parametrize("target", TARGETS)
def test_a_long_program_is_valid(target: str) -> None:
    case = of_text(TEXT, target)
    assert validate(case.program, case.emitted, target).ok


@pytest.mark.parametrize("target", TARGETS)
def test_a_wrong_bound_of_a_long_loop_is_told(target: str) -> None:
    case = of_text(TEXT, target)

    def change(node: object) -> object:
        """`range(depth - 1)` as `range(depth)`."""
        if called(node, "range") and isinstance(node.args[0], tree.Bin):
            return replace(node, args=(node.args[0].left,))
        return node

    assert not validate(case.program, rewrite(case.emitted, change), target).ok


def test_a_short_program_is_left_as_it_is() -> None:
    root = elaborated(f"model M {{ input x: [8]; repeat {LONG - 1} {{ Dense(8) }} }}").root
    assert shortened(root).root is root
    assert not shortened(root).bounds


def test_a_long_program_is_cut() -> None:
    root = elaborated(f"model M {{ input x: [8]; repeat {LONG + 1} {{ Dense(8) }} }}").root
    short = shortened(root)
    assert short.root is not root
    assert short.bounds[LONG + 1] < 10
