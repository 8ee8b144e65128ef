"""VAE: image: [28, 28, 1] -> picture: [28, 28, 1].

Made by nndsl 0.1.0 from vae.nn: 134,165 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops


class Noise(layers.Layer):
    """Standard normal noise of a value's shape, drawn anew at each call."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        shape = ops.shape(inputs)
        return keras.random.normal(shape, dtype=inputs.dtype, seed=self.seed_generator)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, inputs.dtype)


class LossTerm(layers.Layer):
    """Adds the mean of a term to the loss, and passes its input on."""

    def call(self, inputs, term):
        self.add_loss(ops.mean(term))
        return inputs

    def compute_output_spec(self, inputs, term):
        return keras.KerasTensor(inputs.shape, inputs.dtype)


def vae(latent=2, width=32) -> keras.Model:
    """A variational autoencoder for 28 × 28 pictures (Kingma and Welling 2013), with
    Keras' sizes.
    """
    image = keras.Input((28, 28, 1), name="image")
    # [14, 14, 32]
    x = layers.Conv2D(
        width, 3, strides=2, padding="same", activation="relu", name="conv1"
    )(image)
    # [7, 7, 64]
    x = layers.Conv2D(
        2 * width, 3, strides=2, padding="same", activation="relu", name="conv2"
    )(x)
    x = layers.Flatten(name="flatten")(x)  # [3136]
    x = layers.Dense(16, activation="relu", name="dense1")(x)  # [16]
    mu = layers.Dense(latent, name="mu")(x)  # [2]
    logvar = layers.Dense(latent, name="logvar")(x)  # [2]
    x = ops.sum(1 + logvar - mu**2 - ops.exp(logvar), axis=-1)
    mu = LossTerm(name="kl")(mu, -0.5 * x)
    x = mu + ops.exp(0.5 * logvar) * Noise(name="noise")(mu)
    x = layers.Dense(98 * width, activation="relu", name="dense2")(x)  # [3136]
    x = layers.Reshape((7, 7, 2 * width), name="reshape")(x)  # [7, 7, 64]
    # [14, 14, 64]
    x = layers.Conv2DTranspose(
        2 * width,
        3,
        strides=2,
        padding="same",
        activation="relu",
        name="conv_transpose1",
    )(x)
    # [28, 28, 32]
    x = layers.Conv2DTranspose(
        width, 3, strides=2, padding="same", activation="relu", name="conv_transpose2"
    )(x)
    # [28, 28, 1]
    picture = layers.Conv2DTranspose(1, 3, padding="same", name="picture")(x)
    picture = layers.Activation("sigmoid", name="picture_sigmoid")(picture)
    return keras.Model(image, picture, name="vae")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("picture_sigmoid").input, name="logits"
    )
