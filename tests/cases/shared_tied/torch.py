"""Tied: question: int[?Q], answer: int[?A] -> logits: [?A, 10].

Made by nndsl 0.1.0 from source.nn: 60 trainable parameters, 0 others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases,
    embeddings between -0.05 and 0.05.
    """
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)


class Tied(nn.Module):
    """One embedding: used for both inputs, and turned round at the end; its weights
    count once.
    """

    def __init__(self, vocab: int = 10, dim: int = 4):
        super().__init__()
        self.words = nn.Embedding(vocab, dim)
        self.dense = nn.Linear(dim, dim)
        self.apply(init_weights)

    def forward(self, question: Tensor, answer: Tensor) -> Tensor:
        summary = self.words(question).mean(1)  # [dim]
        x = self.dense(self.words(answer) + summary[:, None, :])  # [?A, dim]
        return F.linear(torch.tanh(x), self.words.weight)  # [?A, vocab]
