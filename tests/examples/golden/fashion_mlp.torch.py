"""FashionMLP: image: [28, 28] -> [10].

Made by nndsl 0.1.0 from fashion_mlp.nn: 268,978 trainable parameters, 2,368 others.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import math
from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn


def he_normal_(weight: Tensor) -> Tensor:
    """A normal distribution of variance 2 / fan_in, cut at two deviations."""
    std = math.sqrt(2 / weight[0].numel()) / 0.87962566103423978
    return nn.init.trunc_normal_(weight, 0.0, std, -2 * std, 2 * std)


def start(module: nn.Module, **fillers: Callable[[Tensor], Tensor]) -> nn.Module:
    """Fills parameters in their own way, and keeps init_weights from them."""
    for name, fill in fillers.items():
        fill(getattr(module, name))
    module.started = tuple(fillers)
    return module


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    started = getattr(module, "started", ())
    if isinstance(module, nn.Linear):
        if "weight" not in started:
            nn.init.xavier_uniform_(module.weight)
        if module.bias is not None and "bias" not in started:
            nn.init.zeros_(module.bias)


class FashionMLP(nn.Module):
    """A multilayer perceptron with batch normalisation, for Fashion-MNIST."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.batch_norm1 = nn.BatchNorm1d(784, eps=0.001, momentum=0.01)
        self.dense1 = start(nn.Linear(784, 300), weight=he_normal_)
        self.batch_norm2 = nn.BatchNorm1d(300, eps=0.001, momentum=0.01)
        self.dense2 = start(nn.Linear(300, 100), weight=he_normal_)
        self.batch_norm3 = nn.BatchNorm1d(100, eps=0.001, momentum=0.01)
        self.dense3 = nn.Linear(100, classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = F.elu(self.dense1(self.batch_norm1(image.flatten(1))))  # [300]
        x = F.elu(self.dense2(self.batch_norm2(x)))  # [100]
        return self.dense3(self.batch_norm3(x))  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
