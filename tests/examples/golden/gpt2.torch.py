"""GPT2: tokens: int[?T] -> logits: [?T, 50257].

Made by nndsl 0.1.0 from gpt2.nn: 124,439,808 trainable parameters, 0 others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """Multi-head self-attention."""

    def __init__(
        self,
        dim: int,
        heads: int,
        dropout: float = 0.0,
        causal: bool = False,
    ):
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.causal = causal
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def reset_parameters(self) -> None:
        for kernel in (*self.qkv.weight.chunk(3), self.out.weight):
            nn.init.xavier_uniform_(kernel)
        nn.init.zeros_(self.qkv.bias)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        rate = self.dropout if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, dropout_p=rate, is_causal=self.causal
        )
        return self.out(x.transpose(1, 2).flatten(2))


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
    elif isinstance(module, SelfAttention):
        module.reset_parameters()


class Layer(nn.Module):
    """Attention and a two-layer perceptron, each on a normalised copy of the stream."""

    def __init__(self, in_channels: int, heads: int, drop: float):
        super().__init__()
        self.attention = nn.Sequential(
            nn.LayerNorm(in_channels),
            SelfAttention(in_channels, heads, dropout=drop, causal=True),
            nn.Dropout(drop),
        )
        self.mlp = nn.Sequential(
            nn.LayerNorm(in_channels),
            nn.Linear(in_channels, 4 * in_channels),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * in_channels, in_channels),
            nn.Dropout(drop),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.mlp(x)


class GPT2(nn.Module):
    """GPT-2 (Radford et al. 2019): the next word from the words before it."""

    def __init__(
        self,
        vocab: int = 50257,
        context: int = 1024,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        drop: float = 0.1,
    ):
        super().__init__()
        self.wte = nn.Embedding(vocab, dim)
        self.embedding = nn.Embedding(context, dim)
        self.dropout = nn.Dropout(drop)
        self.layers = nn.Sequential(*(Layer(dim, heads, drop) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim)
        self.apply(init_weights)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(torch.arange(tokens.shape[1], device=tokens.device))
        x = self.layers(self.dropout(self.wte(tokens) + x))  # [?T, dim]
        return F.linear(self.norm(x), self.wte.weight)  # [?T, vocab]
