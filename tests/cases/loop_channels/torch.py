"""Loop: signal: [16, 2] -> [1].

Made by nndsl 0.1.0 from source.nn: 267 trainable parameters, 0 others.
"""

from collections.abc import Sequence

from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv1d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Loop(nn.Module):
    """Each round of the loop takes the channels that the round before it left."""

    def __init__(self, widths: Sequence[int] = (4, 6, 8)):
        super().__init__()
        self.convs = nn.Sequential()
        channels = 2
        for w in widths:
            self.convs.append(
                nn.Sequential(nn.Conv1d(channels, w, 3, padding=1), nn.ReLU())
            )
            channels = w
        self.dense = nn.Linear(channels, 1)
        self.apply(init_weights)

    def forward(self, signal: Tensor) -> Tensor:
        return self.dense(self.convs(signal.transpose(1, 2)).mean(2))  # [1]
