"""What recurrent and attention layers of keras.layers mean, from keras.io (version 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.ops.initializers import FORGET_ONE, Start
from nndsl.validate.keras_init import initializer, number
from nndsl.validate.keras_layers import Maker, expect, new, variable, whole
from nndsl.validate.keras_values import Layer, Made, State
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


class Recurrent(Layer):
    """A recurrent layer: what Bidirectional needs of it."""

    flags: Mapping[str, bool]
    units: int
    options: Mapping[str, object]


def recurrent(kind: str) -> Maker:
    def make(
        state: State, units: object, use_bias: object = True,
        kernel_initializer: object = "glorot_uniform",
        recurrent_initializer: object = "orthogonal", bias_initializer: object = "zeros",
        unit_forget_bias: object = True, kernel_regularizer: object = None,
        reset_after: object = True, return_sequences: object = False,
        return_state: object = False, go_backwards: object = False,
        zero_output_for_mask: object = False, **base: object,
    ) -> Layer:  # fmt: skip
        layer = Recurrent(kind, new(state, kind, base).name)
        layer.trainable = base.get("trainable", True) is True
        layer.units = whole(units)
        layer.flags = {
            "sequences": bool(return_sequences), "state": bool(return_state),
            "backwards": bool(go_backwards), "zeros": bool(zero_output_for_mask),
            "reset_after": bool(reset_after), "bias": bool(use_bias),
            "forget": bool(unit_forget_bias),
        }  # fmt: skip
        layer.options = {
            "kernel": kernel_initializer, "recurrent": recurrent_initializer,
            "bias": bias_initializer, "penalty": kernel_regularizer,
        }  # fmt: skip

        def run(
            sequences: Tensor, initial_state: object = None, mask: object = None
        ) -> Made:  # fmt: skip
            out, *states = direction(state, layer, layer, "cell.", sequences,
                                     parts_of(initial_state), mask,
                                     layer.flags["backwards"])  # fmt: skip
            check_mask(layer, mask)
            turned = layer.flags["backwards"] and layer.flags["sequences"]
            result = out if layer.flags["sequences"] else states[0]
            result = state.meaning.flip(result, 1) if turned else result
            return [result, *states] if layer.flags["state"] else result

        layer.run = run
        return layer

    return make


def check_mask(layer: Recurrent, mask: object) -> None:
    """Keras repeats the last result at masked steps unless told to give zeros."""
    zeros, sequences = layer.flags["zeros"], layer.flags["sequences"]
    if mask is not None and zeros != sequences:
        raise Misfit(f"{layer!r} with a mask: masked steps must give 0, and only in sequences")


def parts_of(value: object) -> tuple[Tensor, ...]:
    if value is None:
        return ()
    given = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(each, Tensor) for each in given):
        raise Unreadable(f"an initial state {value!r}")
    return tuple(each for each in given if isinstance(each, Tensor))


def direction(
    state: State, owner: Layer, layer: Recurrent, prefix: str, x: Tensor,
    initial: Sequence[Tensor], mask: object, backwards: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """One direction with the weights `prefix…` of `owner`: results at their steps, the state."""
    expect(x, 3, owner)
    kind, units, flags, options = layer.kind, layer.units, layer.flags, layer.options
    wide = GATES[kind] * units
    weights = {
        "kernel": variable(state, owner, f"{prefix}kernel", (x.shape[-1], wide),
                           options["kernel"], options["penalty"]),
        "recurrent_kernel": variable(state, owner, f"{prefix}recurrent_kernel", (units, wide),
                                     options["recurrent"]),
    }  # fmt: skip
    if flags["bias"]:
        two = kind == "GRU" and flags["reset_after"]
        shape = (2, wide) if two else (wide,)
        weights["bias"] = variable(state, owner, f"{prefix}bias", shape, options["bias"])
        if kind == "LSTM" and flags["forget"]:
            if initializer(options["bias"]).name != "zeros":
                raise Unreadable("unit_forget_bias with another start than zeros")
            owner.variables[f"{prefix}bias"].start = Start(FORGET_ONE, ())
            state.weight(owner, f"{prefix}bias")
    given = mask if isinstance(mask, Tensor) else None
    return state.meaning.recurrent(kind, x, units, weights, initial, given, backwards,
                                   flags["reset_after"])  # fmt: skip


_MERGES = {"concat": "concat", "sum": "sum", "ave": "average", "mul": "multiply"}


def bidirectional(
    state: State, layer: object, merge_mode: object = "concat", **base: object
) -> Layer:
    """A forward and a backward copy; results of both at their steps."""
    made = new(state, "Bidirectional", base)
    made.trainable = isinstance(layer, Layer) and layer.trainable  # its own word freezes nothing
    if not isinstance(layer, Recurrent) or merge_mode not in _MERGES or layer.flags["backwards"]:
        raise Unreadable(f"Bidirectional({layer!r}, {merge_mode!r})")
    inner = layer

    def run(
        sequences: Tensor, initial_state: object = None, mask: object = None
    ) -> Made:  # fmt: skip
        check_mask(inner, mask)
        initial = parts_of(initial_state)
        half = len(initial) // 2
        forward = direction(state, made, inner, "forward_layer.cell.", sequences, initial[:half],
                            mask, False)  # fmt: skip
        backward = direction(state, made, inner, "backward_layer.cell.", sequences,
                             initial[half:], mask, True)  # fmt: skip
        at = 0 if inner.flags["sequences"] else 1
        result = state.meaning.joined(_MERGES[str(merge_mode)], forward[at], backward[at])
        return [result, *forward[1:], *backward[1:]] if inner.flags["state"] else result

    made.run = run
    return made


# ---- attention -----------------------------------------------------------------------------------


def multi_head_attention(
    state: State, num_heads: object, key_dim: object, value_dim: object = None,
    dropout: object = 0.0, use_bias: object = True, kernel_initializer: object = "glorot_uniform",
    bias_initializer: object = "zeros", kernel_regularizer: object = None, **base: object,
) -> Layer:  # fmt: skip
    """Kernels [channels, heads, size]: the language's matrices with the heads apart."""
    if value_dim is not None:
        raise Unreadable("MultiHeadAttention with a value_dim")
    heads = whole(num_heads)
    return _attention(state, "MultiHeadAttention", heads, heads, whole(key_dim), dropout, use_bias,
                      kernel_initializer, bias_initializer, kernel_regularizer, base)  # fmt: skip


