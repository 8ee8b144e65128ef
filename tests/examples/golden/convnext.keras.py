"""ConvNeXt: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from convnext.nn: 28,589,128 trainable parameters, 0 others.
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


def block(inputs, drop, name="block"):
    """A wide convolution of each channel, a perceptron at each position, and a scale
    that starts near 0.
    """
    channels = inputs.shape[-1]
    x = layers.DepthwiseConv2D(7, padding="same", name=f"{name}_depthwise_conv")(inputs)
    x = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm")(x)
    x = layers.Dense(4 * channels, activation="gelu", name=f"{name}_dense1")(x)
    x = layers.Dense(channels, name=f"{name}_dense2")(x)
    scale = Weight(
        (channels,), initializer=keras.initializers.Constant(1e-6), name=f"{name}_scale"
    )(x)
    x = scale * x
    x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop_path")(x)
    return layers.add([inputs, x], name=f"{name}_residual")


def convnext(
    depths=(3, 3, 9, 3), dims=(96, 192, 384, 768), drop=0.1, size=224, classes=1000
) -> keras.Model:
    """ConvNeXt (Liu et al. 2022)."""
    image = keras.Input((size, size, 3), name="image")
    total = sum(depths)
    x = layers.Conv2D(dims[0], 4, strides=4, name="conv1")(image)  # [56, 56, 96]
    x = layers.LayerNormalization(epsilon=1e-6, name="norm1")(x)
    for i, (depth, dim) in enumerate(zip(depths, dims)):
        if i > 0:
            x = layers.LayerNormalization(epsilon=1e-6, name=f"norm2_{i}")(x)
            x = layers.Conv2D(dim, 2, strides=2, name=f"conv2_{i}")(x)
        for j in range(depth):
            x = block(
                x, drop * (sum(depths[:i]) + j) / (total - 1), name=f"block_{i}_{j}"
            )
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [768]
    x = layers.LayerNormalization(epsilon=1e-6, name="norm3")(x)
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    return keras.Model(image, x, name="convnext")
