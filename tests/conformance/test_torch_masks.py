"""Recurrent layers with masks in PyTorch, against single steps of torch's own cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.test_torch_programs import built

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch", reason="runs emitted models")
pytestmark = pytest.mark.framework

# Holes, none at all, all, only the first, only the last, padding on the right.
MASK = (
    (1, 0, 1, 1, 0), (0, 0, 0, 0, 0), (1, 1, 1, 1, 1), (1, 0, 0, 0, 0), (0, 0, 0, 0, 1),
    (1, 1, 1, 0, 0),
)  # fmt: skip


def stepped(
    rnn: object, x: Tensor, mask: Tensor, state: tuple[Tensor, ...], backward: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Where the mask is False a step leaves the state as it is and gives 0."""
    lstm = isinstance(rnn, torch.nn.LSTM)
    cell = torch.lstm_cell if lstm else torch.gru_cell
    way = "_reverse" if backward else ""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = [getattr(rnn, f"{name}_l0{way}") for name in names]
    found = {}
    for t in reversed(range(x.shape[1])) if backward else range(x.shape[1]):
        new = cell(x[:, t], state, *weights) if lstm else (cell(x[:, t], state[0], *weights),)
        keep = mask[:, t, None]
        found[t] = torch.where(keep, new[0], 0.0)
        state = tuple(torch.where(keep, n, s) for n, s in zip(new, state, strict=True))
    return torch.stack([found[t] for t in range(x.shape[1])], dim=1), state


@pytest.mark.parametrize("word", ["LSTM", "GRU"])
def test_masks_of_any_form(word: str) -> None:
    model, code = built(
        f"model M {{\n input x: [5, 3]\n input m: bool[5]\n"
        f" both = x -> {word}(4, bidirectional=true, sequences=true, mask=m)\n"
        f" memory, last = x -> {word}(4, sequences=true, state=true, mask=m)\n"
        f" third = both -> {word}(4, initial=last, mask=m)\n"
        " output both; output memory; output third\n}"
    )
    assert "pack_padded_sequence" in code
    model = model.double()
    mask = torch.tensor(MASK, dtype=torch.bool)
    x = torch.randn(len(MASK), 5, 3, dtype=torch.float64)
    zeros = (x.new_zeros(len(MASK), 4),) * (2 if word == "LSTM" else 1)
    rnns = [m for m in model.modules() if isinstance(m, torch.nn.RNNBase)]
    ways = [stepped(rnns[0], x, mask, zeros, backward)[0] for backward in (False, True)]
    memory, last = stepped(rnns[1], x, mask, zeros)
    both = torch.cat(ways, dim=-1)
    wanted = (both, memory, stepped(rnns[2], both, mask, last)[1][0])
    for found, expected in zip(model(x, mask), wanted, strict=True):
        assert torch.allclose(found, expected, atol=1e-12)


def test_an_empty_row_has_no_part_in_gradients() -> None:
    model, _ = built(
        "model M { input x: [5, 3]; input m: bool[5]; x -> LSTM(4, mask=m) -> Dense(1) }"
    )
    mask = torch.tensor(MASK, dtype=torch.bool)
    x = torch.randn(len(MASK), 5, 3)

    def gradients(x: Tensor) -> list[Tensor]:
        model.zero_grad()
        model(x, mask)[1].sum().backward()
        return [p.grad.clone() for p in model.lstm.parameters()]

    assert all(float(g.abs().max()) == 0 for g in gradients(x))
