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
        out, last = self.steps(x, mask)
        if not self.sequences:
            out = torch.cat(last[::2], dim=-1)
        return out

    def steps(self, x: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All results and the last state, step by step."""
        zeros = x.new_zeros(x.shape[0], self.rnn.hidden_size)
        initial = (zeros,) * 2 * (1 + self.rnn.bidirectional)
        ways = ("", "_reverse") if self.rnn.bidirectional else ("",)
        parts = len(initial) // len(ways)
        outs, last = [], ()
        for i, way in enumerate(ways):
            state, found = initial[parts * i : parts * (i + 1)], []
            backward = way == "_reverse"
            order = range(x.shape[1])
            for t in reversed(order) if backward else order:
                new = self.step(x[:, t], state, way)
                out = new[0]
                keep = mask[..., t].reshape(-1, 1)
                out = torch.where(keep, out, 0.0)
                new = tuple(torch.where(keep, n, s) for n, s in zip(new, state))
                state = new
                found.append(out)
            outs.append(torch.stack(found[::-1] if backward else found, dim=1))
            last += state
        return torch.cat(outs, dim=-1), last

    def weights(self, way: str) -> list[Tensor | None]:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self.rnn, f"{name}_l0{way}", None) for name in names]


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

    def step(
        self, x: Tensor, state: tuple[Tensor, ...], way: str
    ) -> tuple[Tensor, ...]:
        return torch.lstm_cell(x, state, *self.weights(way))


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
