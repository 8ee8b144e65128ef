"""Pictures: image: [8, 8, 3] -> [4].

Made by nndsl 0.1.0 from model.nn: 860 trainable parameters, 136 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

Exact emission: from equal weights every target trains alike, chance aside.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm1d):
    """Batch norm of any rank that keeps the batch's own variance, as Keras does."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            with torch.no_grad():
                var, mean = torch.var_mean(x, (0, *range(2, x.dim())), correction=0)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var, self.momentum)
            running = None, None
        else:
            running = self.running_mean, self.running_var
        own = self.weight, self.bias
        return F.batch_norm(x, *running, *own, self.training, 0.0, self.eps)


def exact_hard_sigmoid(x: Tensor) -> Tensor:
    """As F.hardsigmoid, whose gradient has a float32 for 1 / 6."""
    return F.relu6(x + 3) / 6


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Pictures(nn.Module):
    """A convolutional network."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False),
            BatchNorm(8, eps=0.001, momentum=0.01),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            BatchNorm(8, eps=0.001, momentum=0.01),
            nn.ReLU(),
        )
        self.conv = nn.Conv2d(8, 8, 1)
        self.batch_norm = nn.BatchNorm2d(8, eps=0.001, momentum=0.01)
        self.dense = nn.Linear(8, 4)
        for module in (self.conv, self.batch_norm):
            module.requires_grad_(False).eval()
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = self.batch_norm(self.conv(self.layers(image)))  # [8, 8, 8]
        x = exact_hard_sigmoid(x.mean((2, 3)))  # [8]
        return self.dense(x)  # [4]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)

    def train(self, mode: bool = True) -> nn.Module:
        """Frozen parts stay as in evaluation."""
        super().train(mode)
        self.conv.eval()
        self.batch_norm.eval()
        return self
