"""DenseNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from densenet.nn: 7,978,856 trainable parameters, 83,648 others.
"""

import keras
from keras import layers, ops


def bn_conv(x, filters, kernel, name="bn_conv"):
    """Normalisation and activation come first here, then the convolution."""
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    x = layers.Activation("relu", name=f"{name}_relu")(x)
    if kernel > 1:
        x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_conv_pad")(x)
    return layers.Conv2D(filters, kernel, use_bias=False, name=f"{name}_conv")(x)


def dense_block(x, depth, growth, name="dense_block"):
    """Every layer sees what all layers before it made, and adds `growth` channels to
    it.
    """
    for i in range(depth):
        skip = x
        x = bn_conv(x, 4 * growth, 1, name=f"{name}_bn_conv1_{i}")
        x = bn_conv(x, growth, 3, name=f"{name}_bn_conv2_{i}")
        x = layers.concatenate([skip, x], name=f"{name}_concat_{i}")
    return x


def transition(x, name="transition"):
    """Half the channels, half the size."""
    x = bn_conv(x, x.shape[-1] // 2, 1, name=f"{name}_bn_conv")
    return layers.AveragePooling2D(2, name=f"{name}_avg_pool")(x)


def densenet(depths=(6, 12, 24, 16), growth=32, size=224, classes=1000) -> keras.Model:
    """A densely connected network (Huang et al. 2016)."""
    image = keras.Input((size, size, 3), name="image")
    x = layers.ZeroPadding2D(3, name="conv_pad")(image)
    # [112, 112, 64]
    x = layers.Conv2D(2 * growth, 7, strides=2, use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(name="batch_norm1")(x)
    x = layers.Activation("relu", name="relu1")(x)
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-float("inf"))
    x = layers.MaxPooling2D(3, strides=2, name="max_pool")(x)  # [56, 56, 64]
    for i, depth in enumerate(depths):
        if i > 0:
            x = transition(x, name=f"transition_{i}")
        x = dense_block(x, depth, growth, name=f"dense_block_{i}")
    x = layers.BatchNormalization(name="batch_norm2")(x)
    x = layers.Activation("relu", name="relu2")(x)
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [1024]
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    return keras.Model(image, x, name="densenet")