def grouped_attention(
    state: State, head_dim: object, num_query_heads: object, num_key_value_heads: object,
    dropout: object = 0.0, use_bias: object = True, flash_attention: object = None,
    kernel_initializer: object = "glorot_uniform", bias_initializer: object = "zeros",
    kernel_regularizer: object = None, **base: object,
) -> Layer:  # fmt: skip
    return _attention(state, "GroupQueryAttention", whole(num_query_heads),
                      whole(num_key_value_heads), whole(head_dim), dropout, use_bias,
                      kernel_initializer, bias_initializer, kernel_regularizer, base)  # fmt: skip


def _attention(
    state: State, kind: str, heads: int, kv_heads: int, size: int, dropout: object,
    use_bias: object, start: object, bias_start: object, penalty: object,
    base: Mapping[str, object],
) -> Layer:  # fmt: skip
    layer = new(state, kind, base)
    layer.trainable = True  # the layers that it is built of do not hear its own word

    def run(
        query: Tensor, value: Tensor, key: object = None, attention_mask: object = None,
        use_causal_mask: object = False,
    ) -> Tensor:  # fmt: skip
        if attention_mask is not None or key is not None:
            raise Misfit(f"{layer!r} with a mask: a row without keys must give 0")
        project = Projections(state, layer, use_bias, start, bias_start, penalty, "_{}_dense.")
        q = project("query", query, heads * size)
        k, v = (project(name, value, kv_heads * size) for name in ("key", "value"))
        made = state.meaning.attend(
            q, k, v, None, heads, kv_heads, bool(use_causal_mask), number(dropout),
            state.still, None, None,
        )  # fmt: skip
        return project("output", made, whole(query.shape[-1]))

    layer.run = run
    return layer


class Projections:
    """The matrices of an attention layer; names: how Keras calls them."""

    def __init__(
        self, state: State, layer: Layer, use_bias: object, start: object, bias_start: object,
        penalty: object, names: str,
    ) -> None:  # fmt: skip
        self.state = state
        self.layer = layer
        self.use_bias = use_bias
        self.starts = (start, bias_start)
        self.penalty = penalty
        self.names = names

    def __call__(self, name: str, x: Tensor, units: int) -> Tensor:
        prefix = self.names.format(name)
        kernel = variable(self.state, self.layer, f"{prefix}kernel", (x.shape[-1], units),
                          self.starts[0], self.penalty)  # fmt: skip
        bias = None
        if self.use_bias:
            bias = variable(self.state, self.layer, f"{prefix}bias", (units,), self.starts[1])
        return self.state.meaning.dense(x, kernel, bias)


SEQUENCES: Mapping[str, Maker] = {
    "LSTM": recurrent("LSTM"), "GRU": recurrent("GRU"), "SimpleRNN": recurrent("SimpleRNN"),
    "Bidirectional": bidirectional, "MultiHeadAttention": multi_head_attention,
    "GroupQueryAttention": grouped_attention,
}  # fmt: skip
