"""Head: image: [6, 6, 1] -> [3].

Made by nndsl 0.1.0 from source.nn: 15 trainable parameters, 56 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Body(nn.Module):
    """What a trained body has learned."""

    def __init__(self, in_channels: int, width: int):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, width, 3, padding=1)
        self.batch_norm = nn.BatchNorm2d(width, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x))
        return self.batch_norm(x).mean((2, 3))


class Head(nn.Module):
    """The body does not train any more, its statistics stand still; the head does."""

    def __init__(self, width: int = 4, classes: int = 3):
        super().__init__()
        self.body = Body(1, width)
        self.dense = nn.Linear(width, classes)
        self.body.requires_grad_(False).eval()
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        return self.dense(self.body(image))  # [classes]

    def train(self, mode: bool = True) -> nn.Module:
        """Frozen parts stay as in evaluation."""
        super().train(mode)
        self.body.eval()
        return self
