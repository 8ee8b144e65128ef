"""Runs emitted PyTorch code on numpy arrays in the file's axis order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from conformance.harness import Case, emit, execute
from nndsl.backends.tensors import Slot
from nndsl.backends.torch import TARGET
from nndsl.backends.torch.weights import slots
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Type
from nndsl.weights.arrays import to_target
from support.torch_axes import held_axes


class TorchRunner:
    """One case as a torch module."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.text, entry = emit(TARGET, case.program)
        torch.manual_seed(0)
        self.model: torch.nn.Module = execute(self.text)[entry]()  # type: ignore[operator]

    def run(self, inputs: Sequence[np.ndarray], training: bool = False) -> list[np.ndarray]:
        """The outputs in the file's axis order."""
        self.model.train(training)
        return [from_torch(t, type_) for t, type_ in zip(
            self.call(inputs), self.case.outputs, strict=True)]  # fmt: skip

    def call(self, inputs: Sequence[np.ndarray]) -> list[torch.Tensor]:
        made = self.model(*(
            to_torch(array, type_) for array, type_ in zip(inputs, self.case.inputs, strict=True)
        ))  # fmt: skip
        return list(made) if isinstance(made, tuple) else [made]

    def counts(self) -> tuple[int, int]:
        """(trainable parameters, all numbers that are saved but counters)."""
        trainable = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        saved = self.model.state_dict()
        return trainable, sum(
            t.numel() for name, t in saved.items() if not name.endswith("num_batches_tracked")
        )

    def step(self, inputs: Sequence[np.ndarray]) -> dict[str, torch.Tensor]:
        """One step of gradient descent on the sum of squares; the gradients by name."""
        self.model.train(True)
        outputs = [t for t in self.call(inputs) if t.is_floating_point()]
        loss = sum((t**2).sum() for t in outputs)
        assert isinstance(loss, torch.Tensor)
        loss.backward()
        optimizer = torch.optim.SGD(self.model.parameters(), 1e-3)
        optimizer.step()
        return {n: p.grad for n, p in self.model.named_parameters() if p.grad is not None}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """Sets the layer's weights from the language's."""
        state = self.model.state_dict()
        given = {}
        for slot in self.slots():
            key = self.key(slot)
            given[key] = torch.from_numpy(to_target(slot, values))
            assert given[key].shape == state[key].shape, (key, given[key].shape, state[key].shape)
        missing = self.model.load_state_dict(given, strict=False)
        left = [k for k in missing.missing_keys if not k.endswith("num_batches_tracked")]
        assert not left, left
        assert not missing.unexpected_keys

    def slots(self) -> tuple[Slot, ...]:
        step = self.case.step
        word, settings = step.op.like or step.op.word, step.settings
        if step.owner:
            own = self.case.program.root.steps[0].use
            assert isinstance(own, OpStep)
            word, settings = own.op.word, own.settings
        if "MultiHeadAttention(" in self.text and word == "SelfAttention":
            word = "MultiHeadAttention"
        return slots(word, settings, self.case.weights)

    def key(self, slot: Slot) -> str:
        """The one parameter of the model that ends like the slot's key."""
        names = [n for n in self.model.state_dict() if n.endswith(f".{slot.key}")]
        assert len(names) == 1, (slot.key, list(self.model.state_dict()))
        return names[0]


def to_torch(array: np.ndarray, type_: Type) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array.transpose(held_axes(type_))))


def from_torch(value: torch.Tensor, type_: Type) -> np.ndarray:
    return value.detach().numpy().transpose(np.argsort(held_axes(type_)))
