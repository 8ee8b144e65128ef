import keras
from keras import layers


def mask() -> keras.Model:
    image = keras.Input((8, 6, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = layers.Conv2D(3, 3, padding="same", name="logits")(x)
    x = layers.Activation("sigmoid", name="picture")(x)
    return keras.Model(image, x, name="mask")


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers without the last sigmoid, for training."""
    return keras.Model(model.inputs, model.get_layer("logits").output)
