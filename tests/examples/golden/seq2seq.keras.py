"""Seq2Seq: source: int[?S], reply: int[?T] -> logits: [?T, 8000].

Made by nndsl 0.1.0 from seq2seq.nn: 7,597,120 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


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

    def __init__(self, heads, head_dim, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.head_dim = head_dim

    def build(self, query_shape, context_shape):
        width = self.heads * self.head_dim
        self.query = self.projection("query", width, query_shape)
        self.key = self.projection("key", width, context_shape)
        self.value = self.projection("value", width, context_shape)
        result_shape = (*query_shape[:-1], width)
        self.output_layer = self.projection("output", query_shape[-1], result_shape)

    def projection(self, name, units, shape):
        dense = layers.Dense(units, dtype=self.dtype_policy, name=name)
        dense.build(shape)
        return dense

    def call(self, query, context, attention_mask):
        axes = (1, 2) if len(attention_mask.shape) == 2 else 1
        seen = ops.expand_dims(ops.cast(attention_mask, "bool"), axes)
        queries = self.split(self.query(query)) / self.head_dim**0.5
        keys, values = self.split(self.key(context)), self.split(self.value(context))
        scores = ops.einsum("bthd,bshd->bhts", queries, keys)
        weights = ops.softmax(ops.where(seen, scores, -1e9))
        weights = ops.where(seen, weights, 0.0)
        result = ops.einsum("bhts,bshd->bthd", weights, values)
        batch, steps = ops.shape(result)[:2]
        joined = ops.reshape(result, (batch, steps, self.heads * self.head_dim))
        return self.output_layer(joined)

    def split(self, x):
        batch, steps = ops.shape(x)[:2]
        return ops.reshape(x, (batch, steps, self.heads, self.head_dim))

    def compute_output_spec(self, query, context, attention_mask):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "heads": self.heads, "head_dim": self.head_dim}


def seq2seq(src=8000, tgt=8000, dim=256) -> keras.Model:
    """Translation: an LSTM reads, another one writes and looks back (Luong et al.
    2015).
    """
    source = keras.Input((None,), dtype="int32", name="source")
    reply = keras.Input((None,), dtype="int32", name="reply")
    real = source != 0
    x = SummedEmbedding(src, dim, name="embedding1")(source)  # [?S, 256]
    memory, *last = layers.LSTM(
        dim,
        return_sequences=True,
        return_state=True,
        zero_output_for_mask=True,
        name="lstm1",
    )(x, None, real)
    x = SummedEmbedding(tgt, dim, name="embedding2")(reply)  # [?T, 256]
    skip = layers.LSTM(dim, return_sequences=True, name="lstm2")(x, initial_state=last)
    x = MaskedAttention(1, dim, name="attention")(skip, memory, attention_mask=real)
    x = layers.concatenate([skip, x], name="concat")  # [?T, 512]
    x = layers.Dense(dim, activation="tanh", name="dense")(x)  # [?T, 256]
    logits = layers.Dense(tgt, name="logits")(x)  # [?T, 8000]
    return keras.Model([source, reply], logits, name="seq2seq")
