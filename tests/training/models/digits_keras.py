import keras
from keras import layers


def digits(classes=10) -> keras.Model:
    image = keras.Input((8, 8), name="image")
    x = layers.Flatten()(image)
    x = layers.BatchNormalization()(x)
    x = layers.Dense(32, activation="elu")(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Dense(classes, name="out")(x)
    x = layers.Softmax()(x)
    return keras.Model(image, x, name="digits")


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers without the last softmax, for training."""
    return keras.Model(model.inputs, model.get_layer("out").output)
