"""Bert: tokens: int[?T], segments: int[?T] -> states: [?T, 768], pooled: [768].

Made by nndsl 0.1.0 from bert.nn: 109,482,240 trainable parameters, 0 others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Multi-head self-attention.

    A mask is True where attention goes: (batch, keys).
    What may attend to nothing gives 0.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        v = self.value(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        allowed = mask[:, None, None]
        x = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=allowed,
            dropout_p=self.dropout if self.training else 0.0,
        )
        x = x.masked_fill(~allowed.any(-1, keepdim=True), 0.0)
        return self.output(x.transpose(1, 2).flatten(2))


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


class Layer(nn.Module):
    """One layer of a transformer, normalised after each part. `real` is false where
    a token is padding.
    """

    def __init__(self, in_channels: int, heads: int, hidden: int, drop: float):
        super().__init__()
        self.self_attention = MultiHeadAttention(in_channels, heads, dropout=drop)
        self.dropout = nn.Dropout(drop)
        self.norm1 = nn.LayerNorm(in_channels, eps=1e-12)
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, hidden),
            nn.GELU(),
            nn.Linear(hidden, in_channels),
            nn.Dropout(drop),
        )
        self.norm2 = nn.LayerNorm(in_channels, eps=1e-12)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        x = self.norm1(x + self.dropout(self.self_attention(x, mask=real)))
        return self.norm2(x + self.mlp(x))


class Bert(nn.Module):
    """BERT-base (Devlin et al. 2018): words that see both their sides."""

    def __init__(
        self,
        vocab: int = 30522,
        context: int = 512,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
        drop: float = 0.1,
    ):
        super().__init__()
        self.words = nn.Embedding(vocab, dim)
        self.parts = nn.Embedding(2, dim)
        self.place = nn.Embedding(context, dim)
        self.norm = nn.LayerNorm(dim, eps=1e-12)
        self.dropout = nn.Dropout(drop)
        self.layers = nn.ModuleList(
            Layer(dim, heads, hidden, drop) for _ in range(depth)
        )
        self.pooled = nn.Linear(dim, dim)
        self.apply(init_weights)

    def forward(self, tokens: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        assert segments.shape[1] == tokens.shape[1]
        real = tokens != 0  # [?T]
        words = self.words(tokens)  # [?T, dim]
        parts = self.parts(segments)
        place = self.place(torch.arange(tokens.shape[1], device=tokens.device))
        x = self.dropout(self.norm(words + parts + place))
        for layer in self.layers:
            x = layer(x, real)
        pooled = torch.tanh(self.pooled(x[:, 0]))  # [dim]
        return x, pooled
