"""FashionMLP: image: [28, 28] -> [10].

Made by nndsl 0.1.0 from fashion_mlp.nn: 268,978 trainable parameters, 2,368 others.
"""

import keras
from keras import layers


def fashion_mlp(classes=10) -> keras.Model:
    """A multilayer perceptron with batch normalisation, for Fashion-MNIST."""
    image = keras.Input((28, 28), name="image")
    x = layers.Flatten(name="flatten")(image)  # [784]
    x = layers.BatchNormalization(name="batch_norm1")(x)
    # [300]
    x = layers.Dense(
        300, activation="elu", kernel_initializer="he_normal", name="dense1"
    )(x)
    x = layers.BatchNormalization(name="batch_norm2")(x)
    # [100]
    x = layers.Dense(
        100, activation="elu", kernel_initializer="he_normal", name="dense2"
    )(x)
    x = layers.BatchNormalization(name="batch_norm3")(x)
    x = layers.Dense(classes, name="dense3")(x)  # [10]
    x = layers.Activation("softmax", name="dense3_softmax")(x)
    return keras.Model(image, x, name="fashion_mlp")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense3_softmax").input, name="logits"
    )
