"""Tied: question: int[?Q], answer: int[?A] -> logits: [?A, 10].

Made by nndsl 0.1.0 from source.nn: 60 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class TiedEmbedding(layers.Embedding):
    """An embedding that also maps back to the vocabulary with the same weights."""

    def call(self, inputs, reverse=False):
        if reverse:
            return ops.matmul(inputs, ops.transpose(self.embeddings))
        return super().call(inputs)

    def compute_output_spec(self, inputs, reverse=False):
        if reverse:
            shape = (*inputs.shape[:-1], self.input_dim)
            return keras.KerasTensor(shape, self.compute_dtype)
        return super().compute_output_spec(inputs)


def tied(vocab=10, dim=4) -> keras.Model:
    """One embedding: used for both inputs, and turned round at the end; its weights
    count once.
    """
    question = keras.Input((None,), dtype="int32", name="question")
    answer = keras.Input((None,), dtype="int32", name="answer")
    words = TiedEmbedding(vocab, dim, name="words")
    summary = ops.mean(words(question), axis=1)  # [4]
    x = words(answer) + ops.expand_dims(summary, 1)
    x = layers.Dense(dim, activation="tanh", name="dense")(x)
    logits = words(x, reverse=True)  # [?A, 10]
    return keras.Model([question, answer], logits, name="tied")
