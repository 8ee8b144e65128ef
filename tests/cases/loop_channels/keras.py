"""Loop: signal: [16, 2] -> [1].

Made by nndsl 0.1.0 from source.nn: 267 trainable parameters, 0 others.
"""

import keras
from keras import layers


def loop(widths=(4, 6, 8)) -> keras.Model:
    """Each round of the loop takes the channels that the round before it left."""
    signal = keras.Input((16, 2), name="signal")
    x = signal
    for i, w in enumerate(widths):
        x = layers.Conv1D(w, 3, padding="same", activation="relu", name=f"conv_{i}")(x)
    x = layers.GlobalAveragePooling1D(name="global_avg_pool")(x)  # [8]
    x = layers.Dense(1, name="dense")(x)  # [1]
    return keras.Model(signal, x, name="loop")
