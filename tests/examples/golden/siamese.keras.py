"""Siamese: left: [105, 105, 1], right: [105, 105, 1] -> same_class: [1].

Made by nndsl 0.1.0 from siamese.nn: 38,951,745 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


def tower(x, width, features, name="tower"):
    """What a character looks like, as 4096 numbers."""
    x = layers.Conv2D(width, 10, activation="relu", name=f"{name}_conv1")(x)
    x = layers.MaxPooling2D(2, name=f"{name}_max_pool1")(x)
    x = layers.Conv2D(2 * width, 7, activation="relu", name=f"{name}_conv2")(x)
    x = layers.MaxPooling2D(2, name=f"{name}_max_pool2")(x)
    x = layers.Conv2D(2 * width, 4, activation="relu", name=f"{name}_conv3")(x)
    x = layers.MaxPooling2D(2, name=f"{name}_max_pool3")(x)
    x = layers.Conv2D(4 * width, 4, activation="relu", name=f"{name}_conv4")(x)
    x = layers.Flatten(name=f"{name}_flatten")(x)
    return layers.Dense(features, activation="sigmoid", name=f"{name}_dense")(x)


def siamese(width=64, features=4096, size=105) -> keras.Model:
    """Are these two the same character? One-shot learning (Koch et al. 2015)."""
    left = keras.Input((size, size, 1), name="left")
    right = keras.Input((size, size, 1), name="right")
    tower_input = keras.Input((size, size, 1))
    tower_model = keras.Model(
        tower_input, tower(tower_input, width, features, name="tower"), name="tower"
    )
    x = ops.abs(tower_model(left) - tower_model(right))
    same_class = layers.Dense(1, name="same_class")(x)  # [1]
    same_class = layers.Activation("sigmoid", name="same_class_sigmoid")(same_class)
    return keras.Model([left, right], same_class, name="siamese")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("same_class_sigmoid").input, name="logits"
    )
