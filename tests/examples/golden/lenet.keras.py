"""LeNet: image: [28, 28, 1] -> [10].

Made by nndsl 0.1.0 from lenet.nn: 61,706 trainable parameters, 0 others.
"""

import keras
from keras import layers


def lenet(classes=10) -> keras.Model:
    """LeNet-5 (LeCun et al. 1998) as it is taught today: plain pools, tanh, all
    channels connected.
    """
    image = keras.Input((28, 28, 1), name="image")
    # [28, 28, 6]
    x = layers.Conv2D(6, 5, padding="same", activation="tanh", name="conv1")(image)
    x = layers.AveragePooling2D(2, name="avg_pool1")(x)  # [14, 14, 6]
    x = layers.Conv2D(16, 5, activation="tanh", name="conv2")(x)  # [10, 10, 16]
    x = layers.AveragePooling2D(2, name="avg_pool2")(x)  # [5, 5, 16]
    x = layers.Flatten(name="flatten")(x)  # [400]
    x = layers.Dense(120, activation="tanh", name="dense1")(x)  # [120]
    x = layers.Dense(84, activation="tanh", name="dense2")(x)  # [84]
    x = layers.Dense(classes, name="dense3")(x)  # [10]
    x = layers.Activation("softmax", name="dense3_softmax")(x)
    return keras.Model(image, x, name="lenet")


def logits_model(model) -> keras.Model:
    """The same layers up to the last softmax: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("dense3_softmax").input, name="logits"
    )
