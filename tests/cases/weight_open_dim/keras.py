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


class SameSize(layers.Layer):
    """Checks that two values agree in size along an axis; passes the first on."""

    def __init__(self, axis, other_axis, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.other_axis = other_axis

    def call(self, inputs, other):
        sizes = list(ops.shape(inputs))
        size, wanted = sizes[self.axis], ops.shape(other)[self.other_axis]
        if isinstance(size, int) and isinstance(wanted, int) and size != wanted:
            raise ValueError(f"{self.name}: the size is {size}, and {wanted} is wanted")
        starts = [0] * len(sizes)
        starts[self.axis], sizes[self.axis] = wanted - size, wanted
        # In a graph it is this slice that fails for another size.
        return ops.slice(inputs, starts, sizes)

    def compute_output_spec(self, inputs, other):
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self):
        config = {"axis": self.axis, "other_axis": self.other_axis}
        return {**super().get_config(), **config}


def scaled(dim=4) -> keras.Model:
    """A raw weight, and a length that is known only when the program runs: the same
    for both inputs.
    """
    rows = keras.Input((None, dim), name="rows")
    marks = keras.Input((None,), name="marks")
    marks_checked = SameSize(-1, 1, name="marks_size")(marks, rows)
    scale = Weight((dim,), initializer="ones", name="scale")(rows)
    x = scale * rows * ops.expand_dims(marks_checked, -1)
    x = layers.Dense(dim, use_bias=False, name="dense")(x)
    return keras.Model([rows, marks], x, name="scaled")
