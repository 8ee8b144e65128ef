"""Sentences of the language page about names, words and sizes, each by a program that breaks it."""

import pytest

from nndsl.compiler import analyse, check, compile_model

BROKEN = {
    "a name is bound once, in a file": (
        "let b = 3\nlet b = 4\nmodel M { input x: [8]; Dense(b) }",
        "NN311", "`b` is defined already",
    ),
    "and by a block": (
        "let B = 3\nblock B(n) { Dense(n) }\nmodel M { input x: [8]; B(3) }",
        "NN311", "`B` is defined already",
    ),
    "and by an output": (
        "model M { input x: [8]; output x = Dense(2); output z = x -> Dense(3) }",
        "NN311", "`x` is bound already",
    ),
    "and by a loss": (
        "model M { input x: [8]; loss y = sum(_); loss y = mean(_); Dense(3) }",
        "NN311", "there is a loss `y` already",
    ),
    "a word is no text": (
        'block U(m="a") { if m == "b" { Dense(3) } else { Dense(4) } }\n'
        "model M { input x: [8]; U(m=b) }",
        "NN301", 'the word `b` is compared with the text "b"',
    ),
    "projections have the layer's width": (
        "model M { input x: [5, 8]; SelfAttention(2, query=Dense(9)) }",
        "NN201", "`query` has to give 8 channels here, and gives [5, 9]",
    ),
    "also of fewer heads": (
        "model M { input x: [5, 8]; SelfAttention(4, kv_heads=2, key=Dense(8)) }",
        "NN201", "`key` has to give 4 channels here, and gives [5, 8]",
    ),
    "what is shared is frozen where it is declared": (
        "model M { input x: [8]; shared s = Dense(8); frozen { s; Dense(8) } -> s }",
        "NN325", "`s` is shared: freeze its declaration",
    ),
    "a slice holds something": (
        "model M { input x: [8]; x[3:3] }",
        "NN213", "nothing lies between the bounds on axis 0 of [8]",
    ),
    "a size lies within its bounds": (
        "model M { input x: [?T <= 4, 3]; shape[9, 3] }", "NN222", "axis 0 is ?T, not 9",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_told_once(text: str, code: str, message: str) -> None:
    assert [(d.code, d.message) for d in check(text).diagnostics] == [(code, message)]


def test_activations_fill_the_places_of_activations_first() -> None:
    """Dense(4) then tanh, as 8 * 4 + 4 parameters and the code say."""
    text = (
        "block U(w, cell=Dense, act=relu) { cell(w) -> act }\nmodel M { input x: [8]; U(4, tanh) }"
    )
    table = analyse(text).table
    assert table is not None
    assert table.totals.params == 36
    assert "nn.Tanh" in compile_model(text, "torch").files["m.py"]


def test_a_default_of_none_can_be_said() -> None:
    """4 * (8 * 8 + 8), as without the two words."""
    text = "model M { input x: [6, 8]; SelfAttention(2, kv_heads=none, head_dim=none) }"
    table = analyse(text).table
    assert table is not None
    assert table.totals.params == 288


def test_frozen_braces_may_share_within_themselves() -> None:
    text = "model M { input x: [8]; frozen { shared s = Dense(8); s -> s }; Dense(1) }"
    table = analyse(text).table
    assert table is not None
    assert (table.totals.trainable, table.totals.params) == (9, 81)


def test_rounds_of_a_loop_repeat_their_loss() -> None:
    text = "model M { input x: [8]; repeat 2 { Dense(8); loss y = sum(_) }; Dense(3) }"
    assert check(text).ok


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("Conv2d(64, 4, 2)", []),
        ("ConvTranspose2d(8, 4, 2)", []),
        ("Conv2d(3, 64, 7)", ["NN105"]),
        ("Conv2d(3, 6, 5)", ["NN105"]),
    ],
)
def test_three_numbers_of_a_convolution_are_read_as_they_are_meant(
    call: str, said: list[str]
) -> None:
    """Filters, kernel, stride; or PyTorch's in, out, kernel, where the first is what arrives."""
    found = check(f"model M {{ input x: [32, 32, 3]; {call} }}").diagnostics
    assert [d.code for d in found] == said
