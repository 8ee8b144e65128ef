"""Words: tokens: int[6] -> [3].

Made by nndsl 0.1.0 from model.nn: 3,299 trainable parameters, 0 others.

Exact emission: from equal weights every target trains alike, chance aside.
"""

import math

import keras
from keras import layers, ops


def gelu(x):
    """As Keras' gelu, whose constants TensorFlow keeps in float32."""
    return x * (1.0 + ops.erf(x / math.sqrt(2))) / 2


def gelu_tanh(x):
    """As Keras' approximate gelu, whose constants TensorFlow keeps in float32."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x * (1.0 + ops.tanh(inner)) / 2


class SummedEmbedding(layers.Embedding):
    """An embedding whose gradient comes as one tensor.

    Of a plain one TensorFlow gives a gradient for each row that was looked up, and
    Keras' Adam and norm clipping square them one by one where a row occurs more than
    once.
    """

    def call(self, inputs):
        return ops.take(self.embeddings * 1.0, inputs, axis=0)


class HeadsAttention(layers.Layer):
    """Attention of projected queries to projected keys and values, head by head."""

    def __init__(self, heads, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.causal = causal

    def call(self, query, key, value):
        query, key, value = self.split(query), self.split(key), self.split(value)
        query = query / query.shape[-1] ** 0.5
        scores = ops.einsum("bthd,bshd->bhts", query, key)
        seen = self.seen(scores)
        if seen is None:
            weights = ops.softmax(scores)
        else:
            weights = ops.softmax(ops.where(seen, scores, -1e9))
            weights = ops.where(seen, weights, 0.0)
        result = ops.einsum("bhts,bshd->bthd", weights, value)
        batch, steps, heads, dim = ops.shape(result)
        return ops.reshape(result, (batch, steps, heads * dim))

    def split(self, x):
        batch, steps, dim = ops.shape(x)
        return ops.reshape(x, (batch, steps, self.heads, dim // self.heads))

    def seen(self, scores):
        """Which pairs attend, as [batch, 1, queries, keys]; None where all do."""
        if not self.causal:
            return None
        steps, keys = ops.shape(scores)[2:]
        ahead = ops.arange(keys) - ops.expand_dims(ops.arange(steps), 1)
        near = ahead <= 0
        return near

    def compute_output_spec(self, query, key, value):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "heads": self.heads, "causal": self.causal}


class Attention(HeadsAttention):
    """Multi-head attention with its four projections."""

    def __init__(self, heads, head_dim, **kwargs):
        super().__init__(heads, **kwargs)
        self.head_dim = head_dim

    def build(self, query_shape):
        width = self.heads * self.head_dim
        result_shape = (*query_shape[:-1], width)
        self.query = self.projection("query", width, query_shape)
        self.key = self.projection("key", width, query_shape)
        self.value = self.projection("value", width, query_shape)
        self.output_layer = self.projection("output", query_shape[-1], result_shape)

    def projection(self, name, units, shape):
        dense = layers.Dense(units, dtype=self.dtype_policy, name=name)
        dense.build(shape)
        return dense

    def call(self, query):
        projected = self.query(query), self.key(query), self.value(query)
        result = super().call(*projected)
        return self.output_layer(result)

    def compute_output_spec(self, query):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "head_dim": self.head_dim}


def words() -> keras.Model:
    """A transformer."""
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = SummedEmbedding(50, 12, name="embedding")(tokens)  # [6, 12]
    for i in range(2):
        residual = x
        x = layers.LayerNormalization(name=f"layer_norm1_{i}")(x)
        x = Attention(2, 6, causal=True, name=f"self_attention_{i}")(x)
        residual = layers.add([residual, x], name=f"residual1_{i}")
        x = layers.LayerNormalization(name=f"layer_norm2_{i}")(residual)
        x = layers.Dense(24, activation=gelu, name=f"dense1_{i}")(x)  # [6, 24]
        x = layers.Dense(12, name=f"dense2_{i}")(x)  # [6, 12]
        x = layers.add([residual, x], name=f"residual2_{i}")
    x = layers.GlobalAveragePooling1D(name="global_avg_pool")(x)  # [12]
    x = layers.Dense(8, name="dense3")(x)
    x = layers.Activation(gelu_tanh)(x)  # [8]
    x = layers.Dense(3, name="dense4")(x)  # [3]
    x = layers.Activation("softmax", name="dense4_softmax")(x)
    return keras.Model(tokens, x, name="words")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense4_softmax").input, name="logits"
    )
