"""KeptIf: image: [6, 6, 3] -> [6, 6, 8].

Made by nndsl 0.1.0 from source.nn: 800 trainable parameters, 24 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Unit(nn.Module):
    """A block keeps its settings, and the `if` that its uses decide differently."""

    def __init__(self, filters: int, stride: int = 1):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(filters, filters, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(filters, eps=0.001, momentum=0.01),
            nn.ReLU() if filters > 4 else nn.Identity(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.convs(x)


class KeptIf(nn.Module):
    """The two uses of `Unit` differ in a setting; the class is written once."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 1)
        self.unit1 = Unit(4)
        self.conv2 = nn.Conv2d(4, width, 1)
        self.unit2 = Unit(width)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv2(self.unit1(self.conv1(image)))  # [width, 6, 6]
        return self.unit2(x)
