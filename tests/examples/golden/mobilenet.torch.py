"""MobileNetV2: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from mobilenet.nn: 3,504,872 trainable parameters, 34,112 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import torch.nn.functional as F
from torch import Tensor, nn

ROWS = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))


def round_to(value: float, divisor: int) -> int:
    """The nearest multiple of the divisor, never more than 10 % below the value."""
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


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


class Inverted(nn.Module):
    """Widen, convolve each channel, narrow; around it a shortcut where the shapes
    agree.
    """

    def __init__(
        self, in_channels: int, filters: int, expand: int = 6, stride: int = 1
    ):
        super().__init__()
        channels = expand * in_channels if expand > 1 else in_channels
        self.branch = nn.Sequential(
            (
                nn.Sequential(
                    nn.Conv2d(in_channels, expand * in_channels, 1, bias=False),
                    nn.BatchNorm2d(expand * in_channels, eps=0.001, momentum=0.001),
                    nn.ReLU6(),
                )
                if expand > 1
                else nn.Identity()
            ),
            SamePad(3, stride),
            nn.Conv2d(
                channels, channels, 3, stride=stride, groups=channels, bias=False
            ),
            nn.BatchNorm2d(channels, eps=0.001, momentum=0.001),
            nn.ReLU6(),
            nn.Conv2d(channels, filters, 1, bias=False),
            nn.BatchNorm2d(filters, eps=0.001, momentum=0.001),
        )
        self.skip = stride == 1 and in_channels == filters

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x)
        if self.skip:
            y = y + x
        return y


class MobileNetV2(nn.Module):
    """MobileNetV2 (Sandler et al. 2018), as keras.applications has it."""

    def __init__(self, width: float = 1.0, classes: int = 1000):
        super().__init__()

        def scaled(c: int) -> int:
            return round_to(c * width, 8)

        self.pad = SamePad(3, 2)
        self.conv1 = nn.Conv2d(3, scaled(32), 3, stride=2, bias=False)
        self.norm1 = nn.BatchNorm2d(scaled(32), eps=0.001, momentum=0.001)
        self.inverted = Inverted(scaled(32), scaled(16), expand=1)
        self.stages = nn.Sequential()
        channels = scaled(16)
        for filters, depth, stride in ROWS:
            inverteds = nn.Sequential()
            for j in range(depth):
                inverteds.append(
                    Inverted(channels, scaled(filters), stride=stride if j == 0 else 1)
                )
                channels = scaled(filters)
            self.stages.append(inverteds)
        self.conv2 = nn.Conv2d(channels, max(1280, scaled(1280)), 1, bias=False)
        self.norm2 = nn.BatchNorm2d(max(1280, scaled(1280)), eps=0.001, momentum=0.001)
        self.dense = nn.Linear(max(1280, scaled(1280)), classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = self.norm1(self.conv1(self.pad(image)))
        x = self.stages(self.inverted(F.relu6(x)))
        x = F.relu6(self.norm2(self.conv2(x)))
        return self.dense(x.mean((2, 3)))  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
