"""Embedding, attention and recurrent layers: weights and shapes against Keras and torch."""

from __future__ import annotations

import math
from typing import Any  # the frameworks' layers

import pytest

from nndsl.ops import symbols
from nndsl.ops.base import Call, Example, Op, Type
from nndsl.ops.numbers import Dim, OpenDim, Sym, term_of, watch
from nndsl.ops.registry import find
from nndsl.ops.shown import show
from nndsl.ops.symbols import Term, const, var
from support.calls import read_call

WORDS = ("Embedding", "SelfAttention", "Attention", "LSTM", "GRU", "SimpleRNN")
CASES = [(word, e) for word in WORDS if (op := find(word)) is not None for e in op.examples]
IDS = [f"{e.call} of {e.takes}" for _, e in CASES]
OPEN = {Term("open", ("?T",)): const(6), Term("open", ("?S",)): const(5)}
MERGES = {"concat": "concat", "sum": "sum", "average": "ave", "multiply": "mul"}


def closed(dim: Dim) -> int:
    return int(str(symbols.substitute(dim.term, OPEN).args[0])) if isinstance(dim, OpenDim) else dim


def shape(type_: Type) -> tuple[int, ...]:
    return tuple(closed(dim) for dim in type_.shape)


def in_order(op: Op, call: Call) -> list[tuple[int, ...]]:
    return [tuple(int(d) for d in w.shape) for w in op.weights(call)]


# ---- Keras -------------------------------------------------------------------------------------


def keras_shapes(word: str, call: Call) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """The shapes of Keras' weights (attention's as matrices) and of its first result."""
    s, x = call.settings, (1, *shape(call.x))
    if word == "Embedding":
        return _built(_keras().layers.Embedding(s.int("vocab"), s.int("dim")), x)
    if word in ("SelfAttention", "Attention"):
        return _attention(call, x)
    return _recurrent(word, call, x)


def _keras() -> Any:  # noqa: ANN401
    return pytest.importorskip("keras")


def _built(layer: Any, x: tuple[int, ...]) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:  # noqa: ANN401
    layer.build(x)
    return [tuple(w.shape) for w in layer.weights], tuple(layer.compute_output_shape(x))[1:]


def _attention(call: Call, x: tuple[int, ...]) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    s, layers = call.settings, _keras().layers
    context = call.named("context")
    memory = x if context is None else (1, *shape(context))
    heads, size, groups = s.int("heads"), s.int("head_dim"), s.int("kv_heads")
    bias = s.flag("bias")
    if groups == heads:
        layer = layers.MultiHeadAttention(heads, size, use_bias=bias)
    else:
        layer = layers.GroupQueryAttention(size, heads, groups, use_bias=bias)
    layer.build(x, memory, memory)
    found = [tuple(w.shape) for w in layer.weights]
    names = [w.path.split("/")[-2] for w in layer.weights]
    return [_flat(*pair) for pair in zip(names, found, strict=True)], tuple(
        layer.compute_output_shape(x, memory, memory)
    )[1:]


def _flat(name: str, found: tuple[int, ...]) -> tuple[int, ...]:
    """(channels, heads, size) as a matrix; the output's (heads, size, channels) too."""
    if len(found) == 3:
        return (
            (found[0] * found[1], found[2]) if "output" in name else (found[0], found[1] * found[2])
        )
    return found if "output" in name or len(found) == 1 else (math.prod(found),)


