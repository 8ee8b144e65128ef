"""Offer: picture: [8, 8, 3], kind: int -> price: [1], seller: [20].

Made by nndsl 0.1.0 from source.nn: 453 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class SummedEmbedding(layers.Embedding):
    """An embedding whose gradient comes as one tensor.

    Of a plain one TensorFlow gives a gradient for each row that was looked up, and
    Keras' Adam and norm clipping square them one by one where a row occurs more than
    once.
    """

    def call(self, inputs):
        return ops.take(self.embeddings * 1.0, inputs, axis=0)


def offer(words=20) -> keras.Model:
    """Two inputs of different kinds, two outputs of different shapes."""
    picture = keras.Input((8, 8, 3), name="picture")
    kind = keras.Input((), dtype="int32", name="kind")
    # [4, 4, 4]
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv")(
        picture
    )
    seen = layers.GlobalAveragePooling2D(name="seen")(x)  # [4]
    known = SummedEmbedding(words, 4, name="known")(kind)  # [4]
    x = layers.concatenate([seen, known], name="concat")  # [8]
    x = layers.Dense(8, activation="relu", name="dense")(x)
    price = layers.Dense(1, name="price")(x)  # [1]
    seller = layers.Dense(words, name="seller")(x)  # [20]
    seller = layers.Activation("softmax", name="seller_softmax")(seller)
    return keras.Model([picture, kind], [price, seller], name="offer")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input,
        [model.outputs[0], model.get_layer("seller_softmax").input],
        name="logits",
    )
