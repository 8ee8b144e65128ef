from __future__ import annotations

import torch
from torch import Tensor, nn


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Linear(4, 6)
        self.kind = nn.Linear(6, 5)
        self.score = nn.Linear(6, 1)
        self.losses: list[Tensor] = []

    def logits(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.tanh(self.tower(left)) * torch.tanh(self.tower(right))
        self.losses = [0.1 * x.square().sum(-1).mean()]
        return self.kind(x), self.score(x)

    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        kind, score = self.logits(left, right)
        return nn.functional.softmax(kind, dim=-1), torch.sigmoid(score)

    def extra_losses(self) -> Tensor:
        return torch.stack(self.losses).sum()

    def penalty(self) -> Tensor:
        return 0.01 * self.tower.weight.square().sum()
