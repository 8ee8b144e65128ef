"""Siamese: left: [105, 105, 1], right: [105, 105, 1] -> same_class: [1].

Made by nndsl 0.1.0 from siamese.nn: 38,951,745 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Tower(nn.Module):
    """What a character looks like, as 4096 numbers."""

    def __init__(
        self, in_channels: int, in_height: int, in_width: int, width: int, features: int
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 10)
        self.conv2 = nn.Conv2d(width, 2 * width, 7)
        self.conv3 = nn.Conv2d(2 * width, 2 * width, 4)
        self.conv4 = nn.Conv2d(2 * width, 4 * width, 4)
        self.dense = nn.Linear(
            4 * ((in_height + 7) // 8 - 8) * ((in_width + 7) // 8 - 8) * width, features
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(F.max_pool2d(x, 2)))
        x = F.relu(self.conv3(F.max_pool2d(x, 2)))
        x = F.relu(self.conv4(F.max_pool2d(x, 2)))
        return torch.sigmoid(self.dense(x.permute(0, 2, 3, 1).flatten(1)))


class Siamese(nn.Module):
    """Are these two the same character? One-shot learning (Koch et al. 2015)."""

    def __init__(self, width: int = 64, features: int = 4096, size: int = 105):
        super().__init__()
        self.tower = Tower(1, size, size, width, features)
        self.same_class = nn.Linear(features, 1)
        self.apply(init_weights)

    def logits(self, left: Tensor, right: Tensor) -> Tensor:
        return self.same_class(torch.abs(self.tower(left) - self.tower(right)))

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(left, right))
