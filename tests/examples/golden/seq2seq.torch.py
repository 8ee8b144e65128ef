"""Seq2Seq: source: int[?S], reply: int[?T] -> logits: [?T, 8000].

Made by nndsl 0.1.0 from seq2seq.nn: 7,597,120 trainable parameters, 0 others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Multi-head attention of a sequence to a context.

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

    def forward(self, x: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(context).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        v = self.value(context).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        allowed = mask[:, None, None]
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        x = x.masked_fill(~allowed.any(-1, keepdim=True), 0.0)
        return self.output(x.transpose(1, 2).flatten(2))


class Recurrent(nn.Module):
    """A recurrent layer over (batch, time, channels).

    Gives the last result or, with `sequences`, all of them; with `state` also the last
    state, a tuple.
    Where a mask is False a step leaves the state as it is and gives 0.
    """

    def __init__(
        self,
        rnn: nn.RNNBase,
        sequences: bool = False,
        state: bool = False,
    ):
        super().__init__()
        self.rnn = rnn
        self.sequences = sequences
        self.state = state

    def one_bias(self) -> None:
        """The recurrent bias stays 0, so that each gate has one."""
        for name in [n for n, _ in self.rnn.named_parameters() if "bias_hh" in n]:
            zeros = torch.zeros_like(getattr(self.rnn, name)).detach()
            delattr(self.rnn, name)
            self.rnn.register_buffer(name, zeros, persistent=False)
            setattr(self.rnn, name, zeros)  # for the kernel's own list of weights

    def reset_parameters(self) -> None:
        for name, weight in self.rnn.named_parameters():
            if "bias" in name:
                self.start_bias(weight)
            elif "_ih" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.orthogonal_(weight)

    def start_bias(self, bias: Tensor) -> None:
        nn.init.zeros_(bias)

    def forward(
        self,
        x: Tensor,
        initial: tuple[Tensor, ...] | None = None,
        mask: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, tuple[Tensor, ...]]:
        if mask is not None:
            out, last = self.masked(x, initial, mask)
        else:
            out, last = self.whole(x, initial)
        if not self.sequences:
            out = last[0]
        return (out, last) if self.state else out

    def whole(
        self,
        x: Tensor | nn.utils.rnn.PackedSequence,
        initial: tuple[Tensor, ...] | None,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All results and the last state, in one call of torch's own kernel."""
        begin = None
        if initial is not None:
            begin = (torch.stack(initial[::2]), torch.stack(initial[1::2]))
        out, (h, c) = self.rnn(x, begin)
        return out, (h[0], c[0])

    def masked(
        self, x: Tensor, initial: tuple[Tensor, ...] | None, mask: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """As `whole`, of those steps where the mask is True, which go in front."""
        mask = mask.expand(x.shape[:2])
        count = mask.sum(1)
        order = mask.argsort(dim=1, descending=True, stable=True)[..., None]
        steps = nn.utils.rnn.pack_padded_sequence(
            x.gather(1, order.expand_as(x)),
            count.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        out, last = self.whole(steps, initial)
        out, _ = nn.utils.rnn.pad_packed_sequence(
            out, batch_first=True, total_length=x.shape[1]
        )
        out = torch.zeros_like(out).scatter(1, order.expand_as(out), out)
        out = out.masked_fill(~mask[..., None], 0.0)
        some = count[:, None] > 0
        before = initial or [0.0] * len(last)
        return out, tuple(torch.where(some, n, b) for n, b in zip(last, before))


class LSTM(Recurrent):
    """Long short-term memory; the forget gate's bias starts at 1."""

    def __init__(
        self,
        channels: int,
        units: int,
        **options,
    ):
        rnn = nn.LSTM(channels, units, batch_first=True)
        super().__init__(rnn, **options)
        self.one_bias()

    def start_bias(self, bias: Tensor) -> None:
        nn.init.zeros_(bias)
        nn.init.ones_(bias.chunk(4)[1])


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
    elif isinstance(module, Recurrent):
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
        x = torch.tanh(self.dense(x))
        return self.logits(x)  # [?T, tgt]
