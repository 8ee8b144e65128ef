"""VGG: image: [3, 224, 224] -> [1000].

Made by nndsl 0.1.0 from vgg.nn: 138,357,544 trainable parameters, 0 others.
"""

import keras
from keras import layers, ops

WIDTHS = (64, 128, 256, 512, 512)


def vgg(depths=(2, 2, 3, 3, 3), hidden=4096, size=224, classes=1000) -> keras.Model:
    """A VGG network (Simonyan and Zisserman 2014): 3 × 3 convolutions, poolings,
    three dense layers.
    """
    image = keras.Input((3, size, size), name="image")
    x = ops.transpose(image, (0, 2, 3, 1))  # channels last, as Keras computes
    for i, (depth, width) in enumerate(zip(depths, WIDTHS)):
        for j in range(depth):
            x = layers.Conv2D(
                width, 3, padding="same", activation="relu", name=f"conv_{i}_{j}"
            )(x)
        x = layers.MaxPooling2D(2, name=f"max_pool_{i}")(x)
    x = layers.Flatten(name="flatten")(ops.transpose(x, (0, 3, 1, 2)))  # [25088]
    for i in range(2):
        x = layers.Dense(hidden, activation="relu", name=f"dense1_{i}")(x)
        x = layers.Dropout(0.5, name=f"dropout_{i}")(x)
    x = layers.Dense(classes, name="dense2")(x)  # [1000]
    return keras.Model(image, x, name="vgg")
