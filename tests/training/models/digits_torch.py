from __future__ import annotations

from torch import Tensor, nn


class Digits(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.norm = nn.BatchNorm1d(64, eps=0.001, momentum=0.01)
        self.hidden = nn.Linear(64, 32)
        self.dropout = nn.Dropout(0.1)
        self.out = nn.Linear(32, classes)

    def logits(self, image: Tensor) -> Tensor:
        x = self.norm(image.flatten(1))
        return self.out(self.dropout(nn.functional.elu(self.hidden(x))))

    def forward(self, image: Tensor) -> Tensor:
        return nn.functional.softmax(self.logits(image), dim=-1)
