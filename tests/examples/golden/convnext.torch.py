"""ConvNeXt: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from convnext.nn: 28,589,128 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Permute(nn.Module):
    """The axes in another order."""

    def __init__(self, *dims: int):
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)


class DropPath(nn.Module):
    """Stochastic depth: drops the whole value of an example in training."""

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        shape = (x.shape[0],) + (1,) * (x.dim() - 1)
        return x * x.new_empty(shape).bernoulli_(1 - self.rate) / (1 - self.rate)


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Block(nn.Module):
    """A wide convolution of each channel, a perceptron at each position, and a scale
    that starts near 0.
    """

    def __init__(self, in_channels: int, drop: float):
        super().__init__()
        self.depthwise_conv = nn.Conv2d(
            in_channels, in_channels, 7, padding=3, groups=in_channels
        )
        self.norm = nn.LayerNorm(in_channels, eps=1e-6)
        self.dense1 = nn.Linear(in_channels, 4 * in_channels)
        self.dense2 = nn.Linear(4 * in_channels, in_channels)
        self.scale = nn.Parameter(torch.full((in_channels,), 1e-6))
        self.drop_path = DropPath(drop)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise_conv(x).permute(0, 2, 3, 1))
        y = F.gelu(self.dense1(y))
        return x + self.drop_path(self.scale * self.dense2(y)).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """ConvNeXt (Liu et al. 2022)."""

    def __init__(
        self,
        depths: Sequence[int] = (3, 3, 9, 3),
        dims: Sequence[int] = (96, 192, 384, 768),
        drop: float = 0.1,
        classes: int = 1000,
    ):
        super().__init__()
        total = sum(depths)
        self.conv = nn.Conv2d(3, dims[0], 4, stride=4)
        self.norm1 = nn.LayerNorm(dims[0], eps=1e-6)
        self.stages = nn.Sequential()
        channels = dims[0]
        for i, (depth, dim) in enumerate(zip(depths, dims)):
            self.stages.append(
                nn.Sequential(
                    (
                        nn.Sequential(
                            Permute(0, 2, 3, 1),
                            nn.LayerNorm(channels, eps=1e-6),
                            Permute(0, 3, 1, 2),
                            nn.Conv2d(channels, dim, 2, stride=2),
                        )
                        if i > 0
                        else nn.Identity()
                    ),
                    *(
                        Block(
                            dim if i > 0 else channels,
                            drop * (sum(depths[:i]) + j) / (total - 1),
                        )
                        for j in range(depth)
                    ),
                )
            )
            channels = dim if i > 0 else channels
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.dense = nn.Linear(channels, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.norm1(self.conv(image).permute(0, 2, 3, 1))
        x = self.norm2(self.stages(x.permute(0, 3, 1, 2)).mean((2, 3)))
        return self.dense(x)  # [classes]
