"""TwoNorms: features: [20] -> [10].

Made by nndsl 0.1.0 from two_norms.nn: 27,722 trainable parameters, 384 others.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

from collections.abc import Callable
from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Unit(nn.Module):
    """A block of a perceptron; which norm it has is a setting, and may be none."""

    def __init__(
        self,
        in_channels: int,
        width: int,
        norm: Callable[[int], nn.Module] = nn.Identity,
    ):
        super().__init__()
        self.dense = nn.Linear(in_channels, width)
        self.norm = norm(width)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.norm(self.dense(x)))


class TwoNorms(nn.Module):
    """One block with a norm over the batch, with a norm over the channels, and with
    none.
    """

    def __init__(self, width: int = 64, depth: int = 3, classes: int = 10):
        super().__init__()
        self.units1 = nn.Sequential()
        channels = 20
        for _ in range(depth):
            self.units1.append(
                Unit(
                    channels,
                    width,
                    norm=partial(nn.BatchNorm1d, eps=0.001, momentum=0.01),
                )
            )
            channels = width
        self.units2 = nn.Sequential()
        for _ in range(depth):
            self.units2.append(Unit(channels, width, norm=nn.LayerNorm))
            channels = width
        self.unit = Unit(channels, width)
        self.dense = nn.Linear(width, classes)
        self.apply(init_weights)

    def logits(self, features: Tensor) -> Tensor:
        x = self.units2(self.units1(features))
        return self.dense(self.unit(x))  # [classes]

    def forward(self, features: Tensor) -> Tensor:
        return F.softmax(self.logits(features), dim=-1)
