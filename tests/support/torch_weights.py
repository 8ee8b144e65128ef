"""From the language's weights and axes to torch's, as the compiler's own map says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nndsl.backends.torch.layout import boundary_order
from nndsl.backends.torch.weights import Move, Slot
from nndsl.ops.base import Type


def held_axes(type_: Type) -> list[int]:
    """For each axis of a model's tensor, the file's; the batch first."""
    order = boundary_order(type_)
    return [0, *(axis + 1 for axis in order)] if type_.batched else list(order)


def tensor_of(slot: Slot, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """A slot's tensor from the language's weights."""
    made = []
    for part in slot.parts:
        value = values[part.weight]
        for move in part.moves:
            value = _moved(value, move)
        made.append(value)
    return np.ascontiguousarray(np.concatenate(made) if len(made) > 1 else made[0])


def _moved(value: np.ndarray, move: Move) -> np.ndarray:
    match move.kind:
        case "transpose":
            return value.transpose(move.numbers)
        case "reshape":
            return value.reshape(move.numbers)
        case "gates":
            blocks = np.split(value, len(move.numbers))
            return np.concatenate([blocks[i] for i in move.numbers])
        case "take":
            return value[move.numbers[0]]
    raise ValueError(move)
