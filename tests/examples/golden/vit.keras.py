"""ViT: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from vit.nn: 86,567,656 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class Weight(layers.Layer):
    """A weight of its own: gives the tensor, without a batch, on any call."""

    def __init__(self, shape, initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape):
        self.value = self.add_weight(self.shape, self.initializer, name="value")

    def call(self, inputs):
        return ops.convert_to_tensor(self.value)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(self.shape, self.compute_dtype)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        config = {"shape": self.shape, "initializer": initializer}
        return {**super().get_config(), **config}


class WithBatch(layers.Layer):
    """A value without a batch, once for each example of another one."""

    def call(self, inputs, like):
        value = ops.expand_dims(inputs, 0)
        return ops.repeat(value, ops.shape(like)[0], axis=0)

    def compute_output_spec(self, inputs, like):
        return keras.KerasTensor((like.shape[0], *inputs.shape), inputs.dtype)


def layer(inputs, heads, drop, name="layer"):
    channels = inputs.shape[-1]
    x = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(inputs)
    x = layers.MultiHeadAttention(
        heads, channels // heads, dropout=drop, name=f"{name}_self_attention"
    )(x, x)
    x = layers.Dropout(drop, name=f"{name}_dropout1")(x)
    residual = layers.add([inputs, x], name=f"{name}_residual1")
    x = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm2")(residual)
    x = layers.Dense(4 * channels, activation="gelu", name=f"{name}_dense1")(x)
    x = layers.Dropout(drop, name=f"{name}_dropout2")(x)
    x = layers.Dense(channels, name=f"{name}_dense2")(x)
    x = layers.Dropout(drop, name=f"{name}_dropout3")(x)
    return layers.add([residual, x], name=f"{name}_residual2")


def vit(
    patch=16, dim=768, depth=12, heads=12, drop=0.0, size=224, classes=1000
) -> keras.Model:
    """Vision Transformer (Dosovitskiy et al. 2020): an image is a sequence of
    patches.
    """
    image = keras.Input((size, size, 3), name="image")
    x = layers.Conv2D(dim, patch, strides=patch, name="conv")(image)  # [14, 14, 768]
    x = layers.Reshape((-1, dim), name="reshape")(x)  # [196, 768]
    cls = Weight((1, dim), name="cls")(x)
    # [197, 768]
    x = layers.concatenate(
        [WithBatch(name="concat_batch1")(cls, x), x], axis=1, name="concat"
    )
    pos = Weight(
        (x.shape[1], dim),
        initializer=keras.initializers.RandomNormal(stddev=0.02),
        name="pos",
    )(x)
    x = layers.Dropout(drop, name="dropout")(x + pos)
    for i in range(depth):
        x = layer(x, heads, drop, name=f"layer_{i}")
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    x = layers.Dense(classes, name="dense")(x[:, 0])  # [1000]
    return keras.Model(image, x, name="vit")
