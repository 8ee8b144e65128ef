"""Albert: tokens: int[?T], segments: int[?T] -> states: [?T, 768], pooled: [768].

Made by nndsl 0.1.0 from albert.nn: 11,683,584 trainable parameters, 0 others.
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


def layer(inputs, real, heads, hidden, name="layer"):
    """One layer of a transformer, normalised after each part. `real` is false where
    a token is padding.
    """
    channels = inputs.shape[-1]
    x = Attention(heads, channels // heads, name=f"{name}_self_attention")(
        inputs, attention_mask=real
    )
    x = layers.add([inputs, x], name=f"{name}_residual1")
    residual = layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm1")(x)
    x = layers.Dense(hidden, name=f"{name}_dense1")(residual)
    x = ops.gelu(x, approximate=True)
    x = layers.Dense(channels, name=f"{name}_dense2")(x)
    x = layers.add([residual, x], name=f"{name}_residual2")
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm2")(x)


def albert(
    vocab=30000, context=512, narrow=128, dim=768, depth=12, heads=12, hidden=3072
) -> keras.Model:
    """ALBERT (Lan et al. 2019): narrow embeddings, and one layer that is run twelve
    times.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    segments = keras.Input((None,), dtype="int32", name="segments")
    real = tokens != 0
    words = SummedEmbedding(vocab, narrow, name="words")(tokens)  # [?T, 128]
    parts = SummedEmbedding(2, narrow, name="parts")(segments)  # [?T, 128]
    x = Positions(name="positions")(tokens)
    place = layers.Embedding(context, narrow, name="place")(x)  # [?T, 128]
    x = layers.LayerNormalization(epsilon=1e-12, name="norm")(words + parts + place)
    x = layers.Dense(dim, name="dense")(x)  # [?T, 768]
    layer_x = keras.Input((None, dim))
    layer_real = keras.Input((None,), dtype="bool")
    layer_model = keras.Model(
        [layer_x, layer_real],
        layer(layer_x, layer_real, heads, hidden, name="layer"),
        name="layer",
    )
    for _ in range(depth):
        x = layer_model([x, real])
    pooled = layers.Dense(dim, activation="tanh", name="pooled")(x[:, 0])
    return keras.Model([tokens, segments], [x, pooled], name="albert")
