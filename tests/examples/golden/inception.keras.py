"""InceptionV3: image: [299, 299, 3] -> [1000].

Made by nndsl 0.1.0 from inception.nn: 23,817,352 trainable parameters, 34,432 others.
"""

import keras
from keras import layers


def conv_bn(x, filters, kernel, stride=1, padding="same", name="conv_bn"):
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(scale=False, name=f"{name}_batch_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def inception_a(inputs, pool, name="inception_a"):
    """Four views of the same image, side by side; 5 × 5 is one of them, two 3 × 3
    another.
    """
    branch1 = conv_bn(inputs, 64, 1, name=f"{name}_conv_bn1")
    x = conv_bn(inputs, 48, 1, name=f"{name}_conv_bn2")
    branch2 = conv_bn(x, 64, 5, name=f"{name}_conv_bn3")
    x = conv_bn(inputs, 64, 1, name=f"{name}_conv_bn4")
    x = conv_bn(x, 96, 3, name=f"{name}_conv_bn5")
    branch3 = conv_bn(x, 96, 3, name=f"{name}_conv_bn6")
    x = layers.AveragePooling2D(3, strides=1, padding="same", name=f"{name}_avg_pool")(
        inputs
    )
    x = conv_bn(x, pool, 1, name=f"{name}_conv_bn7")
    return layers.concatenate([branch1, branch2, branch3, x], name=f"{name}_concat")


def reduction_a(inputs, name="reduction_a"):
    """Half the size: 35 × 35 to 17 × 17."""
    branch1 = conv_bn(
        inputs, 384, 3, stride=2, padding="valid", name=f"{name}_conv_bn1"
    )
    x = conv_bn(inputs, 64, 1, name=f"{name}_conv_bn2")
    x = conv_bn(x, 96, 3, name=f"{name}_conv_bn3")
    branch2 = conv_bn(x, 96, 3, stride=2, padding="valid", name=f"{name}_conv_bn4")
    x = layers.MaxPooling2D(3, strides=2, name=f"{name}_max_pool")(inputs)
    return layers.concatenate([branch1, branch2, x], name=f"{name}_concat")


def inception_b(inputs, width, name="inception_b"):
    """A 7 × 7 convolution as 1 × 7 and 7 × 1."""
    branch1 = conv_bn(inputs, 192, 1, name=f"{name}_conv_bn1")
    x = conv_bn(inputs, width, 1, name=f"{name}_conv_bn2")
    x = conv_bn(x, width, (1, 7), name=f"{name}_conv_bn3")
    branch2 = conv_bn(x, 192, (7, 1), name=f"{name}_conv_bn4")
    x = conv_bn(inputs, width, 1, name=f"{name}_conv_bn5")
    x = conv_bn(x, width, (7, 1), name=f"{name}_conv_bn6")
    x = conv_bn(x, width, (1, 7), name=f"{name}_conv_bn7")
    x = conv_bn(x, width, (7, 1), name=f"{name}_conv_bn8")
    branch3 = conv_bn(x, 192, (1, 7), name=f"{name}_conv_bn9")
    x = layers.AveragePooling2D(3, strides=1, padding="same", name=f"{name}_avg_pool")(
        inputs
    )
    x = conv_bn(x, 192, 1, name=f"{name}_conv_bn10")
    return layers.concatenate([branch1, branch2, branch3, x], name=f"{name}_concat")


def reduction_b(inputs, name="reduction_b"):
    """Half the size: 17 × 17 to 8 × 8."""
    x = conv_bn(inputs, 192, 1, name=f"{name}_conv_bn1")
    branch1 = conv_bn(x, 320, 3, stride=2, padding="valid", name=f"{name}_conv_bn2")
    x = conv_bn(inputs, 192, 1, name=f"{name}_conv_bn3")
    x = conv_bn(x, 192, (1, 7), name=f"{name}_conv_bn4")
    x = conv_bn(x, 192, (7, 1), name=f"{name}_conv_bn5")
    branch2 = conv_bn(x, 192, 3, stride=2, padding="valid", name=f"{name}_conv_bn6")
    x = layers.MaxPooling2D(3, strides=2, name=f"{name}_max_pool")(inputs)
    return layers.concatenate([branch1, branch2, x], name=f"{name}_concat")


def inception_c(inputs, name="inception_c"):
    """The widest: two branches end in a fork."""
    branch1 = conv_bn(inputs, 320, 1, name=f"{name}_conv_bn1")
    x = conv_bn(inputs, 384, 1, name=f"{name}_conv_bn2")
    left = conv_bn(x, 384, (1, 3), name=f"{name}_conv_bn3")
    x = conv_bn(x, 384, (3, 1), name=f"{name}_conv_bn4")
    branch2 = layers.concatenate([left, x], name=f"{name}_concat2")
    x = conv_bn(inputs, 448, 1, name=f"{name}_conv_bn5")
    x = conv_bn(x, 384, 3, name=f"{name}_conv_bn6")
    left = conv_bn(x, 384, (1, 3), name=f"{name}_conv_bn7")
    x = conv_bn(x, 384, (3, 1), name=f"{name}_conv_bn8")
    branch3 = layers.concatenate([left, x], name=f"{name}_concat3")
    x = layers.AveragePooling2D(3, strides=1, padding="same", name=f"{name}_avg_pool")(
        inputs
    )
    x = conv_bn(x, 192, 1, name=f"{name}_conv_bn9")
    return layers.concatenate([branch1, branch2, branch3, x], name=f"{name}_concat1")


def inception_v3(
    pools=(32, 64, 64), widths=(128, 160, 160, 192), rounds=2, size=299, classes=1000
) -> keras.Model:
    """Inception v3 (Szegedy et al. 2015), layer by layer as in keras.applications."""
    image = keras.Input((size, size, 3), name="image")
    # [149, 149, 32]
    x = conv_bn(image, 32, 3, stride=2, padding="valid", name="conv_bn1")
    x = conv_bn(x, 32, 3, padding="valid", name="conv_bn2")  # [147, 147, 32]
    x = conv_bn(x, 64, 3, name="conv_bn3")  # [147, 147, 64]
    x = layers.MaxPooling2D(3, strides=2, name="max_pool1")(x)  # [73, 73, 64]
    x = conv_bn(x, 80, 1, padding="valid", name="conv_bn4")  # [73, 73, 80]
    x = conv_bn(x, 192, 3, padding="valid", name="conv_bn5")  # [71, 71, 192]
    x = layers.MaxPooling2D(3, strides=2, name="max_pool2")(x)  # [35, 35, 192]
    for i, pool in enumerate(pools):
        x = inception_a(x, pool, name=f"inception_a_{i}")
    x = reduction_a(x, name="reduction_a")  # [17, 17, 768]
    for i, width in enumerate(widths):
        x = inception_b(x, width, name=f"inception_b_{i}")
    x = reduction_b(x, name="reduction_b")  # [8, 8, 1280]
    for i in range(rounds):
        x = inception_c(x, name=f"inception_c_{i}")
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [2048]
    x = layers.Dense(classes, name="dense")(x)  # [1000]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="inception_v3")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
