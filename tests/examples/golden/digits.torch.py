"""Digits: image: [8, 8, 1] -> [10].

Made by nndsl 0.1.0 from digits.nn: 17,754 trainable parameters, 192 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Stage(nn.Module):
    """Two convolutions, each with its normalisation, and a pool to halve the
    picture.
    """

    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(in_channels, filters, 3, padding=1, bias=False),
            nn.BatchNorm2d(filters, eps=0.001),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, padding=1, bias=False),
            nn.BatchNorm2d(filters, eps=0.001),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(self.layers(x), 2)


class Digits(nn.Module):
    """A small network for handwritten digits of 8 × 8 pixels (UCI, in
    examples/data/digits).
    """

    def __init__(self, widths: Sequence[int] = (16, 32), classes: int = 10):
        super().__init__()
        self.stages = nn.Sequential()
        h = 8
        w = 8
        channels = 1
        for width in widths:
            self.stages.append(Stage(channels, width))
            h //= 2
            w //= 2
            channels = width
        self.dropout = nn.Dropout(0.3)
        self.dense = nn.Linear(h * w * channels, classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = self.stages(image).permute(0, 2, 3, 1).flatten(1)
        return self.dense(self.dropout(x))  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
