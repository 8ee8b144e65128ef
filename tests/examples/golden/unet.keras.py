"""UNet: image: [256, 256, 1] -> mask: [256, 256, 1].

Made by nndsl 0.1.0 from unet.nn: 31,030,593 trainable parameters, 0 others.
"""

import keras
from keras import layers


def double_conv(x, filters, name="double_conv"):
    for i in range(2):
        x = layers.Conv2D(
            filters, 3, padding="same", activation="relu", name=f"{name}_conv_{i}"
        )(x)
    return x


def unet(widths=(64, 128, 256, 512), bottom=1024, size=256) -> keras.Model:
    """U-Net (Ronneberger et al. 2015) for one class, with padding so that the mask
    is as large as the image.
    """
    image = keras.Input((size, size, 1), name="image")
    x = image
    skips = []
    for i, w in enumerate(widths):
        x = double_conv(x, w, name=f"double_conv1_{i}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"max_pool_{i}")(x)
    x = double_conv(x, bottom, name="double_conv2")  # [16, 16, 1024]
    for i, w in enumerate(reversed(widths)):
        x = layers.Conv2DTranspose(w, 2, strides=2, name=f"conv_transpose_{i}")(x)
        x = layers.concatenate([x, skips.pop()], name=f"concat_{i}")
        x = double_conv(x, w, name=f"double_conv3_{i}")
    mask = layers.Conv2D(1, 1, name="mask")(x)  # [256, 256, 1]
    mask = layers.Activation("sigmoid", name="mask_sigmoid")(mask)
    return keras.Model(image, mask, name="unet")


def logits_model(model) -> keras.Model:
    """The same layers up to the last sigmoid: losses are computed from logits."""
    return keras.Model(
        model.input, model.get_layer("mask_sigmoid").input, name="logits"
    )
