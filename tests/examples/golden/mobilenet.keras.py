"""MobileNetV2: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from mobilenet.nn: 3,504,872 trainable parameters, 34,112 others.
"""

import keras
from keras import layers

ROWS = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))


def round_to(value, divisor):
    """The nearest multiple, never more than 10 % below the value."""
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


def inverted(inputs, filters, expand=6, stride=1, name="inverted"):
    """Widen, convolve each channel, narrow; around it a shortcut where the shapes
    agree.
    """
    channels = inputs.shape[-1]
    x = inputs
    if expand > 1:
        x = layers.Conv2D(expand * channels, 1, use_bias=False, name=f"{name}_conv1")(x)
        x = layers.BatchNormalization(momentum=0.999, name=f"{name}_norm1")(x)
        x = layers.Activation("relu6", name=f"{name}_relu6_1")(x)
    x = layers.DepthwiseConv2D(
        3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = layers.BatchNormalization(momentum=0.999, name=f"{name}_norm2")(x)
    x = layers.Activation("relu6", name=f"{name}_relu6_2")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_conv2")(x)
    x = layers.BatchNormalization(momentum=0.999, name=f"{name}_norm3")(x)
    if stride == 1 and channels == filters:
        x = layers.add([x, inputs], name=f"{name}_add")
    return x


def mobilenet_v2(width=1.0, size=224, classes=1000) -> keras.Model:
    """MobileNetV2 (Sandler et al. 2018), as keras.applications has it."""
    image = keras.Input((size, size, 3), name="image")
    # [112, 112, 32]
    x = layers.Conv2D(
        round_to(32 * width, 8),
        3,
        strides=2,
        padding="same",
        use_bias=False,
        name="conv1",
    )(image)
    x = layers.BatchNormalization(momentum=0.999, name="norm1")(x)
    x = layers.Activation("relu6", name="relu6_1")(x)
    # [112, 112, 16]
    x = inverted(x, round_to(16 * width, 8), expand=1, name="inverted1")
    for i, (filters, depth, stride) in enumerate(ROWS):
        for j in range(depth):
            x = inverted(
                x,
                round_to(filters * width, 8),
                stride=stride if j == 0 else 1,
                name=f"inverted2_{i}_{j}",
            )
    # [7, 7, 1280]
    x = layers.Conv2D(
        max(1280, round_to(1280 * width, 8)), 1, use_bias=False, name="conv2"
    )(x)
    x = layers.BatchNormalization(momentum=0.999, name="norm2")(x)
    x = layers.Activation("relu6", name="relu6_2")(x)
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [1280]
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="mobilenet_v2")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
