"""Sequence: rows: [?T, 6] -> [?T, 6].

Made by nndsl 0.1.0 from source.nn: 360 trainable parameters, 0 others.
"""

import keras
from keras import layers


def mix(inputs, hidden, drop=0.1, name="mix"):
    """A normalised perceptron beside a shortcut, at each place of a sequence."""
    x = layers.LayerNormalization(name=f"{name}_layer_norm")(inputs)
    x = layers.Dense(hidden, activation="gelu", name=f"{name}_dense1")(x)
    x = layers.Dense(inputs.shape[-1], name=f"{name}_dense2")(x)
    x = layers.Dropout(drop, name=f"{name}_dropout")(x)
    return layers.add([inputs, x], name=f"{name}_residual")


def sequence(depth=2) -> keras.Model:
    """The sequence may be of any length."""
    rows = keras.Input((None, 6), name="rows")
    x = rows
    for i in range(depth):
        x = mix(x, 12, name=f"mix_{i}")
    x = layers.LayerNormalization(name="layer_norm")(x)
    return keras.Model(rows, x, name="sequence")
