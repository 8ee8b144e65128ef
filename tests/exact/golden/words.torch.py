"""Words: tokens: int[6] -> [3].

Made by nndsl 0.1.0 from model.nn: 3,299 trainable parameters, 0 others.

Exact emission: from equal weights every target trains alike, chance aside.
"""

import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """Multi-head self-attention."""

    def __init__(
        self,
        dim: int,
        heads: int,
        causal: bool = False,
    ):
        super().__init__()
        self.heads = heads
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
        x = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
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


class Words(nn.Module):
    """A transformer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 12)
        self.attentions = nn.ModuleList()
        self.mlps = nn.ModuleList()
        for _ in range(2):
            self.attentions.append(
                nn.Sequential(
                    nn.LayerNorm(12, eps=0.001), SelfAttention(12, 2, causal=True)
                )
            )
            self.mlps.append(
                nn.Sequential(
                    nn.LayerNorm(12, eps=0.001),
                    nn.Linear(12, 24),
                    nn.GELU(),
                    nn.Linear(24, 12),
                )
            )
        self.dense1 = nn.Linear(12, 8)
        self.dense2 = nn.Linear(8, 3)
        self.apply(init_weights)

    def logits(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)  # [6, 12]
        for attention, mlp in zip(self.attentions, self.mlps):
            x = x + attention(x)
            x = x + mlp(x)
        x = F.gelu(self.dense1(x.mean(1)), approximate="tanh")  # [8]
        return self.dense2(x)  # [3]

    def forward(self, tokens: Tensor) -> Tensor:
        return F.softmax(self.logits(tokens), dim=-1)
