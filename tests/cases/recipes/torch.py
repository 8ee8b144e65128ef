"""Recipes: x: [4] -> [2].

Made by nndsl 0.1.0 from source.nn: 110 trainable parameters, 12 others.

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
    """A block that is told which norm to make."""

    def __init__(
        self,
        in_channels: int,
        width: int,
        norm: Callable[[int], nn.Module] = partial(
            nn.BatchNorm1d, eps=0.001, momentum=0.01
        ),
    ):
        super().__init__()
        self.dense = nn.Linear(in_channels, width)
        self.norm = norm(width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.dense(x)))


class Recipes(nn.Module):
    """The same block with a norm over the batch and with one over the channels."""

    def __init__(self, width: int = 6):
        super().__init__()
        self.unit1 = Unit(4, width)
        self.unit2 = Unit(width, width, norm=nn.LayerNorm)
        self.dense = nn.Linear(width, 2)
        self.apply(init_weights)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.unit2(self.unit1(x)))  # [2]
