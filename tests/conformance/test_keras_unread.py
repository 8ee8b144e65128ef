"""What leads to no output: its weights are in the model all the same, as torch has them."""

from __future__ import annotations

import numpy as np
import pytest

from nndsl.compiler import compile_model
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program

BLOCK = (
    "block B(n) { input x: [?C]; _ -> Dense(n)\n output first = x -> Dense(n)\n"
    " output second = x -> Dense(n + 1) -> BatchNorm }\n"
)
# Each with its count: dense layers of 8 inputs.
UNREAD = {
    "a flow": ("a = _ -> Dense(4); Dense(3); x -> Dense(2); output o = _; output p = a", 81),
    "a name": ("_a = _ -> Dense(4) -> relu; Dense(3)", 63),
    "one use of what is shared": ("shared d = Dense(4); _a = _ -> d -> Dense(2); Dense(1)", 55),
    "a weight": ("weight q: [3]\n _p = q + 1; Dense(1)", 12),
    "a block's second result": ("a, _b = x -> B(4)\n a", 36 + 36 + 45 + 20),
    "a merge": ("_a = _ -> add { Dense(4); Dense(4) }; Dense(1)", 81),
    "in a loop": ("for w in [4, 5, 6] { _a = _ -> Dense(w); Dense(8) }", 3 * 72 + 9 * 15),
    "a loop": ("a = _ -> Dense(2); repeat 3 { Dense(8) }; output o = a", 18 + 3 * 72),
    "a round": ("for w in [4, 5, 6] { x -> Dense(w) }; Dense(1)", 9 * 15 + 7),
    "a pushed value": ("repeat 3 { Dense(8); push s }; s[0] -> Dense(2)", 3 * 72 + 18),
    "values that are not popped": (
        "for w in [4, 5, 6] { x -> Dense(w); push s }; pop(s) -> Dense(2)",
        9 * 15 + 14,
    ),
    "loops": ("repeat 2 { x -> Dense(4) }; repeat 2 { x -> Dense(5) }", 2 * 36 + 2 * 45),
}


@pytest.mark.parametrize(("text", "count"), UNREAD.values(), ids=UNREAD.keys())
def test_the_weights_are_there(text: str, count: int) -> None:
    whole = f"{BLOCK}model M {{ input x: [8]\n {text} }}"
    made = compile_model(whole, "keras")
    assert not [d for d in made.diagnostics if d.severity == "error"]
    assert f": {count - 10 if 'B(' in text else count} trainable" in made.files[made.model]


@pytest.mark.framework
@pytest.mark.parametrize(("text", "count"), UNREAD.values(), ids=UNREAD.keys())
def test_both_frameworks_agree(text: str, count: int) -> None:
    program = Program(Source("m.nn", f"{BLOCK}model M {{ input x: [8]\n {text} }}"), {})
    assert program.counts[0] + program.counts[1] == count
    agree(program, {"x": ((8,), 0)}, exact=True)


def code_of(text: str) -> str:
    made = compile_model(text, "keras")
    return made.files[made.model]


def test_lines_that_make_nothing_are_not_written() -> None:
    text = "model M { input x: [8]; _a = _ * 2 -> relu; _b = concat(_, _a); Dense(1) }"
    assert "relu" not in code_of(text)
    assert "concatenate" not in code_of(text)


@pytest.mark.framework
def test_losses_of_rounds_that_the_next_one_leaves_behind() -> None:
    from conformance.test_keras_programs import built, numbers

    model = built(
        "block B { input x; h = x -> Dense(5); loss fit = sum(h ** 2); x -> Dense(3) }\n"
        "model M { input x: [4]\n for w in [2, 3] { x -> Dense(w); loss size = sum(_) }\n"
        " repeat 2 { x -> B } }"
    )
    x = numbers(5, 4)
    model(x, training=True)
    rounds = [np.array(model.get_layer(f"dense_{n}")(x)).sum(axis=1).mean() for n in range(2)]
    inner = [np.array(model.get_layer(f"b_{n}_h")(x)) for n in range(2)]
    wanted = [*rounds, *((h**2).sum(axis=1).mean() for h in inner)]
    assert model.count_params() == 5 * (2 + 3) + 2 * 5 * (5 + 3)
    assert np.allclose(sorted(map(float, model.losses)), sorted(wanted), rtol=1e-5)
