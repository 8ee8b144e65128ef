"""The lines that Keras code has, and those that it does without."""

from __future__ import annotations

import re

from nndsl.compiler import compile_model


def lines(text: str) -> list[str]:
    made = compile_model(text, "keras")
    assert made.files, [item.message for item in made.diagnostics]
    return made.files[made.model].partition("-> keras.Model:")[2].splitlines()


def copies(text: str) -> list[str]:
    """The lines that give a value a second name."""
    return [line.strip() for line in lines(text) if re.fullmatch(r" *\w+ = \w+", line)]


MOBILE = (
    "model M { input x: [4, 4, 2]\n"
    " for (n, s) in [(2, 1), (3, 1), (3, 1)] { let c = channels(_)\n"
    "  add { { Conv(4, 1) -> Conv(n, 3, s, half) }; if n == c { identity } } } }"
)


def test_a_body_beside_a_shortcut_goes_on_in_the_flow() -> None:
    assert copies(MOBILE) == ["x = inputs", "residual = x"]


def test_what_a_merge_takes_as_it_is_has_its_name_at_once() -> None:
    text = "model M { input x: [6, 4]; Dense(5); concat { identity; Dense(3) }; Dense(2) }"
    assert copies(text) == []
    assert any("skip = layers.Dense(5" in line for line in lines(text))


def test_a_loop_that_is_written_out_copies_nothing() -> None:
    text = (
        "model M { input x: [4]\n for (i, w) in enumerate([4, 5, 6]) {\n"
        " if i == 1 { Dense(w) -> relu } else { Dense(w) } }; Dense(2) }"
    )
    assert all(copy == "x = inputs" for copy in copies(text))
