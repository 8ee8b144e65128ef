"""EndsInIf: image: [16, 16, 3] -> [3].

Made by nndsl 0.1.0 from source.nn: 8,389 trainable parameters, 176 others.
"""

import keras
from keras import layers


def inverted(inputs, filters, stride=1, expand=2, name="inverted"):
    channels = inputs.shape[-1]
    x = layers.Conv2D(channels * expand, 1, activation="relu6", name=f"{name}_conv1")(
        inputs
    )
    x = layers.ZeroPadding2D(1, name=f"{name}_depthwise_conv_pad")(x)
    x = layers.DepthwiseConv2D(
        3, strides=stride, activation="relu6", name=f"{name}_depthwise_conv"
    )(x)
    x = layers.Conv2D(filters, 1, name=f"{name}_conv2")(x)
    if stride == 1 and channels == filters:
        x = x + inputs
    return x


def basic(inputs, filters, stride=1, gate=False, name="basic"):
    x = layers.ZeroPadding2D(1, name=f"{name}_conv1_pad")(inputs)
    x = layers.Conv2D(filters, 3, strides=stride, name=f"{name}_conv1")(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm1")(x)
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv2")(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm2")(x)
    if gate:
        scale = layers.GlobalAveragePooling2D(
            keepdims=True, name=f"{name}_global_avg_pool"
        )(x)
        scale = layers.Conv2D(filters // 4, 1, activation="relu", name=f"{name}_conv3")(
            scale
        )
        scale = layers.Conv2D(filters, 1, activation="sigmoid", name=f"{name}_scale")(
            scale
        )
        x = x * scale
    if stride != 1 or inputs.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_conv4")(
            inputs
        )
        shortcut = layers.BatchNormalization(name=f"{name}_batch_norm3")(shortcut)
        x = x + shortcut
    else:
        x = x + inputs
    return layers.Activation("relu", name=f"{name}_relu2")(x)


def ends_in_if(width=8, rows=((8, 1), (8, 1), (12, 2)), classes=3) -> keras.Model:
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(width, 3, padding="same", name="conv")(image)  # [16, 16, 8]
    for i, (filters, stride) in enumerate(rows):
        x = inverted(x, filters, stride, name=f"inverted_{i}")
    x = basic(x, width, name="basic1")  # [8, 8, 8]
    x = basic(x, width, gate=True, name="basic2")
    x = basic(x, 2 * width, stride=2, gate=True, name="basic3")  # [4, 4, 16]
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [16]
    x = layers.Dense(classes, name="dense")(x)  # [3]
    return keras.Model(image, x, name="ends_in_if")
