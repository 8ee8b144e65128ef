"""Scaled: rows: [?T, 4], marks: [?T] -> [?T, 4].

Made by nndsl 0.1.0 from source.nn: 20 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class Weight(layers.Layer):
    """A weight of its own: gives the tensor, without a batch, on any call."""

    def __init__(self, shape, initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape):
        self.value = self.add_weight(self.shape, self.initializer, name="value")

    def call(self, inputs):
        return ops.convert_to_tensor(self.value)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(self.shape, self.compute_dtype)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        config = {"shape": self.shape, "initializer": initializer}
        return {**super().get_config(), **config}


def scaled(dim=4) -> keras.Model:
    """A raw weight, and a length that is known only when the program runs: the same
    for both inputs.
    """
    rows = keras.Input((None, dim), name="rows")
    marks = keras.Input((None,), name="marks")
    scale = Weight((dim,), initializer="ones", name="scale")(rows)
    x = scale * rows * ops.expand_dims(marks, -1)
    x = layers.Dense(dim, use_bias=False, name="dense")(x)
    return keras.Model([rows, marks], x, name="scaled")
