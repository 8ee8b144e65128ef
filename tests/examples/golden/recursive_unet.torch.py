"""RecursiveUNet: image: [256, 256, 1] -> mask: [256, 256, 1].

Made by nndsl 0.1.0 from recursive_unet.nn: 31,030,593 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

import torch
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class DoubleConv(nn.Module):
    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(in_channels, filters, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, padding=1),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.convs(x)


class Level(nn.Module):
    """One level of the U: what lies below it is a level of twice the width, down to
    the bottom.
    """

    def __init__(self, in_channels: int, width: int, depth: int):
        super().__init__()
        self.double_conv1 = DoubleConv(in_channels, width)
        self.nested = depth > 0
        if self.nested:
            self.branch = nn.Sequential(
                nn.MaxPool2d(2),
                Level(width, 2 * width, depth - 1),
                nn.ConvTranspose2d(2 * width, width, 2, stride=2),
            )
            self.double_conv2 = DoubleConv(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.double_conv1(x)
        if self.nested:
            x = self.double_conv2(torch.cat((x, self.branch(x)), dim=1))
        return x


class RecursiveUNet(nn.Module):
    """The U-Net of `unet.nn`, written as a block that contains itself."""

    def __init__(self, width: int = 64, depth: int = 4):
        super().__init__()
        self.level = Level(1, width, depth)
        self.mask = nn.Conv2d(width, 1, 1)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        return self.mask(self.level(image))  # [1, 256, 256]

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(image))
