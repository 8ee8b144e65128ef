import keras
from keras import layers


def words(vocabulary=50) -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, 8)(tokens)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dense(1, name="out")(x)
    x = layers.Activation("sigmoid")(x)
    return keras.Model(tokens, x, name="words")


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers without the last sigmoid, for training."""
    return keras.Model(model.inputs, model.get_layer("out").output)
