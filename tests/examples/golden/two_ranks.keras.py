"""Speaker: face: [64, 64, 3], voice: [4000, 1] -> [100].

Made by nndsl 0.1.0 from two_ranks.nn: 409,380 trainable parameters, 1,792 others.
"""

import keras
from keras import layers


def conv_bn(x, filters, kernel, stride=1, name="conv_bn"):
    """A convolution with its normalisation, for sequences, images and volumes alike."""
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def stage(x, filters, name="stage"):
    """Halves every axis but the channels, which it doubles."""
    x = conv_bn(x, filters, 3, stride=2, name=f"{name}_conv_bn1")
    return conv_bn(x, filters, 3, name=f"{name}_conv_bn2")


def conv_bn1d(x, filters, kernel, stride=1, name="conv_bn1d"):
    """A convolution with its normalisation, for sequences, images and volumes alike."""
    x = layers.Conv1D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def stage1d(x, filters, name="stage1d"):
    """Halves every axis but the channels, which it doubles."""
    x = conv_bn1d(x, filters, 3, stride=2, name=f"{name}_conv_bn1")
    return conv_bn1d(x, filters, 3, name=f"{name}_conv_bn2")


def speaker(width=32, depth=3, size=64, samples=4000, people=100) -> keras.Model:
    """Who is speaking? One block looks at the face, in two dimensions, and listens
    to the voice, in one.
    """
    face = keras.Input((size, size, 3), name="face")
    voice = keras.Input((samples, 1), name="voice")
    x = face
    for i in range(depth):
        x = stage(x, width * 2**i, name=f"stage1_{i}")
    seen = layers.GlobalAveragePooling2D(name="seen")(x)  # [128]
    x = voice
    for i in range(depth):
        x = stage1d(x, width * 2**i, name=f"stage2_{i}")
    heard = layers.GlobalAveragePooling1D(name="heard")(x)  # [128]
    x = layers.concatenate([seen, heard], name="concat")  # [256]
    x = layers.Dense(people, name="dense")(x)  # [100]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model([face, voice], x, name="speaker")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
