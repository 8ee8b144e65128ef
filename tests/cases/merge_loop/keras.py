"""Pyramid: image: [8, 8, 2] -> [2].

Made by nndsl 0.1.0 from source.nn: 274 trainable parameters, 0 others.
"""

import keras
from keras import layers


def pyramid(rates=(1, 2, 3)) -> keras.Model:
    """Every line of a merge is a branch, and so is every round of a loop in it."""
    image = keras.Input((8, 8, 2), name="image")
    branches = [layers.Conv2D(4, 1, name="conv1")(image)]
    for i, r in enumerate(rates):
        x = layers.Conv2D(4, 3, dilation_rate=r, padding="same", name=f"conv2_{i}")(
            image
        )
        branches.append(x)
    x = layers.concatenate(branches, name="concat")  # [8, 8, 16]
    x = layers.GlobalMaxPooling2D(name="global_max_pool")(x)  # [16]
    x = layers.Dense(2, name="dense")(x)  # [2]
    return keras.Model(image, x, name="pyramid")
