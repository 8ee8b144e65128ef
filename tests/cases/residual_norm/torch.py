"""Sequence: rows: [?T, 6] -> [?T, 6].

Made by nndsl 0.1.0 from source.nn: 360 trainable parameters, 0 others.
"""

from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Mix(nn.Module):
    """A normalised perceptron beside a shortcut, at each place of a sequence."""

    def __init__(self, in_channels: int, hidden: int, drop: float = 0.1):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.LayerNorm(in_channels, eps=0.001),
            nn.Linear(in_channels, hidden),
            nn.GELU(),
            nn.Linear(hidden, in_channels),
            nn.Dropout(drop),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mlp(x)


class Sequence_(nn.Module):
    """The sequence may be of any length."""

    def __init__(self, depth: int = 2):
        super().__init__()
        self.mixes = nn.Sequential(*(Mix(6, 12) for _ in range(depth)))
        self.layer_norm = nn.LayerNorm(6, eps=0.001)
        self.apply(init_weights)

    def forward(self, rows: Tensor) -> Tensor:
        return self.layer_norm(self.mixes(rows))  # [?T, 6]
