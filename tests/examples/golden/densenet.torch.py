"""DenseNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from densenet.nn: 7,978,856 trainable parameters, 83,648 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class BNConv(nn.Module):
    """Normalisation and activation come first here, then the convolution."""

    def __init__(self, in_channels: int, filters: int, kernel: int):
        super().__init__()
        self.batch_norm = nn.BatchNorm2d(in_channels, eps=0.001, momentum=0.01)
        self.conv = nn.Conv2d(
            in_channels, filters, kernel, padding=(kernel - 1) // 2, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.batch_norm(x))
        return self.conv(x)


class DenseBlock(nn.Module):
    """Every layer sees what all layers before it made, and adds `growth` channels to
    it.
    """

    def __init__(self, in_channels: int, depth: int, growth: int):
        super().__init__()
        self.branches = nn.ModuleList()
        channels = in_channels
        for _ in range(depth):
            self.branches.append(
                nn.Sequential(
                    BNConv(channels, 4 * growth, 1), BNConv(4 * growth, growth, 3)
                )
            )
            channels += growth

    def forward(self, x: Tensor) -> Tensor:
        for branch in self.branches:
            x = torch.cat((x, branch(x)), dim=1)
        return x


class Transition(nn.Module):
    """Half the channels, half the size."""

    def __init__(self, in_channels: int):
        super().__init__()
        self.bn_conv = BNConv(in_channels, in_channels // 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(self.bn_conv(x), 2)


class DenseNet(nn.Module):
    """A densely connected network (Huang et al. 2016)."""

    def __init__(
        self,
        depths: Sequence[int] = (6, 12, 24, 16),
        growth: int = 32,
        classes: int = 1000,
    ):
        super().__init__()
        self.conv = nn.Conv2d(3, 2 * growth, 7, stride=2, padding=3, bias=False)
        self.batch_norm1 = nn.BatchNorm2d(2 * growth, eps=0.001, momentum=0.01)
        self.layers = nn.Sequential()
        channels = 2 * growth
        for i, depth in enumerate(depths):
            self.layers.append(
                nn.Sequential(
                    Transition(channels) if i > 0 else nn.Identity(),
                    DenseBlock(channels // 2 if i > 0 else channels, depth, growth),
                )
            )
            channels = (channels // 2 if i > 0 else channels) + depth * growth
        self.batch_norm2 = nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)
        self.dense = nn.Linear(channels, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = F.relu(self.batch_norm1(self.conv(image)))  # [2 * growth, 112, 112]
        x = self.layers(F.max_pool2d(x, 3, stride=2, padding=1))
        x = F.relu(self.batch_norm2(x))
        return self.dense(x.mean((2, 3)))  # [classes]
