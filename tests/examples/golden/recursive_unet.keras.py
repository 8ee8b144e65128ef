"""RecursiveUNet: image: [256, 256, 1] -> mask: [256, 256, 1].

Made by nndsl 0.1.0 from recursive_unet.nn: 31,030,593 trainable parameters, 0 others.
"""

import keras
from keras import layers


def double_conv(x, filters, name="double_conv"):
    for i in range(2):
        x = layers.Conv2D(
            filters, 3, padding="same", activation="relu", name=f"{name}_conv_{i}"
        )(x)
    return x


def level(x, width, depth, name="level"):
    """One level of the U: what lies below it is a level of twice the width, down to
    the bottom.
    """
    x = double_conv(x, width, name=f"{name}_double_conv1")
    if depth > 0:
        skip = x
        x = layers.MaxPooling2D(2, name=f"{name}_max_pool")(x)
        x = level(x, 2 * width, depth - 1, name=f"{name}_level")
        x = layers.Conv2DTranspose(width, 2, strides=2, name=f"{name}_conv_transpose")(
            x
        )
        x = layers.concatenate([skip, x], name=f"{name}_concat")
        x = double_conv(x, width, name=f"{name}_double_conv2")
    return x


def recursive_unet(width=64, depth=4, size=256) -> keras.Model:
    """The U-Net of `unet.nn`, written as a block that contains itself."""
    image = keras.Input((size, size, 1), name="image")
    x = level(image, width, depth, name="level")  # [256, 256, 64]
    mask = layers.Conv2D(1, 1, name="mask")(x)  # [256, 256, 1]
    mask = layers.Activation("sigmoid", name="mask_sigmoid")(mask)
    return keras.Model(image, mask, name="recursive_unet")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("mask_sigmoid").input, name="logits"
    )
