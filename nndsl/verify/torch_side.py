"""The side of PyTorch: `python -m nndsl.verify.torch_side FOLDER`, or `--serve` for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nndsl.verify.job import Job, Result, load_job, save_result
from nndsl.verify.side import (
    NOISE,
    RATE,
    arguments,
    directions,
    emitted,
    feeds,
    fingerprint,
    serve,
    to_file,
)
from nndsl.weights.arrays import Array, from_target, to_target


def main(folder: Path) -> None:
    """Runs the job of a folder and leaves the result there."""
    job, arrays = load_job(folder)
    torch.manual_seed(0)
    torch.set_default_dtype(getattr(torch, job.precision))
    module, script = emitted(folder, job)
    side = TorchSide(job, arrays, module)
    found = {**side.evaluated(), **side.inputs_of_layers()}
    trainable, others = counts(side.model)
    losses: list[float] = []
    if job.steps:
        losses = side.trained(script)
        found |= side.weights_after()
    save_result(folder, Result(torch.__version__, trainable, others, tuple(losses), found))


def without_chance() -> None:
    """Dropout keeps everything, normal draws are a constant."""
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"):
        setattr(functional, name, lambda x, *args, **kwargs: x)
    attend = functional.scaled_dot_product_attention

    def attention(*args: Tensor, dropout_p: float = 0.0, **kwargs: object) -> Tensor:
        return attend(*args, **kwargs)  # type: ignore[arg-type]

    functional.scaled_dot_product_attention = attention
    torch.randn_like = lambda x, **kwargs: torch.full_like(x, NOISE)
    Tensor.bernoulli_ = lambda self, p=0.5: self.fill_(p)


def counts(model: nn.Module) -> tuple[int, int]:
    """Parameters that train, and the frozen ones with the saved buffers; counters are neither."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    kept = {
        id(tensor): tensor.numel()
        for name, tensor in model.state_dict(keep_vars=True).items()
        if not name.endswith("num_batches_tracked")
    }
    return trainable, sum(kept.values()) - trainable


