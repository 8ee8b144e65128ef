"""Line: x: [4] -> [3].

Made by nndsl 0.1.0 from source.nn: 43 trainable parameters, 0 others.
"""

import keras
from keras import layers


def line(classes=3) -> keras.Model:
    """The simplest program: one layer after another."""
    inputs = keras.Input((4,), name="x")
    x = layers.Dense(5, activation="relu", name="dense1")(inputs)  # [5]
    x = layers.Dense(classes, name="dense2")(x)  # [3]
    x = layers.Activation("softmax", name="dense2_softmax")(x)
    return keras.Model(inputs, x, name="line")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense2_softmax").input, name="logits"
    )
