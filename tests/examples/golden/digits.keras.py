"""Digits: image: [8, 8, 1] -> [10].

Made by nndsl 0.1.0 from digits.nn: 17,754 trainable parameters, 192 others.
"""

import keras
from keras import layers


def stage(x, filters, name="stage"):
    """Two convolutions, each with its normalisation, and a pool to halve the
    picture.
    """
    for i in range(2):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, name=f"{name}_conv_{i}"
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_batch_norm_{i}")(x)
        x = layers.Activation("relu", name=f"{name}_relu_{i}")(x)
    return layers.MaxPooling2D(2, name=f"{name}_max_pool")(x)


def digits(widths=(16, 32), classes=10) -> keras.Model:
    """A small network for handwritten digits of 8 × 8 pixels (UCI, in
    examples/data/digits).
    """
    image = keras.Input((8, 8, 1), name="image")
    x = image
    for i, width in enumerate(widths):
        x = stage(x, width, name=f"stage_{i}")
    x = layers.Flatten(name="flatten")(x)  # [128]
    x = layers.Dropout(0.3, name="dropout")(x)
    x = layers.Dense(classes, name="dense")(x)  # [10]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="digits")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
