"""TextClassifier: tokens: int[?T] -> kind: [1].

Made by nndsl 0.1.0 from lstm_text.nn: 2,757,761 trainable parameters, 0 others.
"""

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """A recurrent layer over (batch, time, channels).

    Gives the last result or, with `sequences`, all of them.
    Where a mask is False a step leaves the state as it is and gives 0.
    """

    def __init__(self, rnn: nn.RNNBase, sequences: bool = False):
        super().__init__()
        self.rnn = rnn
        self.sequences = sequences

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

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        out, last = self.masked(x, mask)
        if not self.sequences:
            out = torch.cat(last[::2], dim=-1)
        return out

    def whole(
        self, x: Tensor | nn.utils.rnn.PackedSequence
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All results and the last state, in one call of torch's own kernel."""
        out, (h, c) = self.rnn(x)
        return out, tuple(part for way in zip(h, c) for part in way)

    def masked(self, x: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
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
        out, last = self.whole(steps)
        out, _ = nn.utils.rnn.pad_packed_sequence(
            out, batch_first=True, total_length=x.shape[1]
        )
        out = torch.zeros_like(out).scatter(1, order.expand_as(out), out)
        out = out.masked_fill(~mask[..., None], 0.0)
        some = count[:, None] > 0
        return out, tuple(torch.where(some, n, 0.0) for n in last)


class LSTM(Recurrent):
    """Long short-term memory; the forget gate's bias starts at 1."""

    def __init__(
        self,
        channels: int,
        units: int,
        bidirectional: bool = False,
        **options,
    ):
        rnn = nn.LSTM(
            channels,
            units,
            batch_first=True,
            bidirectional=bidirectional,
        )
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


class TextClassifier(nn.Module):
    """Is this review kind? Two bidirectional LSTMs over word numbers; 0 is padding
    and is not read.
    """

    def __init__(self, vocab: int = 20000, dim: int = 128, units: int = 64):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.lstm1 = LSTM(dim, units, sequences=True, bidirectional=True)
        self.lstm2 = LSTM(2 * units, units, bidirectional=True)
        self.kind = nn.Linear(2 * units, 1)
        self.apply(init_weights)

    def logits(self, tokens: Tensor) -> Tensor:
        real = tokens != 0  # [?T]
        x = self.lstm2(self.lstm1(self.embedding(tokens), mask=real), mask=real)
        return self.kind(x)  # [1]

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(tokens))
