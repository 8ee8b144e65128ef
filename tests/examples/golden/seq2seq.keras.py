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


class HeadsAttention(layers.Layer):
    """Attention of projected queries to projected keys and values, head by head.

    A mask is True where a query attends; a query that sees nothing gives 0. `window`
    counts the own position; `rope_base` turns halves of queries and keys by their
    position.
    """

    def __init__(
        self,
        heads,
        kv_heads=None,
        causal=False,
        window=None,
        rope_base=None,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.heads = heads
        self.kv_heads = kv_heads or heads
        self.causal = causal
        self.window = window
        self.rope_base = rope_base
        self.dropout = dropout
        self.drop = layers.Dropout(dropout)

    def call(self, query, key, value, attention_mask=None, training=None):
        query = self.split(query, self.heads)
        key = self.split(key, self.kv_heads)
        value = self.split(value, self.kv_heads)
        if self.rope_base is not None:
            query, key = self.turn(query), self.turn(key)
        if self.heads != self.kv_heads:
            key = ops.repeat(key, self.heads // self.kv_heads, axis=2)
            value = ops.repeat(value, self.heads // self.kv_heads, axis=2)
        query = query / query.shape[-1] ** 0.5
        scores = ops.einsum("bthd,bshd->bhts", query, key)
        seen = self.seen(scores, attention_mask)
        if seen is None:
            weights = ops.softmax(scores)
        else:
            weights = ops.softmax(ops.where(seen, scores, -1e9))
            weights = ops.where(seen, weights, 0.0)
        weights = self.drop(weights, training=training)
        result = ops.einsum("bhts,bshd->bthd", weights, value)
        batch, steps, heads, dim = ops.shape(result)
        return ops.reshape(result, (batch, steps, heads * dim))

    def split(self, x, heads):
        batch, steps, dim = ops.shape(x)
        return ops.reshape(x, (batch, steps, heads, dim // heads))

    def turn(self, x):
        steps, half = ops.shape(x)[1], x.shape[-1] // 2
        rates = [self.rope_base ** (-i / half) for i in range(half)]
        places = ops.cast(ops.arange(steps), x.dtype)
        angles = ops.expand_dims(places, 1) * ops.array(rates, x.dtype)
        cos = ops.expand_dims(ops.cos(angles), 1)
        sin = ops.expand_dims(ops.sin(angles), 1)
        left, right = x[..., :half], x[..., half:]
        turned = (left * cos - right * sin, right * cos + left * sin)
        return ops.concatenate(turned, axis=-1)

    def seen(self, scores, mask):
        """Which pairs attend, as [batch, 1, queries, keys]; None where all do."""
        seen = None
        if mask is not None:
            mask = ops.cast(mask, "bool")
            axes = (1, 2) if len(mask.shape) == 2 else (1,)
            seen = ops.expand_dims(mask, axes)
        if not self.causal and self.window is None:
            return seen
        steps, keys = ops.shape(scores)[2:]
        ahead = ops.arange(keys) - ops.expand_dims(ops.arange(steps), 1)
        near = ops.ones_like(ahead, "bool")
        if self.causal:
            near = ahead <= 0
        if self.window is not None:
            near = ops.logical_and(near, ops.abs(ahead) < self.window)
        return near if seen is None else ops.logical_and(seen, near)

    def compute_output_spec(
        self, query, key, value, attention_mask=None, training=None
    ):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        names = ("heads", "kv_heads", "causal", "window", "rope_base", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class Attention(HeadsAttention):
    """Multi-head attention with its four projections."""

    def __init__(
        self,
        heads,
        head_dim,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        **kwargs,
    ):
        super().__init__(heads, **kwargs)
        self.head_dim = head_dim
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, query_shape, context_shape=None):
        width, kv_width = self.heads * self.head_dim, self.kv_heads * self.head_dim
        context_shape = context_shape or query_shape
        result_shape = (*query_shape[:-1], width)
        self.query = self.projection("query", width, query_shape)
        self.key = self.projection("key", kv_width, context_shape)
        self.value = self.projection("value", kv_width, context_shape)
        self.output_layer = self.projection("output", query_shape[-1], result_shape)

    def projection(self, name, units, shape):
        dense = layers.Dense(
            units,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer.clone(),
            bias_initializer=self.bias_initializer.clone(),
            kernel_regularizer=self.kernel_regularizer,
            dtype=self.dtype_policy,
            name=name,
        )
        dense.build(shape)
        return dense

    def call(self, query, context=None, attention_mask=None, training=None):
        context = query if context is None else context
        projected = self.query(query), self.key(context), self.value(context)
        result = super().call(
            *projected, attention_mask=attention_mask, training=training
        )
        return self.output_layer(result)

    def compute_output_spec(
        self, query, context=None, attention_mask=None, training=None
    ):
        return keras.KerasTensor(query.shape, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "head_dim": self.head_dim,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


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
    x = layers.LSTM(dim, return_sequences=True, name="lstm2")(x, initial_state=last)
    skip = x
    x = Attention(1, dim, name="attention")(x, memory, attention_mask=real)
    x = layers.concatenate([skip, x], name="concat")  # [?T, 512]
    x = layers.Dense(dim, activation="tanh", name="dense")(x)  # [?T, 256]
    logits = layers.Dense(tgt, name="logits")(x)  # [?T, 8000]
    return keras.Model([source, reply], logits, name="seq2seq")
