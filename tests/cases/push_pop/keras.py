"""Hourglass: image: [8, 8, 1] -> mask: [8, 8, 1].

Made by nndsl 0.1.0 from source.nn: 501 trainable parameters, 0 others.
"""

import keras
from keras import layers


def hourglass(widths=(2, 4)) -> keras.Model:
    """What the way down pushes, the way up pops: the last one first."""
    image = keras.Input((8, 8, 1), name="image")
    x = image
    skips = []
    for i, w in enumerate(widths):
        x = layers.Conv2D(w, 3, padding="same", activation="relu", name=f"conv1_{i}")(x)
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"max_pool_{i}")(x)
    for i, w in enumerate(reversed(widths)):
        x = layers.UpSampling2D(2, name=f"upsample_{i}")(x)
        x = layers.concatenate([x, skips.pop()], name=f"concat_{i}")
        x = layers.Conv2D(w, 3, padding="same", activation="relu", name=f"conv2_{i}")(x)
    mask = layers.Conv2D(1, 1, name="mask")(x)  # [8, 8, 1]
    mask = layers.Activation("sigmoid", name="mask_sigmoid")(mask)
    return keras.Model(image, mask, name="hourglass")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("mask_sigmoid").input, name="logits"
    )
