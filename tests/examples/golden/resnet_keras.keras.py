"""ResNetKeras: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from resnet_keras.nn: 25,583,592 trainable parameters, 53,120
others.
"""

import keras
from keras import layers, ops


def bottleneck(inputs, filters, stride=1, name="bottleneck"):
    """Narrow, convolve, widen; the stride is on the first convolution, as He et al.
    had it in 2015.
    """
    width = 4 * filters
    x = inputs
    if inputs.shape[-1] != width:
        x = layers.Conv2D(width, 1, strides=stride, name=f"{name}_conv1")(x)
        x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_norm1")(x)
    value = x
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_conv2")(inputs)
    x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_norm2")(x)
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv3")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_norm3")(x)
    x = layers.Activation("relu", name=f"{name}_relu2")(x)
    x = layers.Conv2D(width, 1, name=f"{name}_conv4")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_norm4")(x)
    x = layers.add([value, x], name=f"{name}_add")
    return layers.Activation("relu", name=f"{name}_relu3")(x)


def resnet_keras(stages=(3, 4, 6, 3), size=224, classes=1000) -> keras.Model:
    """A residual network as keras.applications has it, with biases that its norms
    make superfluous.
    """
    image = keras.Input((size, size, 3), name="image")
    x = layers.ZeroPadding2D(3, name="conv_pad")(image)
    x = layers.Conv2D(64, 7, strides=2, name="conv")(x)  # [112, 112, 64]
    x = layers.BatchNormalization(epsilon=1.001e-5, name="norm")(x)
    x = layers.Activation("relu", name="relu")(x)
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-float("inf"))
    x = layers.MaxPooling2D(3, strides=2, name="max_pool")(x)  # [56, 56, 64]
    for i, depth in enumerate(stages):
        for j in range(depth):
            x = bottleneck(
                x,
                64 * 2**i,
                stride=2 if i > 0 and j == 0 else 1,
                name=f"bottleneck_{i}_{j}",
            )
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [2048]
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="resnet_keras")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
