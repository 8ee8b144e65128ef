"""ResNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from resnet.nn: 25,557,032 trainable parameters, 53,120 others.
"""

import keras
from keras import layers, ops


def conv_bn(x, filters, kernel, stride=1, act="relu", name="conv_bn"):
    """A convolution without bias, then its normalisation and an activation."""
    if kernel > 1:
        x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_conv_pad")(x)
    x = layers.Conv2D(
        filters, kernel, strides=stride, use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(
        epsilon=1e-5, momentum=0.9, name=f"{name}_batch_norm"
    )(x)
    if act is not None:
        x = layers.Activation(act, name=f"{name}_act")(x)
    return x


def bottleneck(inputs, filters, stride=1, expansion=4, name="bottleneck"):
    """The block of the large networks: narrow, convolve, widen."""
    width = filters * expansion
    x = conv_bn(inputs, filters, 1, name=f"{name}_conv_bn1")
    x = conv_bn(x, filters, 3, stride, name=f"{name}_conv_bn2")
    x = conv_bn(x, width, 1, act=None, name=f"{name}_conv_bn3")
    shortcut = inputs
    if stride != 1 or inputs.shape[-1] != width:
        shortcut = conv_bn(inputs, width, 1, stride, act=None, name=f"{name}_conv_bn4")
    x = layers.add([x, shortcut], name=f"{name}_add")
    return layers.Activation("relu", name=f"{name}_relu")(x)


def resnet(stages=(3, 4, 6, 3), size=224, classes=1000) -> keras.Model:
    """A residual network (He et al. 2015), with the stride on the 3 × 3 convolution
    as in torchvision.
    """
    image = keras.Input((size, size, 3), name="image")
    x = conv_bn(image, 64, 7, stride=2, name="conv_bn")  # [112, 112, 64]
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-float("inf"))
    x = layers.MaxPooling2D(3, strides=2, name="max_pool")(x)  # [56, 56, 64]
    for i, depth in enumerate(stages):
        x = bottleneck(x, 64 * 2**i, stride=1 if i == 0 else 2, name=f"cell1_{i}")
        for j in range(depth - 1):
            x = bottleneck(x, 64 * 2**i, name=f"cell2_{i}_{j}")
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [2048]
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    return keras.Model(image, x, name="resnet")
