"""ViT: image: [224, 224, 3] -> [1000].

Made by nndsl 0.1.0 from vit.nn: 86,567,656 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
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
    ):
        super().__init__()
        self.heads = heads
        self.dropout = dropout
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
        x = F.scaled_dot_product_attention(q, k, v, dropout_p=rate)
        return self.out(x.transpose(1, 2).flatten(2))


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, SelfAttention):
        module.reset_parameters()


class Layer(nn.Module):
    def __init__(self, in_channels: int, heads: int, drop: float):
        super().__init__()
        self.attention = nn.Sequential(
            nn.LayerNorm(in_channels, eps=1e-6),
            SelfAttention(in_channels, heads, dropout=drop),
            nn.Dropout(drop),
        )
        self.mlp = nn.Sequential(
            nn.LayerNorm(in_channels, eps=1e-6),
            nn.Linear(in_channels, 4 * in_channels),
            nn.GELU(),
            nn.Dropout(drop),
            nn.Linear(4 * in_channels, in_channels),
            nn.Dropout(drop),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.mlp(x)


class ViT(nn.Module):
    """Vision Transformer (Dosovitskiy et al. 2020): an image is a sequence of
    patches.
    """

    def __init__(
        self,
        patch: int = 16,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        drop: float = 0.0,
        size: int = 224,
        classes: int = 1000,
    ):
        super().__init__()
        self.conv = nn.Conv2d(3, dim, patch, stride=patch)
        self.cls = nn.Parameter(torch.zeros(1, dim))
        self.pos = nn.Parameter(
            0.02 * torch.randn(size // patch * (size // patch) + 1, dim)
        )
        self.dropout = nn.Dropout(drop)
        self.layers = nn.Sequential(*(Layer(dim, heads, drop) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.dense = nn.Linear(dim, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv(image).permute(0, 2, 3, 1).flatten(1, 2)
        x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1)
        x = self.layers(self.dropout(x + self.pos))
        return self.dense(self.norm(x)[:, 0])  # [classes]
