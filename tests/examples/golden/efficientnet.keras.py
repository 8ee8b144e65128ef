"""EfficientNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from efficientnet.nn: 5,288,548 trainable parameters, 42,016 others.
"""

import math

import keras
from keras import layers

ROWS = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


def round_to(value, divisor):
    """The nearest multiple, never more than 10 % below the value."""
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


def conv_bn(x, filters, kernel=1, stride=1, act="silu", name="conv_bn"):
    """A convolution without bias, then its normalisation and an activation."""
    if kernel > 1:
        x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_conv_pad")(x)
    x = layers.Conv2D(
        filters, kernel, strides=stride, use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_norm")(x)
    if act is not None:
        x = layers.Activation(act, name=f"{name}_act")(x)
    return x


def squeeze_excite(inputs, squeezed, name="squeeze_excite"):
    """Weighs the channels by what all positions say together."""
    x = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_global_avg_pool")(
        inputs
    )
    x = layers.Conv2D(squeezed, 1, activation="silu", name=f"{name}_conv1")(x)
    x = layers.Conv2D(inputs.shape[-1], 1, activation="sigmoid", name=f"{name}_conv2")(
        x
    )
    return layers.multiply([inputs, x], name=f"{name}_multiply")


def mb_conv(inputs, filters, expand, kernel, stride=1, drop=0.0, name="mb_conv"):
    """Widen, convolve each channel, weigh, narrow; around it a shortcut where the
    shapes agree.
    """
    channels = inputs.shape[-1]
    x = inputs
    if expand > 1:
        x = conv_bn(x, expand * channels, name=f"{name}_conv_bn1")
    x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_depthwise_conv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel, strides=stride, use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_norm")(x)
    x = layers.Activation("silu", name=f"{name}_silu")(x)
    x = squeeze_excite(x, max(1, channels // 4), name=f"{name}_squeeze_excite")
    x = conv_bn(x, filters, act=None, name=f"{name}_conv_bn2")
    if stride == 1 and channels == filters:
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop_path")(
            x
        )
        x = layers.add([x, inputs], name=f"{name}_add")
    return x


def efficientnet(
    width=1.0, depth=1.0, size=224, drop=0.2, path_drop=0.2, classes=1000
) -> keras.Model:
    """EfficientNet (Tan and Le 2019): one table, scaled in width, depth and size
    together.
    """
    image = keras.Input((size, size, 3), name="image")
    total = sum([math.ceil(n * depth) for _, _, _, _, n in ROWS])
    # [112, 112, 32]
    x = conv_bn(image, round_to(32 * width, 8), kernel=3, stride=2, name="conv_bn1")
    for i, (expand, kernel, stride, filters, n) in enumerate(ROWS):
        before = sum([math.ceil(row[4] * depth) for row in ROWS[:i]])
        for j in range(math.ceil(n * depth)):
            path = path_drop * (before + j) / total
            x = mb_conv(
                x,
                round_to(filters * width, 8),
                expand,
                kernel,
                stride=stride if j == 0 else 1,
                drop=path,
                name=f"mb_conv_{i}_{j}",
            )
    x = conv_bn(x, 4 * round_to(320 * width, 8), name="conv_bn2")  # [7, 7, 1280]
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [1280]
    x = layers.Dropout(drop, name="dropout")(x)
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    return keras.Model(image, x, name="efficientnet")
