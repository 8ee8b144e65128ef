"""InceptionV3: image: [299, 299, 3] -> [1000].

Made by nndsl 0.1.0 from inception.nn: 23,817,352 trainable parameters, 34,432 others.
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


def without(module: nn.Module, name: str) -> nn.Module:
    """Keeps one of a layer's parameters as it starts: no weight of the model."""
    start = getattr(module, name).detach()
    delattr(module, name)
    module.register_buffer(name, start, persistent=False)
    return module


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class ConvBN(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int | str = "same",
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, filters, kernel, stride=stride, padding=padding, bias=False
        )
        self.batch_norm = without(
            nn.BatchNorm2d(filters, eps=0.001, momentum=0.01), "weight"
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.batch_norm(self.conv(x)))


class InceptionA(nn.Module):
    """Four views of the same image, side by side; 5 × 5 is one of them, two 3 × 3
    another.
    """

    def __init__(self, in_channels: int, pool: int):
        super().__init__()
        self.conv_bn = ConvBN(in_channels, 64, 1)
        self.branch1 = nn.Sequential(ConvBN(in_channels, 48, 1), ConvBN(48, 64, 5))
        self.branch2 = nn.Sequential(
            ConvBN(in_channels, 64, 1), ConvBN(64, 96, 3), ConvBN(96, 96, 3)
        )
        self.branch3 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBN(in_channels, pool, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            (self.conv_bn(x), self.branch1(x), self.branch2(x), self.branch3(x)), dim=1
        )


class ReductionA(nn.Module):
    """Half the size: 35 × 35 to 17 × 17."""

    def __init__(self, in_channels: int):
        super().__init__()
        self.conv_bn = ConvBN(in_channels, 384, 3, stride=2, padding=0)
        self.branch = nn.Sequential(
            ConvBN(in_channels, 64, 1),
            ConvBN(64, 96, 3),
            ConvBN(96, 96, 3, stride=2, padding=0),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            (self.conv_bn(x), self.branch(x), F.max_pool2d(x, 3, stride=2)), dim=1
        )


class InceptionB(nn.Module):
    """A 7 × 7 convolution as 1 × 7 and 7 × 1."""

    def __init__(self, in_channels: int, width: int):
        super().__init__()
        self.conv_bn = ConvBN(in_channels, 192, 1)
        self.branch1 = nn.Sequential(
            ConvBN(in_channels, width, 1),
            ConvBN(width, width, (1, 7)),
            ConvBN(width, 192, (7, 1)),
        )
        self.branch2 = nn.Sequential(
            ConvBN(in_channels, width, 1),
            ConvBN(width, width, (7, 1)),
            ConvBN(width, width, (1, 7)),
            ConvBN(width, width, (7, 1)),
            ConvBN(width, 192, (1, 7)),
        )
        self.branch3 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBN(in_channels, 192, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            (self.conv_bn(x), self.branch1(x), self.branch2(x), self.branch3(x)), dim=1
        )


class ReductionB(nn.Module):
    """Half the size: 17 × 17 to 8 × 8."""

    def __init__(self, in_channels: int):
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBN(in_channels, 192, 1), ConvBN(192, 320, 3, stride=2, padding=0)
        )
        self.branch2 = nn.Sequential(
            ConvBN(in_channels, 192, 1),
            ConvBN(192, 192, (1, 7)),
            ConvBN(192, 192, (7, 1)),
            ConvBN(192, 192, 3, stride=2, padding=0),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            (self.branch1(x), self.branch2(x), F.max_pool2d(x, 3, stride=2)), dim=1
        )


class InceptionC(nn.Module):
    """The widest: two branches end in a fork."""

    def __init__(self, in_channels: int):
        super().__init__()
        self.conv_bn1 = ConvBN(in_channels, 320, 1)
        self.conv_bn2 = ConvBN(in_channels, 384, 1)
        self.conv_bn3 = ConvBN(384, 384, (1, 3))
        self.conv_bn4 = ConvBN(384, 384, (3, 1))
        self.conv_bn5 = ConvBN(in_channels, 448, 1)
        self.conv_bn6 = ConvBN(448, 384, 3)
        self.conv_bn7 = ConvBN(384, 384, (1, 3))
        self.conv_bn8 = ConvBN(384, 384, (3, 1))
        self.branch = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBN(in_channels, 192, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv_bn2(x)
        z = self.conv_bn6(self.conv_bn5(x))
        y = torch.cat((self.conv_bn3(y), self.conv_bn4(y)), dim=1)
        z = torch.cat((self.conv_bn7(z), self.conv_bn8(z)), dim=1)
        return torch.cat((self.conv_bn1(x), y, z, self.branch(x)), dim=1)


class InceptionV3(nn.Module):
    """Inception v3 (Szegedy et al. 2015), layer by layer as in keras.applications."""

    def __init__(
        self,
        pools: Sequence[int] = (32, 64, 64),
        widths: Sequence[int] = (128, 160, 160, 192),
        rounds: int = 2,
        classes: int = 1000,
    ):
        super().__init__()
        self.conv_bn1 = ConvBN(3, 32, 3, stride=2, padding=0)
        self.conv_bn2 = ConvBN(32, 32, 3, padding=0)
        self.conv_bn3 = ConvBN(32, 64, 3)
        self.conv_bn4 = ConvBN(64, 80, 1, padding=0)
        self.conv_bn5 = ConvBN(80, 192, 3, padding=0)
        self.inception_as = nn.Sequential()
        channels = 192
        for pool in pools:
            self.inception_as.append(InceptionA(channels, pool))
            channels = pool + 224
        self.reduction_a = ReductionA(channels)
        self.inception_bs = nn.Sequential()
        channels += 480
        for width in widths:
            self.inception_bs.append(InceptionB(channels, width))
            channels = 768
        self.reduction_b = ReductionB(channels)
        self.inception_cs = nn.Sequential()
        channels += 512
        for _ in range(rounds):
            self.inception_cs.append(InceptionC(channels))
            channels = 2048
        self.dense = nn.Linear(channels, classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = self.conv_bn3(self.conv_bn2(self.conv_bn1(image)))  # [64, 147, 147]
        x = self.conv_bn5(self.conv_bn4(F.max_pool2d(x, 3, stride=2)))
        x = self.inception_as(F.max_pool2d(x, 3, stride=2))
        x = self.inception_bs(self.reduction_a(x))
        x = self.inception_cs(self.reduction_b(x))
        return self.dense(x.mean((2, 3)))  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
