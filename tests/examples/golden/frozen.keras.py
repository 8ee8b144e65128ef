"""NewHead: image: [224, 224, 3] -> [5].

Made by nndsl 0.1.0 from frozen.nn: 5,125 trainable parameters, 3,228,864 others.
"""

import keras
from keras import layers


def separable(x, filters, stride=1, name="separable"):
    """A convolution of each channel, then one across the channels."""
    x = layers.DepthwiseConv2D(
        3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = layers.BatchNormalization(name=f"{name}_norm1")(x)
    x = layers.Activation("relu6", name=f"{name}_relu6_1")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(name=f"{name}_norm2")(x)
    return layers.Activation("relu6", name=f"{name}_relu6_2")(x)


def mobilenet(x, width=1.0, name="mobilenet"):
    """MobileNet (Howard et al. 2017) without its classifier."""
    x = layers.Conv2D(
        int(32 * width),
        3,
        strides=2,
        padding="same",
        use_bias=False,
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(name=f"{name}_norm")(x)
    x = layers.Activation("relu6", name=f"{name}_relu6")(x)
    x = separable(x, int(64 * width), name=f"{name}_separable1")
    for i, filters in enumerate([128, 256, 512]):
        x = separable(x, int(filters * width), stride=2, name=f"{name}_separable2_{i}")
        for j in range(5 if filters == 512 else 1):
            x = separable(x, int(filters * width), name=f"{name}_separable3_{i}_{j}")
    x = separable(x, int(1024 * width), stride=2, name=f"{name}_separable4")
    return separable(x, int(1024 * width), name=f"{name}_separable5")


def new_head(width=1.0, size=224, classes=5) -> keras.Model:
    """Transfer learning: a trained body that no longer changes, and a new head for
    other classes.
    """
    image = keras.Input((size, size, 3), name="image")
    mobilenet_input = keras.Input(image.shape[1:])
    mobilenet_model = keras.Model(
        mobilenet_input,
        mobilenet(mobilenet_input, width, name="mobilenet"),
        name="mobilenet",
    )
    mobilenet_model.trainable = False
    x = mobilenet_model(image)  # [7, 7, 1024]
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [1024]
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(classes, name="dense")(x)  # [5]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="new_head")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
