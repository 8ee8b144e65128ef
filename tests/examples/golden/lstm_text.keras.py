"""TextClassifier: tokens: int[?T] -> kind: [1].

Made by nndsl 0.1.0 from lstm_text.nn: 2,757,761 trainable parameters, 0 others.
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


def text_classifier(vocab=20000, dim=128, units=64) -> keras.Model:
    """Is this review kind? Two bidirectional LSTMs over word numbers; 0 is padding
    and is not read.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    real = tokens != 0
    x = SummedEmbedding(vocab, dim, name="embedding")(tokens)  # [?T, 128]
    x = layers.Bidirectional(
        layers.LSTM(units, return_sequences=True, zero_output_for_mask=True),
        name="lstm1",
    )(x, None, real)
    x = layers.Bidirectional(layers.LSTM(units), name="lstm2")(x, None, real)  # [128]
    kind = layers.Dense(1, name="kind")(x)  # [1]
    kind = layers.Activation("sigmoid", name="kind_sigmoid")(kind)
    return keras.Model(tokens, kind, name="text_classifier")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("kind_sigmoid").input, name="logits"
    )
