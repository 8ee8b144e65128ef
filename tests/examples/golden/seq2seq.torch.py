"""Seq2Seq: source: int[?S], reply: int[?T] -> logits: [?T, 8000].

Translation: an LSTM reads, another one writes and looks back (Luong et al. 2015).

Made by nndsl 0.1.0 from seq2seq.nn: 7,597,120 trainable parameters, 0 others.
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


class Recurrent(nn.Module):
    """A recurrent layer over (batch, time, channels); masks and states are explicit.

    Gives the last result or, with `sequences`, all of them; with `state` also the last
    state: a tuple, of both directions if there are two. Where a mask is False a step
    leaves the state as it is and gives 0.
    """

    def __init__(
        self,
        rnn: nn.RNNBase,
        sequences: bool = False,
        state: bool = False,
        reverse: bool = False,
        merge: str = "concat",
        kernel_init: Callable[[Tensor], Tensor] = nn.init.xavier_uniform_,
        recurrent_init: Callable[[Tensor], Tensor] = nn.init.orthogonal_,
        bias_init: Callable[[Tensor], Tensor] = nn.init.zeros_,
    ):
        super().__init__()
        self.rnn = rnn
        self.sequences = sequences
        self.state = state
        self.reverse = reverse
        self.merge = merge
        self.kernel_init = kernel_init
        self.recurrent_init = recurrent_init
        self.bias_init = bias_init

    def one_bias(self) -> None:
        """The recurrent bias stays 0, so that each gate has one."""
        for name in [n for n, _ in self.rnn.named_parameters() if "bias_hh" in n]:
            zeros = torch.zeros_like(getattr(self.rnn, name))
            delattr(self.rnn, name)
            self.rnn.register_buffer(name, zeros.detach(), persistent=False)

    def reset_parameters(self) -> None:
        for name, weight in self.rnn.named_parameters():
            if "bias" in name:
                self.bias_init(weight)
            else:
                (self.kernel_init if "_ih" in name else self.recurrent_init)(weight)

    def step(
        self, x: Tensor, state: tuple[Tensor, ...], way: str
    ) -> tuple[Tensor, ...]:
        """One step of one direction: the new state."""
        raise NotImplementedError

    def weights(self, way: str) -> list[Tensor | None]:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self.rnn, f"{name}_l0{way}", None) for name in names]

    def forward(
        self,
        x: Tensor,
        initial: tuple[Tensor, ...] | None = None,
        mask: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, tuple[Tensor, ...]]:
        ways = ("", "_reverse") if self.rnn.bidirectional else ("",)
        parts = 2 if isinstance(self.rnn, nn.LSTM) else 1
        if initial is None:
            zeros = x.new_zeros(x.shape[0], self.rnn.hidden_size)
            initial = (zeros,) * (parts * len(ways))
        outs, last = [], []
        for i, way in enumerate(ways):
            backward = self.reverse or way == "_reverse"
            begin = initial[parts * i : parts * (i + 1)]
            out, end = self.run(x, begin, mask, way, backward)
            outs.append(out if self.sequences else end[0])
            last += end
        result = self.merged(outs)
        return (result, tuple(last)) if self.state else result

    def run(
        self,
        x: Tensor,
        state: tuple[Tensor, ...],
        mask: Tensor | None,
        way: str,
        backward: bool,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One direction: results at their own steps, and the last state."""
        outs = []
        steps = range(x.shape[1])
        for t in reversed(steps) if backward else steps:
            new = self.step(x[:, t], state, way)
            out = new[0]
            if mask is not None:
                keep = mask[..., t].reshape(-1, 1)
                new = tuple(torch.where(keep, n, s) for n, s in zip(new, state))
                out = torch.where(keep, out, 0.0)
            state = new
            outs.append(out)
        return torch.stack(outs[::-1] if backward else outs, dim=1), state

    def merged(self, outs: list[Tensor]) -> Tensor:
        if len(outs) == 1:
            return outs[0]
        if self.merge == "concat":
            return torch.cat(outs, dim=-1)
        if self.merge == "multiply":
            return outs[0] * outs[1]
        total = outs[0] + outs[1]
        return total / 2 if self.merge == "average" else total


class LSTM(Recurrent):
    """Long short-term memory with one bias a gate; the forget gate's starts at 1."""

    def __init__(
        self,
        channels: int,
        units: int,
        bias: bool = True,
        bidirectional: bool = False,
        bias_init: Callable[[Tensor], Tensor] | None = None,
        **options,
    ):
        rnn = nn.LSTM(
            channels, units, bias=bias, batch_first=True, bidirectional=bidirectional
        )
        super().__init__(rnn, bias_init=bias_init or self.forget_one, **options)
        self.one_bias()

    @staticmethod
    def forget_one(bias: Tensor) -> Tensor:
        units = bias.shape[0] // 4
        nn.init.zeros_(bias)
        nn.init.ones_(bias[units : 2 * units])
        return bias

    def step(
        self, x: Tensor, state: tuple[Tensor, ...], way: str
    ) -> tuple[Tensor, ...]:
        return torch.lstm_cell(x, state, *self.weights(way))

    def run(
        self,
        x: Tensor,
        state: tuple[Tensor, ...],
        mask: Tensor | None,
        way: str,
        backward: bool,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if mask is not None:
            return super().run(x, state, mask, way, backward)
        return self.whole(x, state, way, backward)

    def whole(
        self, x: Tensor, state: tuple[Tensor, ...], way: str, backward: bool
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All steps in one call of torch's own kernel."""
        weights = [w for w in self.weights(way) if w is not None]
        x = x.flip(1) if backward else x
        out, h, c = torch.lstm(
            x,
            [s.unsqueeze(0) for s in state],
            weights,
            self.rnn.bias,
            1,
            0.0,
            self.training,
            False,
            True,
        )
        return out.flip(1) if backward else out, (h[0], c[0])


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
    elif isinstance(module, (MultiHeadAttention, Recurrent)):
        module.reset_parameters()


class Seq2Seq(nn.Module):
    """Translation: an LSTM reads, another one writes and looks back (Luong et al.
    2015).
    """

    def __init__(self, src: int = 8000, tgt: int = 8000, dim: int = 256):
        super().__init__()
        self.embedding1 = nn.Embedding(src, dim)
        self.lstm1 = LSTM(dim, dim, sequences=True, state=True)
        self.embedding2 = nn.Embedding(tgt, dim)
        self.lstm2 = LSTM(dim, dim, sequences=True)
        self.attention = MultiHeadAttention(dim, 1)
        self.dense = nn.Linear(2 * dim, dim)
        self.logits = nn.Linear(dim, tgt)
        self.apply(init_weights)

    def forward(self, source: Tensor, reply: Tensor) -> Tensor:
        real = source != 0  # [?S]
        memory, last = self.lstm1(self.embedding1(source), mask=real)
        x = self.lstm2(self.embedding2(reply), initial=last)  # [?T, dim]
        x = torch.cat((x, self.attention(x, memory, mask=real)), dim=2)
        x = torch.tanh(self.dense(x))  # [?T, dim]
        return self.logits(x)  # [?T, tgt]
