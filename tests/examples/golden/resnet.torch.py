"""ResNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from resnet.nn: 25,557,032 trainable parameters, 53,120 others.
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


class ConvBN(nn.Module):
    """A convolution without bias, then its normalisation and an activation."""

    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel: int,
        stride: int = 1,
        act: type[nn.Module] = nn.ReLU,
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            filters,
            kernel,
            stride=stride,
            padding=(kernel - 1) // 2,
            bias=False,
        )
        self.batch_norm = nn.BatchNorm2d(filters)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.batch_norm(self.conv(x)))


class Bottleneck(nn.Module):
    """The block of the large networks: narrow, convolve, widen."""

    def __init__(
        self, in_channels: int, filters: int, stride: int = 1, expansion: int = 4
    ):
        super().__init__()
        width = filters * expansion
        self.main = nn.Sequential(
            ConvBN(in_channels, filters, 1),
            ConvBN(filters, filters, 3, stride),
            ConvBN(filters, width, 1, act=nn.Identity),
        )
        self.shortcut = (
            ConvBN(in_channels, width, 1, stride, act=nn.Identity)
            if stride != 1 or in_channels != width
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.main(x) + self.shortcut(x))


class ResNet(nn.Module):
    """A residual network (He et al. 2015), with the stride on the 3 × 3 convolution
    as in torchvision.
    """

    def __init__(self, stages: Sequence[int] = (3, 4, 6, 3), classes: int = 1000):
        super().__init__()
        self.conv_bn = ConvBN(3, 64, 7, stride=2)
        self.stages = nn.Sequential()
        channels = 64
        for i, depth in enumerate(stages):
            self.stages.append(
                nn.Sequential(
                    Bottleneck(channels, 64 * 2**i, stride=1 if i == 0 else 2),
                    *(Bottleneck(256 * 2**i, 64 * 2**i) for _ in range(depth - 1)),
                )
            )
            channels = 256 * 2**i
        self.dense = nn.Linear(channels, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv_bn(image), 3, stride=2, padding=1)
        return self.dense(self.stages(x).mean((2, 3)))  # [classes]
