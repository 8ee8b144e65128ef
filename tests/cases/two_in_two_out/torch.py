"""Offer: picture: [8, 8, 3], kind: int -> price: [1], seller: [20].

Made by nndsl 0.1.0 from source.nn: 453 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases,
    embeddings between -0.05 and 0.05.
    """
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)


class Offer(nn.Module):
    """Two inputs of different kinds, two outputs of different shapes."""

    def __init__(self, words: int = 20):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.known = nn.Embedding(words, 4)
        self.dense = nn.Linear(8, 8)
        self.price = nn.Linear(8, 1)
        self.seller = nn.Linear(8, words)
        self.apply(init_weights)

    def logits(self, picture: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.conv(F.pad(picture, (0, 1, 0, 1))))  # [4, 4, 4]
        seen = x.mean((2, 3))  # [4]
        known = self.known(kind)
        x = F.relu(self.dense(torch.cat((seen, known), dim=1)))  # [8]
        price = self.price(x)  # [1]
        seller = self.seller(x)  # [words]
        return price, seller

    def forward(self, picture: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
        price, seller = self.logits(picture, kind)
        return price, F.softmax(seller, dim=-1)
