"""NewHead: image: [224, 224, 3] -> [5].

Made by nndsl 0.1.0 from frozen.nn: 5,125 trainable parameters, 3,228,864 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import torch.nn.functional as F
from torch import Tensor, nn


class SamePad(nn.Module):
    """Padding that keeps ceil(size / stride) positions; the odd one goes after."""

    def __init__(self, kernel: int, stride: int):
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        sides = []
        for size in reversed(x.shape[2:]):
            steps = -(-size // self.stride)
            total = max((steps - 1) * self.stride + self.kernel - size, 0)
            sides += [total // 2, total - total // 2]
        return F.pad(x, sides)


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Separable(nn.Module):
    """A convolution of each channel, then one across the channels."""

    def __init__(self, in_channels: int, filters: int, stride: int = 1):
        super().__init__()
        self.pad = SamePad(3, stride)
        self.depthwise_conv = nn.Conv2d(
            in_channels, in_channels, 3, stride=stride, groups=in_channels, bias=False
        )
        self.norm1 = nn.BatchNorm2d(in_channels, eps=0.001, momentum=0.01)
        self.conv = nn.Conv2d(in_channels, filters, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(self.depthwise_conv(self.pad(x)))
        x = self.norm2(self.conv(F.relu6(x)))
        return F.relu6(x)


class MobileNet(nn.Module):
    """MobileNet (Howard et al. 2017) without its classifier."""

    def __init__(self, in_channels: int, width: float = 1.0):
        super().__init__()

        def scaled(c: int) -> int:
            return int(c * width)

        self.pad = SamePad(3, 2)
        self.conv = nn.Conv2d(in_channels, scaled(32), 3, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(scaled(32), eps=0.001, momentum=0.01)
        self.separable1 = Separable(scaled(32), scaled(64))
        self.stages = nn.Sequential()
        channels = scaled(64)
        for filters in (128, 256, 512):
            self.stages.append(
                nn.Sequential(
                    Separable(channels, scaled(filters), stride=2),
                    *(
                        Separable(scaled(filters), scaled(filters))
                        for _ in range(5 if filters == 512 else 1)
                    ),
                )
            )
            channels = scaled(filters)
        self.separable2 = Separable(channels, scaled(1024), stride=2)
        self.separable3 = Separable(scaled(1024), scaled(1024))

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(self.pad(x)))
        x = self.stages(self.separable1(F.relu6(x)))
        return self.separable3(self.separable2(x))


class NewHead(nn.Module):
    """Transfer learning: a trained body that no longer changes, and a new head for
    other classes.
    """

    def __init__(self, width: float = 1.0, classes: int = 5):
        super().__init__()
        self.mobilenet = MobileNet(3, width)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(int(1024 * width), classes)
        self.mobilenet.requires_grad_(False).eval()
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = self.dropout(self.mobilenet(image).mean((2, 3)))
        return self.dense(x)  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)

    def train(self, mode: bool = True) -> nn.Module:
        """Frozen parts stay as in evaluation."""
        super().train(mode)
        self.mobilenet.eval()
        return self
