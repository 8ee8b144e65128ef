"""TwoNorms: features: [20] -> [10].

Made by nndsl 0.1.0 from two_norms.nn: 27,722 trainable parameters, 384 others.
"""

import keras
from keras import layers


def unit(x, width, norm=None, name="unit"):
    """A block of a perceptron; which norm it has is a setting, and may be none."""
    x = layers.Dense(width, name=f"{name}_dense")(x)
    if norm == "batch_norm":
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
    elif norm == "layer_norm":
        x = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm")(x)
    elif norm is not None:
        raise ValueError("norm must be 'batch_norm' or 'layer_norm' or None")
    return layers.Activation("gelu", name=f"{name}_gelu")(x)


def two_norms(width=64, depth=3, classes=10) -> keras.Model:
    """One block with a norm over the batch, with a norm over the channels, and with
    none.
    """
    features = keras.Input((20,), name="features")
    x = features
    for i in range(depth):
        x = unit(x, width, norm="batch_norm", name=f"unit1_{i}")
    for i in range(depth):
        x = unit(x, width, norm="layer_norm", name=f"unit2_{i}")
    x = unit(x, width, name="unit3")
    x = layers.Dense(classes, name="dense")(x)  # [10]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(features, x, name="two_norms")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
