"""Head: image: [6, 6, 1] -> [3].

Made by nndsl 0.1.0 from source.nn: 15 trainable parameters, 56 others.
"""

import keras
from keras import layers


def body(x, width, name="body"):
    """What a trained body has learned."""
    x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"{name}_conv")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.GlobalAveragePooling2D(name=f"{name}_global_avg_pool")(x)


def head(width=4, classes=3) -> keras.Model:
    """The body does not train any more, its statistics stand still; the head does."""
    image = keras.Input((6, 6, 1), name="image")
    body_input = keras.Input(image.shape[1:])
    body_model = keras.Model(
        body_input, body(body_input, width, name="body"), name="body"
    )
    body_model.trainable = False
    x = body_model(image)  # [4]
    x = layers.Dense(classes, name="dense")(x)  # [3]
    return keras.Model(image, x, name="head")
