"""GPT2: tokens: int[?T] -> logits: [?T, 50257].

Made by nndsl 0.1.0 from gpt2.nn: 124,439,808 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class Positions(layers.Layer):
    """0, 1, 2, ... along the sequence axis, without a batch."""

    def call(self, inputs):
        return ops.arange(ops.shape(inputs)[1], dtype="int32")

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs.shape[1],), "int32")


class TiedEmbedding(layers.Embedding):
    """An embedding that also maps back to the vocabulary with the same weights."""

    def call(self, inputs, reverse=False):
        if reverse:
            return ops.matmul(inputs, ops.transpose(self.embeddings))
        return super().call(inputs)

    def compute_output_spec(self, inputs, reverse=False):
        if reverse:
            shape = (*inputs.shape[:-1], self.input_dim)
            return keras.KerasTensor(shape, self.compute_dtype)
        return super().compute_output_spec(inputs)


def layer(inputs, heads, drop, name="layer"):
    """Attention and a two-layer perceptron, each on a normalised copy of the stream."""
    channels = inputs.shape[-1]
    x = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm1")(inputs)
    x = layers.MultiHeadAttention(
        heads, channels // heads, dropout=drop, name=f"{name}_self_attention"
    )(x, x, use_causal_mask=True)
    x = layers.Dropout(drop, name=f"{name}_dropout1")(x)
    residual = layers.add([inputs, x], name=f"{name}_residual1")
    x = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm2")(residual)
    x = layers.Dense(4 * channels, name=f"{name}_dense1")(x)
    x = ops.gelu(x, approximate=True)
    x = layers.Dense(channels, name=f"{name}_dense2")(x)
    x = layers.Dropout(drop, name=f"{name}_dropout2")(x)
    return layers.add([residual, x], name=f"{name}_residual2")


def gpt2(
    vocab=50257, context=1024, dim=768, depth=12, heads=12, drop=0.1
) -> keras.Model:
    """GPT-2 (Radford et al. 2019): the next word from the words before it."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    wte = TiedEmbedding(vocab, dim, name="wte")
    x = Positions(name="positions")(tokens)
    x = layers.Embedding(context, dim, name="embedding")(x)  # [?T, 768]
    x = layers.Dropout(drop, name="dropout")(wte(tokens) + x)
    for i in range(depth):
        x = layer(x, heads, drop, name=f"layer_{i}")
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    logits = wte(x, reverse=True)  # [?T, 50257]
    return keras.Model(tokens, logits, name="gpt2")
