"""EfficientNet: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from efficientnet.nn: 5,288,548 trainable parameters, 42,016 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import math

from torch import Tensor, nn

ROWS = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


def round_to(value: float, divisor: int) -> int:
    """The nearest multiple of the divisor, never more than 10 % below the value."""
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


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


class ConvBN(nn.Module):
    """A convolution without bias, then its normalisation and an activation."""

    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel: int = 1,
        stride: int = 1,
        act: type[nn.Module] = nn.SiLU,
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
        self.norm = nn.BatchNorm2d(filters)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.conv(x)))


class SqueezeExcite(nn.Module):
    """Weighs the channels by what all positions say together."""

    def __init__(self, in_channels: int, squeezed: int):
        super().__init__()
        self.branch = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, squeezed, 1),
            nn.SiLU(),
            nn.Conv2d(squeezed, in_channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.branch(x)


class MBConv(nn.Module):
    """Widen, convolve each channel, weigh, narrow; around it a shortcut where the
    shapes agree.
    """

    def __init__(
        self,
        in_channels: int,
        filters: int,
        expand: int,
        kernel: int,
        stride: int = 1,
        drop: float = 0.0,
    ):
        super().__init__()
        channels = expand * in_channels if expand > 1 else in_channels
        self.skip = stride == 1 and in_channels == filters
        self.branch = nn.Sequential(
            ConvBN(in_channels, expand * in_channels) if expand > 1 else nn.Identity(),
            nn.Conv2d(
                channels,
                channels,
                kernel,
                stride=stride,
                padding=(kernel - 1) // 2,
                groups=channels,
                bias=False,
            ),
            nn.BatchNorm2d(channels),
            nn.SiLU(),
            SqueezeExcite(channels, max(1, in_channels // 4)),
            ConvBN(channels, filters, act=nn.Identity),
            DropPath(drop) if self.skip else nn.Identity(),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x)
        if self.skip:
            y = y + x
        return y


class EfficientNet(nn.Module):
    """EfficientNet (Tan and Le 2019): one table, scaled in width, depth and size
    together.
    """

    def __init__(
        self,
        width: float = 1.0,
        depth: float = 1.0,
        drop: float = 0.2,
        path_drop: float = 0.2,
        classes: int = 1000,
    ):
        super().__init__()

        def scaled(c: int) -> int:
            return round_to(c * width, 8)

        def rounds(n: int) -> int:
            return math.ceil(n * depth)

        total = sum(rounds(n) for _, _, _, _, n in ROWS)
        self.conv_bn1 = ConvBN(3, scaled(32), kernel=3, stride=2)
        self.stages = nn.Sequential()
        channels = scaled(32)
        for i, (expand, kernel, stride, filters, n) in enumerate(ROWS):
            before = sum(rounds(row[4]) for row in ROWS[:i])
            mb_convs = nn.Sequential()
            for j in range(rounds(n)):
                path = path_drop * (before + j) / total
                mb_convs.append(
                    MBConv(
                        channels,
                        scaled(filters),
                        expand,
                        kernel,
                        stride=stride if j == 0 else 1,
                        drop=path,
                    )
                )
                channels = scaled(filters)
            self.stages.append(mb_convs)
        self.conv_bn2 = ConvBN(channels, 4 * scaled(320))
        self.dropout = nn.Dropout(drop)
        self.dense = nn.Linear(4 * scaled(320), classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stages(self.conv_bn1(image))
        x = self.dropout(self.conv_bn2(x).mean((2, 3)))
        return self.dense(x)  # [classes]
