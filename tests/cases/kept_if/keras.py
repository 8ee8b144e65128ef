"""KeptIf: image: [6, 6, 3] -> [6, 6, 8].

Made by nndsl 0.1.0 from source.nn: 800 trainable parameters, 24 others.
"""

import keras
from keras import layers


def unit(inputs, filters, stride=1, name="unit"):
    """A block keeps its settings, and the `if` that its uses decide differently."""
    x = layers.ZeroPadding2D(1, name=f"{name}_conv_pad")(inputs)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_conv")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    if filters > 4:
        x = layers.Activation("relu", name=f"{name}_relu")(x)
    return layers.add([inputs, x], name=f"{name}_residual")


def kept_if(width=8) -> keras.Model:
    """The two uses of `Unit` differ in a setting; the class is written once."""
    image = keras.Input((6, 6, 3), name="image")
    x = layers.Conv2D(4, 1, name="conv1")(image)  # [6, 6, 4]
    x = unit(x, 4, name="unit1")
    x = layers.Conv2D(width, 1, name="conv2")(x)  # [6, 6, 8]
    x = unit(x, width, name="unit2")
    return keras.Model(image, x, name="kept_if")
