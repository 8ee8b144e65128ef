"""Albert: tokens: int[?T], segments: int[?T] -> states: [?T, 768], pooled: [768].

ALBERT (Lan et al. 2019): narrow embeddings, and one layer that is run twelve times.

Made by nndsl 0.1.0 from albert.nn: 11,683,584 trainable parameters, 0 others.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Multi-head attention of a sequence to a context, by default to itself.

    A mask is True where attention goes: (batch, keys), (batch, queries, keys), or the
    same without a batch; what may attend to nothing gives 0. `rope` is the base of
    rotary positions, `window` how many positions are seen, the own one counted.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        head_dim: int | None = None,
        context_dim: int | None = None,
        kv_heads: int | None = None,
        dropout: float = 0.0,
        causal: bool = False,
        bias: bool = True,
        rope: float | None = None,
        window: int | None = None,
        query: nn.Module | None = None,
        key: nn.Module | None = None,
        value: nn.Module | None = None,
        output: nn.Module | None = None,
        kernel_init: Callable[[Tensor], Tensor] = nn.init.xavier_uniform_,
        bias_init: Callable[[Tensor], Tensor] = nn.init.zeros_,
    ):
        super().__init__()
        width = (head_dim or dim // heads) * heads
        kv_width = width // heads * (kv_heads or heads)
        given = context_dim or dim
        self.heads = heads
        self.kv_heads = kv_heads or heads
        self.dropout = dropout
        self.causal = causal
        self.rope = rope
        self.window = window
        self.kernel_init = kernel_init
        self.bias_init = bias_init
        self.query = query or nn.Linear(dim, width, bias=bias)
        self.key = key or nn.Linear(given, kv_width, bias=bias)
        self.value = value or nn.Linear(given, kv_width, bias=bias)
        self.output = output or nn.Linear(width, dim, bias=bias)
        own = {"query": query, "key": key, "value": value, "output": output}
        self.started = tuple(name for name, module in own.items() if module is None)

    def reset_parameters(self) -> None:
        for name in self.started:
            projection = getattr(self, name)
            self.kernel_init(projection.weight)
            if projection.bias is not None:
                self.bias_init(projection.bias)

    def forward(
        self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        context = x if context is None else context
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(context).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        v = self.value(context).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        if self.rope is not None:
            q, k = self.rotate(q), self.rotate(k)
        allowed = self.allowed(q, k, mask)
        x = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=allowed,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and allowed is None,
            enable_gqa=self.kv_heads != self.heads,
        )
        if mask is not None:
            x = x.masked_fill(~allowed.any(-1, keepdim=True), 0.0)
        return self.output(x.transpose(1, 2).flatten(2))

    def allowed(self, q: Tensor, k: Tensor, mask: Tensor | None) -> Tensor | None:
        """Where attention goes: (batch or 1, 1, queries, keys); None for everywhere."""
        if mask is None and self.window is None:
            return None
        t = torch.arange(q.shape[2], device=q.device)[:, None]
        s = torch.arange(k.shape[2], device=q.device)
        seen = s <= t if self.causal else torch.ones_like(s <= t)
        if self.window is not None:
            seen = seen & ((t - s).abs() < self.window)
        if mask is None:
            return seen
        if mask.shape[-2:] != seen.shape:
            mask = mask.unsqueeze(-2)
        return seen & (mask.unsqueeze(1) if mask.dim() > 2 else mask)

    def rotate(self, x: Tensor) -> Tensor:
        """Turns halves of each head by angles that grow with the position."""
        half = x.shape[-1] // 2
        exact = {"dtype": torch.float64, "device": x.device}
        rates = self.rope ** (-torch.arange(half, **exact) / half)
        angles = torch.arange(x.shape[2], **exact)[:, None] * rates
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        a, b = x[..., :half], x[..., half:]
        return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


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
    elif isinstance(module, MultiHeadAttention):
        module.reset_parameters()


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
        real = tokens != 0  # [?T]
        words = self.words(tokens)  # [?T, narrow]
        parts = self.parts(segments)
        place = self.place(torch.arange(tokens.shape[1], device=tokens.device))
        x = self.dense(self.norm(words + parts + place))  # [?T, dim]
        for _ in range(self.depth):
            x = self.layer(x, real)
        pooled = torch.tanh(self.pooled(x[:, 0]))  # [dim]
        return x, pooled
