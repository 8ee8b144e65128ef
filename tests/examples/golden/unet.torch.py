"""UNet: image: [256, 256, 1] -> mask: [256, 256, 1].

Made by nndsl 0.1.0 from unet.nn: 31,030,593 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
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


class UNet(nn.Module):
    """U-Net (Ronneberger et al. 2015) for one class, with padding so that the mask
    is as large as the image.
    """

    def __init__(self, widths: Sequence[int] = (64, 128, 256, 512), bottom: int = 1024):
        super().__init__()
        self.down_double_convs = nn.ModuleList()
        channels = 1
        for w in widths:
            self.down_double_convs.append(DoubleConv(channels, w))
            channels = w
        self.double_conv = DoubleConv(channels, bottom)
        self.conv_transposes = nn.ModuleList()
        self.up_double_convs = nn.ModuleList()
        channels = bottom
        for w in reversed(widths):
            self.conv_transposes.append(nn.ConvTranspose2d(channels, w, 2, stride=2))
            self.up_double_convs.append(DoubleConv(2 * w, w))
            channels = w
        self.mask = nn.Conv2d(channels, 1, 1)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        skips = []
        x = image
        for down_double_conv in self.down_double_convs:
            x = down_double_conv(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.double_conv(x)
        for conv_transpose, up_double_conv in zip(
            self.conv_transposes, self.up_double_convs
        ):
            x = up_double_conv(torch.cat((conv_transpose(x), skips.pop()), dim=1))
        return self.mask(x)

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(image))
