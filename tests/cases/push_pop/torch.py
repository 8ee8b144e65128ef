"""Hourglass: image: [8, 8, 1] -> mask: [8, 8, 1].

Made by nndsl 0.1.0 from source.nn: 501 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Hourglass(nn.Module):
    """What the way down pushes, the way up pops: the last one first."""

    def __init__(self, widths: Sequence[int] = (2, 4)):
        super().__init__()
        self.down_convs = nn.ModuleList()
        channels = 1
        for w in widths:
            self.down_convs.append(nn.Conv2d(channels, w, 3, padding=1))
            channels = w
        self.up_convs = nn.ModuleList()
        for w in reversed(widths):
            self.up_convs.append(nn.Conv2d(channels + w, w, 3, padding=1))
            channels = w
        self.mask = nn.Conv2d(channels, 1, 1)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        skips = []
        x = image
        for down_conv in self.down_convs:
            x = F.relu(down_conv(x))
            skips.append(x)
            x = F.max_pool2d(x, 2)
        for up_conv in self.up_convs:
            x = torch.cat((F.interpolate(x, scale_factor=2), skips.pop()), dim=1)
            x = F.relu(up_conv(x))
        return self.mask(x)

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(image))
