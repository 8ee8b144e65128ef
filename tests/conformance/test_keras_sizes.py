"""Open sizes in Keras: what inputs and assertions say of them is checked when a model runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from nndsl.compiler import compile_model
from support.numeric import execute

TWO = "model M { input a: [?T, 4]; input b: [?T, 3]; output o = a * 1; output p = b * 1 }"
AFFINE = (
    "model M { input a: [2*?T + 1, 4]; input b: [3*?T, 3]\n output o = a * 1; output p = b * 1 }"
)
IMAGE = "model M { input image: [C=3, H=4*?h, W=4*?h]; Conv(2, 4, stride=4) }"
ASSERTED = (
    "model M { input a: [?T, 4]; input b: [?S, 3]\n"
    " c = b -> shape[2*?T - 1, 3]; output o = a * 1; output p = c * 1 }"
)
# With sizes that fit, and some that do not.
CASES = {
    "two": (TWO, [(5, 4), (5, 3)], [[(5, 4), (1, 3)], [(5, 4), (6, 3)]]),
    "affine": (AFFINE, [(5, 4), (6, 3)], [[(5, 4), (5, 3)], [(6, 4), (6, 3)]]),
    "image": (IMAGE, [(3, 8, 8)], [[(3, 8, 4)], [(3, 6, 6)], [(3, 8, 9)]]),
    "asserted": (ASSERTED, [(3, 4), (5, 3)], [[(3, 4), (6, 3)]]),
}


def code_of(text: str) -> str:
    made = compile_model(text, "keras")
    assert made.files, [item.message for item in made.diagnostics]
    return made.files[made.model]


def feeds(shapes: Sequence[tuple[int, ...]]) -> np.ndarray | list[np.ndarray]:
    made = [np.zeros((2, *shape), "float32") for shape in shapes]
    return made if len(made) > 1 else made[0]


@pytest.mark.framework
@pytest.mark.parametrize("name", CASES)
def test_a_run_looks_at_sizes(name: str) -> None:
    import keras

    text, right, wrong = CASES[name]
    keras.backend.clear_session()
    model = execute(code_of(text), "emitted")["m"]()  # type: ignore[operator]
    model(feeds(right))
    model.predict(feeds(right), verbose=0)
    for shapes in wrong:
        with pytest.raises(ValueError, match=r"is wanted|is no multiple"):
            model(feeds(shapes))
        with pytest.raises(Exception, match=r"(?i)slice|is wanted|is no multiple"):
            model.predict(feeds(shapes), verbose=0)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_said_to_be_unchecked(name: str) -> None:
    assert "not checked" not in code_of(CASES[name][0])


def test_helpers_hold_what_is_used() -> None:
    assert "times" not in code_of(TWO)
    assert "times=3, plus=-3, over=2" in code_of(AFFINE)
    assert "past" not in code_of(IMAGE)
    assert "MultipleOf(1, 2, past=1" in code_of(AFFINE)
