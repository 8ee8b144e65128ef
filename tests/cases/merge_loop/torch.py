"""Pyramid: image: [8, 8, 2] -> [2].

Made by nndsl 0.1.0 from source.nn: 274 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Pyramid(nn.Module):
    """Every line of a merge is a branch, and so is every round of a loop in it."""

    def __init__(self, rates: Sequence[int] = (1, 2, 3)):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 1)
        self.convs = nn.ModuleList(
            nn.Conv2d(2, 4, 3, padding="same", dilation=r) for r in rates
        )
        self.dense = nn.Linear(4 * len(rates) + 4, 2)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        branches = [self.conv(image)]
        for conv in self.convs:
            branches.append(conv(image))
        return self.dense(torch.cat(branches, dim=1).amax((2, 3)))  # [2]
