"""Line: x: [4] -> [3].

Made by nndsl 0.1.0 from source.nn: 43 trainable parameters, 0 others.
"""

import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Line(nn.Module):
    """The simplest program: one layer after another."""

    def __init__(self, classes: int = 3):
        super().__init__()
        self.dense1 = nn.Linear(4, 5)
        self.dense2 = nn.Linear(5, classes)
        self.apply(init_weights)

    def logits(self, x: Tensor) -> Tensor:
        x = F.relu(self.dense1(x))  # [5]
        return self.dense2(x)  # [classes]

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(self.logits(x), dim=-1)
