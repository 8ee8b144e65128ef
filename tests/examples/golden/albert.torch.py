"""Albert: tokens: int[?T], segments: int[?T] -> states: [?T, 768], pooled: [768].

Made by nndsl 0.1.0 from albert.nn: 11,683,584 trainable parameters, 0 others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Multi-head self-attention.

    A mask is True where attention goes: (batch, keys).
    What may attend to nothing gives 0.
    """

    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        v = self.value(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        allowed = mask[:, None, None]
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
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

    def __init__(self, in_channels: int, heads: int, hidden: int):
        super().__init__()
        self.self_attention = MultiHeadAttention(in_channels, heads)
        self.norm1 = nn.LayerNorm(in_channels, eps=1e-12)
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, hidden),
            nn.GELU(approximate="tanh"),
            nn.Linear(hidden, in_channels),
        )
        self.norm2 = nn.LayerNorm(in_channels, eps=1e-12)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        x = self.norm1(x + self.self_attention(x, mask=real))
        return self.norm2(x + self.mlp(x))


class Albert(nn.Module):
    """ALBERT (Lan et al. 2019): narrow embeddings, and one layer that is run twelve
    times.
    """

    def __init__(
        self,
        vocab: int = 30000,
        context: int = 512,
        narrow: int = 128,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
    ):
        super().__init__()
        self.words = nn.Embedding(vocab, narrow)
        self.parts = nn.Embedding(2, narrow)
        self.place = nn.Embedding(context, narrow)
        self.norm = nn.LayerNorm(narrow, eps=1e-12)
        self.dense = nn.Linear(narrow, dim)
        self.layer = Layer(dim, heads, hidden)
        self.depth = depth
        self.pooled = nn.Linear(dim, dim)
        self.apply(init_weights)

    def forward(self, tokens: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        assert segments.shape[1] == tokens.shape[1]
        real = tokens != 0  # [?T]
        words = self.words(tokens)  # [?T, narrow]
        parts = self.parts(segments)
        place = self.place(torch.arange(tokens.shape[1], device=tokens.device))
        x = self.dense(self.norm(words + parts + place))  # [?T, dim]
        for _ in range(self.depth):
            x = self.layer(x, real)
        pooled = torch.tanh(self.pooled(x[:, 0]))  # [dim]
        return x, pooled
