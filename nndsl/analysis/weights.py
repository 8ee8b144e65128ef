"""Every weight of a model once: its name, and the layer that has it."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.ir.flatten import FlatOp, FlatWeight, flatten, show_path
from nndsl.ir.steps import Instance, OpStep, WeightStep
from nndsl.ops.base import Weight


class Owned(NamedTuple):
    """A weight of the program.

    home: the path of what owns it (`layer[0].dense`); step: the layer, None for a raw `weight`.
    """

    home: str
    weight: Weight
    step: OpStep | None
    frozen: bool

    @property
    def path(self) -> str:
        """Its name in the model: `layer[0].dense.kernel`; of a raw weight, its home."""
        return self.home if self.step is None else f"{self.home}.{self.weight.name}"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in self.weight.shape if isinstance(size, int))

    @property
    def trainable(self) -> bool:
        return self.weight.trainable and not self.frozen


def owned(root: Instance) -> list[Owned]:
    """Every weight of a concrete instance once, in the program's order."""
    found: dict[str, Owned] = {}
    for item in flatten(root):
        for each in _of(item):
            found.setdefault(each.path, each)
    return list(found.values())


def _of(item: object) -> list[Owned]:
    if isinstance(item, FlatOp) and isinstance(item.step, OpStep):
        home, step = show_path(item.home), item.step
        return [Owned(home, weight, step, item.frozen) for weight in step.weights]
    if isinstance(item, FlatWeight) and isinstance(item.step, WeightStep):
        return [Owned(show_path(item.home), item.step.weight, None, item.frozen)]
    return []
