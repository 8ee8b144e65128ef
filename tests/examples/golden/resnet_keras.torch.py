"""ResNetKeras: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from resnet_keras.nn: 25,583,592 trainable parameters, 53,120
others.
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


class Bottleneck(nn.Module):
    """Narrow, convolve, widen; the stride is on the first convolution, as He et al.
    had it in 2015.
    """

    def __init__(self, in_channels: int, filters: int, stride: int = 1):
        super().__init__()
        width = 4 * filters
        self.main = (
            nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride=stride),
                nn.BatchNorm2d(width, eps=1.001e-5, momentum=0.01),
            )
            if in_channels != width
            else nn.Identity()
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, filters, 1, stride=stride),
            nn.BatchNorm2d(filters, eps=1.001e-5, momentum=0.01),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, padding=1),
            nn.BatchNorm2d(filters, eps=1.001e-5, momentum=0.01),
            nn.ReLU(),
            nn.Conv2d(filters, width, 1),
            nn.BatchNorm2d(width, eps=1.001e-5, momentum=0.01),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.main(x) + self.shortcut(x))


class ResNetKeras(nn.Module):
    """A residual network as keras.applications has it, with biases that its norms
    make superfluous.
    """

    def __init__(self, stages: Sequence[int] = (3, 4, 6, 3), classes: int = 1000):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.norm = nn.BatchNorm2d(64, eps=1.001e-5, momentum=0.01)
        self.stages = nn.Sequential()
        channels = 64
        for i, depth in enumerate(stages):
            bottlenecks = nn.Sequential()
            for j in range(depth):
                bottlenecks.append(
                    Bottleneck(channels, 64 * 2**i, stride=2 if i > 0 and j == 0 else 1)
                )
                channels = 256 * 2**i
            self.stages.append(bottlenecks)
        self.dense = nn.Linear(channels, classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = F.relu(self.norm(self.conv(image)))  # [64, 112, 112]
        x = self.stages(F.max_pool2d(x, 3, stride=2, padding=1))
        return self.dense(x.mean((2, 3)))  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
