"""The attention helpers of Keras code hold what the model asks of them, and mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import black
import pytest

from nndsl.backends.keras.helpers import HELPERS
from nndsl.backends.keras.options import everything, places
from nndsl.compiler import compile_model
from nndsl.emit.template import fill
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program

NAMES = ("HeadsAttention", "Attention", "MaskedAttention")
LORA = "block LoRA(rank=2) { let n = channels(input); Dense(rank) -> Dense(n) }\n"
# Of x: [6, 8], y: [6, 8], real: bool[6].
PROGRAMS = {
    "plain": "SelfAttention(2, query=LoRA)",
    "causal": "SelfAttention(2, query=LoRA, causal=true)",
    "window": "SelfAttention(2, window=2)",
    "both": "SelfAttention(2, window=3, causal=true, key=LoRA)",
    "rope": "SelfAttention(2, rope=true)",
    "groups": "SelfAttention(4, kv_heads=2, rope=true, causal=true)",
    "mask": "SelfAttention(2, mask=real)",
    "masked groups": "SelfAttention(4, kv_heads=2, mask=real)",
    "mask and window": "SelfAttention(2, mask=real, window=2, causal=true)",
    "sometimes a mask": "SelfAttention(2, mask=real, window=2) -> SelfAttention(2, window=3)",
    "sometimes a causal one": (
        "SelfAttention(2, mask=real, causal=true) -> SelfAttention(2, query=LoRA)"
    ),
    "context": "Attention(2, context=y, value=LoRA)",
    "sometimes a context": "Attention(2, context=y, value=LoRA) -> SelfAttention(2, window=2)",
    "a masked context": "y -> Attention(2, context=x, mask=real)",
    "sometimes a masked context": "y -> Attention(2, context=x, mask=real) -> Dense(8)\n"
                                  " c = _; x -> SelfAttention(2, mask=real) -> _ + mean(c)",
    "starts": "SelfAttention(2, rope=true, bias=false, init=he_normal, l2=1e-3)",
    "drop": "SelfAttention(2, mask=real, dropout=0.1)",
    "frozen": "frozen SelfAttention(2, mask=real) -> frozen SelfAttention(2, rope=true)\n Dense(2)",
    "shared": "shared s = SelfAttention(2, mask=real, window=2); s -> s",
}  # fmt: skip


def text_of(name: str) -> str:
    inputs = "input x: [6, 8]; input y: [6, 8]; input real: bool[6]"
    outputs = "output o = _; output p = y * 1.0; output q = where(real, 1.0, 2.0)"
    return f"{LORA}model M {{ {inputs}\n x; {PROGRAMS[name]}\n {outputs} }}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_file_is_as_black_has_it(name: str) -> None:
    made = compile_model(text_of(name), "keras")
    assert made.files, [item.message for item in made.diagnostics]
    code = made.files[made.model]
    assert black.format_str(code, mode=black.Mode()) == code


def asked() -> Iterator[frozenset[str]]:
    """Each option alone, each pair, and all but one."""
    whole = sorted(
        each for each in everything() if each.partition(".")[0].partition("(")[0] in NAMES
    )
    for one, other in combinations(whole, 2):
        yield frozenset((one, other))
    for one in whole:
        yield frozenset(whole) - {one}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_helper_text_is_as_black_has_it(name: str) -> None:
    texts = {fill(HELPERS[name].template, places(name, options)) for options in asked()}
    for text in texts:
        assert black.format_str(text, mode=black.Mode()) == text


def test_a_file_holds_no_option_that_it_does_not_use() -> None:
    made = compile_model(text_of("rope"), "keras")
    code = made.files[made.model]
    for word in ("kv_heads", "causal", "window", "dropout", "mask", "context", "use_bias"):
        assert word not in code, word


@pytest.mark.framework
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_frameworks_agree(name: str) -> None:
    feeds = {"x": ((6, 8), 0), "y": ((6, 8), 0), "real": ((6,), 0)}
    agree(Program(Source("m.nn", text_of(name)), {}), feeds, exact=True)
