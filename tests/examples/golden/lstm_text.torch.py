"""TextClassifier: tokens: int[?T] -> kind: [1].

Is this review kind? Two bidirectional LSTMs over word numbers; 0 is padding and is not
read.

Made by nndsl 0.1.0 from lstm_text.nn: 2,757,761 trainable parameters, 0 others.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


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
