import keras
from keras import layers, ops


class Term(layers.Layer):
    def call(self, x):
        self.add_loss(0.1 * ops.mean(ops.sum(ops.square(x), axis=-1)))
        return x


def pair() -> keras.Model:
    left = keras.Input((4,), name="left")
    right = keras.Input((4,), name="right")
    penalty = keras.regularizers.L2(0.01)
    tower = layers.Dense(6, activation="tanh", kernel_regularizer=penalty)
    x = layers.multiply([tower(left), tower(right)])
    x = Term()(x)
    kind = layers.Softmax(name="kind")(layers.Dense(5, name="kind_logits")(x))
    score = layers.Activation("sigmoid")(layers.Dense(1, name="score_logits")(x))
    return keras.Model([left, right], [kind, score], name="pair")


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers without the last softmax and sigmoid, for training."""
    names = ("kind_logits", "score_logits")
    return keras.Model(model.inputs, [model.get_layer(name).output for name in names])
