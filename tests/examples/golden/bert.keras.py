"""Bert: tokens: int[?T], segments: int[?T] -> states: [?T, 768], pooled: [768].

Made by nndsl 0.1.0 from bert.nn: 109,482,240 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class Positions(layers.Layer):
    """0, 1, 2, ... along the sequence axis, without a batch."""

    def call(self, inputs):
        return ops.arange(ops.shape(inputs)[1], dtype="int32")

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs.shape[1],), "int32")


class SummedEmbedding(layers.Embedding):
    """An embedding whose gradient comes as one tensor.

    Of a plain one TensorFlow gives a gradient for each row that was looked up, and
    Keras' Adam and norm clipping square them one by one where a row occurs more than
    once.
    """

    def call(self, inputs):
        return ops.take(self.embeddings * 1.0, inputs, axis=0)


class MaskedAttention(layers.Layer):
    """Multi-head attention under a mask that is True where a query attends.

    A query that sees nothing gives 0, where layers.MultiHeadAttention takes a mean.
    """

    def __init__(self, heads, head_dim, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.head_dim = head_dim
        self.dropout = dropout
        self.drop = layers.Dropout(dropout)

    def build(self, query_shape):
        width = self.heads * self.head_dim
        self.query = self.projection("query", width, query_shape)
        self.key = self.projection("key", width, query_shape)
        self.value = self.projection("value", width, query_shape)
        result_shape = (*query_shape[:-1], width)
        self.output_layer = self.projection("output", query_shape[-1], result_shape)

    def projection(self, name, units, shape):
        dense = layers.Dense(units, dtype=self.dtype_policy, name=name)
        dense.build(shape)
        return dense

    def call(self, query, attention_mask, training=None):
        axes = (1, 2) if len(attention_mask.shape) == 2 else 1
        seen = ops.expand_dims(ops.cast(attention_mask, "bool"), axes)
        queries = self.split(self.query(query)) / self.head_dim**0.5
        keys, values = self.split(self.key(query)), self.split(self.value(query))
        scores = ops.einsum("bthd,bshd->bhts", queries, keys)
        weights = ops.softmax(ops.where(seen, scores, -1e9))
        weights = self.drop(ops.where(seen, weights, 0.0), training=training)
        result = ops.einsum("bhts,bshd->bthd", weights, values)
        batch, steps = ops.shape(result)[:2]
        joined = ops.reshape(result, (batch, steps, self.heads * self.head_dim))
        return self.output_layer(joined)

    def split(self, x):
        batch, steps = ops.shape(x)[:2]
        return ops.reshape(x, (batch, steps, self.heads, self.head_dim))

    def compute_output_spec(self, query, attention_mask, training=None):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        names = ("heads", "head_dim", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class SameSize(layers.Layer):
    """Checks that two values agree in size along an axis; passes the first on."""

    def __init__(self, axis, other_axis, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.other_axis = other_axis

    def call(self, inputs, other):
        sizes = list(ops.shape(inputs))
        size, wanted = sizes[self.axis], ops.shape(other)[self.other_axis]
        if isinstance(size, int) and isinstance(wanted, int) and size != wanted:
            raise ValueError(f"{self.name}: the size is {size}, and {wanted} is wanted")
        starts = [0] * len(sizes)
        starts[self.axis], sizes[self.axis] = wanted - size, wanted
        # In a graph it is this slice that fails for another size.
        return ops.slice(inputs, starts, sizes)

    def compute_output_spec(self, inputs, other):
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self):
        config = {"axis": self.axis, "other_axis": self.other_axis}
        return {**super().get_config(), **config}


def layer(inputs, real, heads, hidden, drop, name="layer"):
    """One layer of a transformer, normalised after each part. `real` is false where
    a token is padding.
    """
    channels = inputs.shape[-1]
    x = MaskedAttention(
        heads, channels // heads, dropout=drop, name=f"{name}_self_attention"
    )(inputs, attention_mask=real)
    x = layers.Dropout(drop, name=f"{name}_dropout1")(x)
    x = layers.add([inputs, x], name=f"{name}_residual1")
    residual = layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm1")(x)
    x = layers.Dense(hidden, activation="gelu", name=f"{name}_dense1")(residual)
    x = layers.Dense(channels, name=f"{name}_dense2")(x)
    x = layers.Dropout(drop, name=f"{name}_dropout2")(x)
    x = layers.add([residual, x], name=f"{name}_residual2")
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm2")(x)


def bert(
    vocab=30522, context=512, dim=768, depth=12, heads=12, hidden=3072, drop=0.1
) -> keras.Model:
    """BERT-base (Devlin et al. 2018): words that see both their sides."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    segments = keras.Input((None,), dtype="int32", name="segments")
    segments_checked = SameSize(-1, -1, name="segments_size")(segments, tokens)
    real = tokens != 0
    words = SummedEmbedding(vocab, dim, name="words")(tokens)  # [?T, 768]
    parts = SummedEmbedding(2, dim, name="parts")(segments_checked)  # [?T, 768]
    x = Positions(name="positions")(tokens)
    place = layers.Embedding(context, dim, name="place")(x)  # [?T, 768]
    x = layers.LayerNormalization(epsilon=1e-12, name="norm")(words + parts + place)
    x = layers.Dropout(drop, name="dropout")(x)
    for i in range(depth):
        x = layer(x, real, heads, hidden, drop, name=f"layer_{i}")
    pooled = layers.Dense(dim, activation="tanh", name="pooled")(x[:, 0])
    return keras.Model([tokens, segments], [x, pooled], name="bert")
