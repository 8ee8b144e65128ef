"""Pictures: image: [8, 8, 3] -> [4].

Made by nndsl 0.1.0 from model.nn: 860 trainable parameters, 136 others.

Exact emission: from equal weights every target trains alike, chance aside.
"""

import keras
from keras import layers


def pictures() -> keras.Model:
    """A convolutional network."""
    image = keras.Input((8, 8, 3), name="image")
    x = image
    for i in range(2):
        x = layers.Conv2D(8, 3, padding="same", use_bias=False, name=f"conv1_{i}")(x)
        x = layers.BatchNormalization(name=f"batch_norm1_{i}")(x)
        x = layers.Activation("relu", name=f"relu_{i}")(x)
    x = layers.Conv2D(8, 1, trainable=False, name="conv2")(x)
    x = layers.BatchNormalization(trainable=False, name="batch_norm2")(x)
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)  # [8]
    x = layers.Activation("hard_sigmoid", name="hard_sigmoid")(x)
    x = layers.Dense(4, name="dense")(x)  # [4]
    x = layers.Activation("softmax", name="dense_softmax")(x)
    return keras.Model(image, x, name="pictures")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense_softmax").input, name="logits"
    )
