"""Scaled: rows: [?T, 4], marks: [?T] -> [?T, 4].

Made by nndsl 0.1.0 from source.nn: 20 trainable parameters, 0 others.
"""

import torch
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Scaled(nn.Module):
    """A raw weight, and a length that is known only when the program runs: the same
    for both inputs.
    """

    def __init__(self, dim: int = 4):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim))
        self.dense = nn.Linear(dim, dim, bias=False)
        self.apply(init_weights)

    def forward(self, rows: Tensor, marks: Tensor) -> Tensor:
        assert marks.shape[1] == rows.shape[1]
        return self.dense(self.scale * rows * marks.unsqueeze(2))
