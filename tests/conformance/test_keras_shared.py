"""What is shared, in Keras: one model for all uses, whatever recipes and sizes they have."""

from __future__ import annotations

import pytest

from nndsl.compiler import compile_model
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program

pytestmark = pytest.mark.framework
LORA = "block LoRA(rank=2) { let n = channels(input); Dense(rank) -> Dense(n) }\n"
# The texts of models on a: [6, 4] and b: [5, 4], and their counts: a projection has 20, LoRA 22.
SHARED = {
    "a query": ("shared s = SelfAttention(2, query=LoRA)\n"
                " output o = (a -> s) + (a -> Dense(4) -> s); output p = b -> s", 3 * 20 + 22 + 20),
    "a causal one in a loop": ("shared s = SelfAttention(2, output=LoRA, causal=true)\n"
                               " a; repeat 2 { s; Dense(4) }; output o = _; output p = b -> s",
                               3 * 20 + 22 + 2 * 20),
    "a context": ("shared s = Attention(2, value=LoRA); x = a -> s(context=b); output o = x\n"
                  " output p = b -> s(context=x)", 3 * 20 + 22),
    "frozen": ("frozen shared s = SelfAttention(2, key=LoRA(1)); output o = a -> s\n"
               " output p = b -> s -> Dense(4)", 3 * 20 + 13 + 20),
    "a block": ("shared s = LoRA(3); output o = a -> s; output p = b -> s", 31),
}  # fmt: skip


@pytest.mark.parametrize(("text", "count"), SHARED.values(), ids=SHARED.keys())
def test_both_frameworks_agree(text: str, count: int) -> None:
    whole = f"{LORA}model M {{ input a: [6, 4]; input b: [5, 4]\n {text} }}"
    program = Program(Source("m.nn", whole), {})
    assert sum(program.counts) == count
    agree(program, {"a": ((6, 4), 0), "b": ((5, 4), 0)}, exact=True)


def test_a_sum_of_values_whose_channels_come_first() -> None:
    text = (
        "model M { input x: [C=4, H=6, W=8]\n"
        " add { expand(axis=0) -> RMSNorm; Dropout(0.3); Dense(8) }; Dense(3) }"
    )
    agree(Program(Source("m.nn", text), {}), {"x": ((4, 6, 8), 0)}, exact=True)


def test_weights_of_a_size_that_a_shared_input_leaves_open_are_refused() -> None:
    text = (
        "block B { Conv(4, 3); Flatten; Dense(5) }\n"
        "model M { input x: [6, 4, 2]; input y: [4, 6, 2]; shared b = B; add(x -> b, y -> b) }"
    )
    made = compile_model(text, "keras")
    assert [each.code for each in made.diagnostics] == ["NN601"]
    assert "the weights of `dense`" in made.diagnostics[0].message
    assert compile_model(text, "torch").files
    assert compile_model(text.replace("y: [4, 6, 2]", "y: [6, 4, 2]"), "keras").files