class TorchSide:
    """The emitted module with the given weights."""

    def __init__(self, job: Job, arrays: Mapping[str, Array], module: ModuleType) -> None:
        self.job = job
        self.arrays = arrays
        self.model: nn.Module = getattr(module, job.entry)()
        self.load(self.model)

    def load(self, model: nn.Module) -> None:
        """Copies the weights; raises where one has no place or another shape."""
        values = {path: self.arrays[f"weight:{path}"] for path in self.job.shapes}
        state = model.state_dict()
        given = {slot.key: torch.from_numpy(to_target(slot, values)) for slot in self.job.slots}
        for key, tensor in given.items():
            if state[key].shape != tensor.shape:
                raise ValueError(f"{key} is {state[key].shape}, not {tensor.shape}")
        model.load_state_dict(given, strict=False)
        model.to(getattr(torch, self.job.precision))

    def evaluated(self) -> dict[str, Array]:
        """Outputs, and the gradients of their weighted sum for inputs and weights."""
        self.model.eval()
        self.model.zero_grad()
        tensors = [_tensor(array) for array in feeds(self.job, self.arrays)]
        for tensor in tensors:
            tensor.requires_grad_(tensor.is_floating_point())
        outputs = _several(self.model(*tensors))
        loss = self.weighted(outputs)
        if loss.requires_grad:
            loss.backward()
        found = {f"output:{i}": self.in_file_order(i, out) for i, out in enumerate(outputs)}
        for port, tensor in zip(self.job.inputs, tensors, strict=True):
            if tensor.grad is not None:
                found[f"input gradient:{port.name}"] = to_file(_array(tensor.grad), port.axes)
        gradients = {
            name: _array(p.grad)
            for name, p in self.model.named_parameters(remove_duplicate=False)
            if p.grad is not None
        }
        given = from_target(self.job.slots, gradients, self.job.shapes)
        return found | {f"gradient:{path}": grad for path, grad in given.items()}

    def in_file_order(self, index: int, output: Tensor) -> Array:
        port = self.job.outputs[index]
        return to_file(_array(output), port.axes, port.batched)

    def weighted(self, outputs: Sequence[Tensor]) -> Tensor:
        """The sum of all real outputs, each element times a number of its own."""
        total = torch.zeros(())
        for port, output in zip(self.job.outputs, outputs, strict=True):
            if output.is_floating_point():
                axes = (0, *(a + 1 for a in port.axes)) if port.batched else port.axes
                plain = output.permute(tuple(np.argsort(axes))).to(total)
                weights = torch.from_numpy(directions(tuple(plain.shape))).to(plain)
                total = total + (plain * weights).sum()
        return total

    def inputs_of_layers(self) -> dict[str, Array]:
        """The first operand of every layer that has weights, as a fingerprint."""
        found: dict[str, Array] = {}
        handles = []
        for path, key in self.job.layers.items():
            module = _module(self.model, key)
            if module is not None:
                handles.append(module.register_forward_pre_hook(_recorder(found, path)))
        self.model.eval()
        with torch.no_grad():
            self.model(*(_tensor(array) for array in feeds(self.job, self.arrays)))
        for handle in handles:
            handle.remove()
        return found

    def trained(self, script: ModuleType | None) -> list[float]:
        """The loss of each step, and the model as it is after them."""
        if script is None:
            return self.descended()
        trainer = script.Trainer(arguments(script, self.job), self.job.batch * self.job.steps)
        self.model = trainer.model
        self.load(self.model)
        self.model.train()
        samples = script.synthetic(self.job.batch * self.job.steps, seed=0)
        losses = []
        for step in range(self.job.steps):
            rows = np.arange(step * self.job.batch, (step + 1) * self.job.batch)
            batch = {k: self._precise(v) for k, v in script.gather(samples, rows).items()}
            losses.append(float(trainer.step(batch)["loss"]))
        return losses

    def _precise(self, tensor: Tensor) -> Tensor:
        wanted = getattr(torch, self.job.precision)
        return tensor.to(wanted) if tensor.is_floating_point() else tensor

    def descended(self) -> list[float]:
        """Plain gradient descent on the weighted sum of the outputs."""
        tensors = [_tensor(array) for array in feeds(self.job, self.arrays)]
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        if not parameters:
            return []
        optimizer = torch.optim.SGD(parameters, RATE)
        self.model.train()
        losses = []
        for _ in range(self.job.steps):
            optimizer.zero_grad()
            outputs = _several(self.model(*tensors))
            loss = self.weighted(outputs) / sum(out.numel() for out in outputs)
            if loss.requires_grad:
                loss.backward()
                optimizer.step()
            losses.append(float(loss))
        return losses

    def weights_after(self) -> dict[str, Array]:
        """Every weight, moving statistics among them."""
        state = {key: _array(tensor) for key, tensor in self.model.state_dict().items()}
        after = from_target(self.job.slots, state, self.job.shapes)
        return {f"after:{path}": value for path, value in after.items()}


def _several(raw: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    return list(raw) if isinstance(raw, tuple) else [raw]


def _tensor(array: Array) -> Tensor:
    made = torch.from_numpy(array.copy())
    return made.long() if made.dtype == torch.int32 else made


def _array(tensor: Tensor) -> Array:
    found: Array = tensor.detach().cpu().numpy().copy()
    return found


def _module(model: nn.Module, key: str) -> nn.Module | None:
    """The module that a state_dict key belongs to."""
    found = model
    for name in key.partition("[")[0].split(".")[:-1]:
        inner = getattr(found, name, None)
        if not isinstance(inner, nn.Module):
            return None
        found = inner
    return found if found is not model else None


def _recorder(
    found: dict[str, Array], path: str
) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def record(module: nn.Module, operands: tuple[Tensor, ...]) -> None:
        if operands and isinstance(operands[0], Tensor):
            found.setdefault(f"layer:{path}", fingerprint(_array(operands[0])))

    return record


if __name__ == "__main__":
    without_chance()
    serve(main)
