"""`let h, w, c = shape(x)`: emitted code reads the sizes where the text does, under its names."""

from __future__ import annotations

import pytest

from nndsl.emit.printer import render
from nndsl.validate import validate
from nndsl.validate.perturb import perturb
from validate.programs import of_text

SHUFFLE = """
block Shuffle(groups=2) {
  let h, w, c = shape(_)
  Reshape(h, w, groups, c // groups) -> transpose -> Reshape(h, w, c)
}
model Net { input image: [4, 6, 8]; Shuffle -> Conv(4, 3, 2, padding=1) -> Shuffle }
"""
CONSTRUCTED = """
block Wide { let t, c = shape(_); Dense(2 * c) -> Reshape(t, 2, c) }
model Net { input x: [8, 4]; Wide }
"""


@pytest.mark.parametrize(
    ("target", "line"), [("torch", "_, c, h, w = x.shape"), ("keras", "_, h, w, c = x.shape")]
)
def test_sizes_are_read_at_once(target: str, line: str) -> None:
    case = of_text(SHUFFLE, target)
    text = render(case.emitted.code)
    assert text.count(f"    {line}\n") == 1
    assert "height" not in text
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()


def test_a_constructor_has_its_own_argument() -> None:
    """`c` decides a weight, so it is an argument; `t` is read off the value."""
    case = of_text(CONSTRUCTED, "torch")
    text = render(case.emitted.code)
    assert "def __init__(self, in_channels: int):" in text
    assert "nn.Linear(in_channels, 2 * in_channels)" in text
    assert "_, t, c = x.shape" in text
    assert validate(case.program, case.emitted, "torch").ok
    assert perturb(case.elaborated, case.program, case.emitted, "torch").findings == ()
