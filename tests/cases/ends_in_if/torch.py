"""EndsInIf: image: [16, 16, 3] -> [3].

Made by nndsl 0.1.0 from source.nn: 8,389 trainable parameters, 176 others.
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


class Inverted(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, stride: int = 1, expand: int = 2
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, in_channels * expand, 1)
        self.depthwise_conv = nn.Conv2d(
            in_channels * expand,
            in_channels * expand,
            3,
            stride=stride,
            padding=1,
            groups=in_channels * expand,
        )
        self.conv2 = nn.Conv2d(in_channels * expand, filters, 1)
        self.residual = stride == 1 and in_channels == filters

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.conv1(x))
        y = F.relu6(self.depthwise_conv(y))
        y = self.conv2(y)
        if self.residual:
            y = y + x
        return y


class Basic(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, stride: int = 1, gate: bool = False
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, filters, 3, stride=stride, padding=1)
        self.batch_norm1 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.batch_norm2 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)
        self.gate = gate
        if gate:
            self.conv3 = nn.Conv2d(filters, filters // 4, 1)
            self.scale = nn.Conv2d(filters // 4, filters, 1)
        self.project = stride != 1 or in_channels != filters
        if self.project:
            self.conv4 = nn.Conv2d(in_channels, filters, 1, stride=stride)
            self.batch_norm3 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.batch_norm1(self.conv1(x)))
        y = self.batch_norm2(self.conv2(y))
        if self.gate:
            z = F.relu(self.conv3(y.mean((2, 3), keepdim=True)))
            scale = torch.sigmoid(self.scale(z))
            y = y * scale
        if self.project:
            y = y + self.batch_norm3(self.conv4(x))
        else:
            y = y + x
        return F.relu(y)


class EndsInIf(nn.Module):
    def __init__(
        self,
        width: int = 8,
        rows: Sequence[Sequence[int]] = ((8, 1), (8, 1), (12, 2)),
        classes: int = 3,
    ):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.inverteds = nn.Sequential()
        channels = width
        for filters, stride in rows:
            self.inverteds.append(Inverted(channels, filters, stride))
            channels = filters
        self.basic1 = Basic(channels, width)
        self.basic2 = Basic(width, width, gate=True)
        self.basic3 = Basic(width, 2 * width, stride=2, gate=True)
        self.dense = nn.Linear(2 * width, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.inverteds(self.conv(image))
        x = self.basic3(self.basic2(self.basic1(x)))
        return self.dense(x.mean((2, 3)))  # [classes]