def _recurrent(
    word: str, call: Call, x: tuple[int, ...]
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    s, layers = call.settings, _keras().layers
    extra = {"reset_after": s.flag("reset_after")} if word == "GRU" else {}
    layer = getattr(layers, word)(
        s.int("units"), return_sequences=s.flag("sequences"), use_bias=s.flag("bias"), **extra
    )
    if s.flag("bidirectional"):
        layer = layers.Bidirectional(layer, merge_mode=MERGES[s.word("merge")])
    return _built(layer, x)


@pytest.mark.framework
@pytest.mark.parametrize(("word", "example"), CASES, ids=IDS)
def test_keras_has_the_same_weights(word: str, example: Example) -> None:
    op, call = read_call(example.call, example.takes)
    weights, result = keras_shapes(word, call)
    assert weights == in_order(op, call)
    assert result == shape(op.infer(call)[0])


# ---- torch -------------------------------------------------------------------------------------


def torch_count(word: str, call: Call) -> int | None:
    """The parameters of torch's layer, less the second bias that LSTM and RNN have there.

    None where torch has no such layer.
    """
    nn = pytest.importorskip("torch").nn
    s = call.settings
    if word == "Embedding":
        return _count(nn.Embedding(s.int("vocab"), s.int("dim"), device="meta"))
    if word in ("SelfAttention", "Attention"):
        return _torch_attention(nn, call)
    if word == "GRU" and not s.flag("reset_after"):
        return None
    both = s.flag("bidirectional")
    kind = {"SimpleRNN": "RNN"}.get(word, word)
    layer = getattr(nn, kind)(call.x.shape[-1], s.int("units"), bidirectional=both, device="meta")
    second = (
        0
        if word == "GRU"
        else sum(p.numel() for name, p in layer.named_parameters() if name.startswith("bias_hh"))
    )
    return _count(layer) - second


def _torch_attention(nn: Any, call: Call) -> int | None:  # noqa: ANN401
    s, channels = call.settings, int(call.x.shape[-1])
    same = s.int("heads") * s.int("head_dim") == channels and s.int("kv_heads") == s.int("heads")
    if not same:
        return None
    context = call.named("context") or call.x
    inner = int(context.shape[-1])
    return _count(
        nn.MultiheadAttention(
            channels, s.int("heads"), bias=s.flag("bias"), kdim=inner, vdim=inner, device="meta"
        )
    )


def _count(layer: Any) -> int:  # noqa: ANN401
    return sum(p.numel() for p in layer.parameters())


@pytest.mark.framework
@pytest.mark.parametrize(("word", "example"), CASES, ids=IDS)
def test_torch_counts_the_same(word: str, example: Example) -> None:
    _, call = read_call(example.call, example.takes)
    count = torch_count(word, call)
    if count is None:
        pytest.skip("torch has no such layer")
    assert count == example.params


# ---- formulas ----------------------------------------------------------------------------------


def test_heads_share_a_symbolic_width() -> None:
    op, call = read_call("SelfAttention(12)", "[?T, 768]")
    width = Type((call.x.shape[0], Sym(768, var("width"))))
    heads = call.settings.with_(heads=Sym(12, var("heads")), head_dim=None, kv_heads=None)
    with watch() as decided:
        call = call._replace(settings=heads, ins=(width,))
        call = call._replace(settings=op.resolve(call))
        weights = op.weights(call)
    assert show(term_of(call.settings.get("head_dim"))) == "width // heads"
    assert show(term_of(weights[0].shape[1])) == "heads * (width // heads)"
    assert decided == []


def test_a_replaced_projection_owns_its_weights_itself() -> None:
    op, call = read_call("SelfAttention(4, query=Dense)", "[10, 32]")
    names = [w.name for w in op.weights(call)]
    assert names == [f"{p}_{w}" for p in ("key", "value", "output") for w in ("kernel", "bias")]
    assert op.macs(call, op.infer(call)) == 3 * 10 * 32 * 32 + 2 * 10 * 10 * 32


def test_the_state_of_two_ways_has_both() -> None:
    op, call = read_call("LSTM(8, bidirectional=true, state=true)", "[5, 4]")
    _, state = op.infer(call)
    assert state.show() == "state([8], [8], [8], [8])"


@pytest.mark.parametrize(
    ("call", "init"),
    [("LSTM(8)", "forget_one"), ("LSTM(8, forget_one=false)", "zeros"), ("GRU(8)", "zeros")],
)
def test_the_forget_gate_starts_open(call: str, init: str) -> None:
    op, read = read_call(call, "[5, 4]")
    assert op.weights(read)[-1].init.name == init
