"""Settings that an emitted class does not take: the head of the file says which, and why."""

from __future__ import annotations

import pytest

from nndsl.compiler import compile_model
from nndsl.source import Source
from validate.programs import TARGETS

TEXT = """
block Unit(n, rate) {{ Dense(n); if rate > 0 {{ Dropout(rate) }} else {{ tanh }} }}
model Net(n=4, rate=0.5, deep=true, parts=2) {{ input x: [3]; {} }}
"""
LINES = {
    "an if": ("if deep { Dense(2) } else { Dense(5) }", "deep is fixed at true: "),
    "a block": ("Unit(n, rate) -> Unit(4, rate)", "rate is fixed at 0.5: `rate` of `Unit` "),
    "a layer": ("a, b = _ -> Dense(4) -> split(parts); concat(a, b)", "parts is fixed at 2: "),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("line", "told"), LINES.values(), ids=list(LINES))
def test_the_head_says_what_is_fixed(line: str, told: str, target: str) -> None:
    made = compile_model(Source("net.nn", TEXT.format(line)), target)
    head = made.files["net.py"].split('"""')[1]
    assert head.count("is fixed at") == 1
    assert told in head


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_said_of_settings_that_the_class_takes(target: str) -> None:
    made = compile_model(Source("net.nn", TEXT.format("Dense(n) -> Dropout(rate)")), target)
    assert "is fixed at" not in made.files["net.py"]
