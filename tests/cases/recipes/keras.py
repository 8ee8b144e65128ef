"""Recipes: x: [4] -> [2].

Made by nndsl 0.1.0 from source.nn: 110 trainable parameters, 12 others.
"""

import keras
from keras import layers


def unit(x, width, norm="batch_norm", name="unit"):
    """A block that is told which norm to make."""
    x = layers.Dense(width, name=f"{name}_dense")(x)
    if norm == "batch_norm":
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
    elif norm == "layer_norm":
        x = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm")(x)
    else:
        raise ValueError("norm must be 'batch_norm' or 'layer_norm'")
    return layers.Activation("relu", name=f"{name}_relu")(x)


def recipes(width=6) -> keras.Model:
    """The same block with a norm over the batch and with one over the channels."""
    inputs = keras.Input((4,), name="x")
    x = unit(inputs, width, name="unit1")  # [6]
    x = unit(x, width, norm="layer_norm", name="unit2")
    x = layers.Dense(2, name="dense")(x)  # [2]
    return keras.Model(inputs, x, name="recipes")
