"""Weights between the language's layout and a target's, in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from nndsl.backends.tensors import Move, Slot

if TYPE_CHECKING:
    import numpy as np

Array: TypeAlias = "np.ndarray"


def to_target(slot: Slot, values: Mapping[str, Array]) -> Array:
    """A target's tensor from the language's weights."""
    import numpy as np

    made = []
    for part in slot.parts:
        value = values[part.weight]
        for move in part.moves:
            value = _moved(value, move)
        made.append(value)
    return np.ascontiguousarray(np.concatenate(made, slot.axis) if len(made) > 1 else made[0])


def from_target(
    slots: Sequence[Slot], tensors: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """The language's weights, of those tensors that are given. shapes: of the weights."""
    import numpy as np

    found: dict[str, Array] = {}
    for slot in slots:
        if slot.key not in tensors:
            continue
        at = 0
        for part in slot.parts:
            layouts = _layouts(shapes[part.weight], part.moves)
            value = tensors[slot.key]
            if len(slot.parts) > 1:
                size = layouts[-1][slot.axis]
                value = value.take(range(at, at + size), slot.axis)
                at += size
            for move, before in zip(reversed(part.moves), reversed(layouts[:-1]), strict=True):
                if move.kind == "take":  # one of several rows: the others come from other tensors
                    kept = found.setdefault(part.weight, np.zeros(before, value.dtype))
                    kept[move.numbers[0]] = value
                    value = kept
                else:
                    value = _back(value, move, before)
            found[part.weight] = value.reshape(shapes[part.weight])
    return found


def slot_shape(slot: Slot, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of a target's tensor. shapes: of the weights."""
    found = [_layouts(shapes[part.weight], part.moves)[-1] for part in slot.parts]
    if len(found) == 1:
        return found[0]
    joined = sum(shape[slot.axis] for shape in found)
    return (*found[0][: slot.axis], joined, *found[0][slot.axis + 1 :])


def _moved(value: Array, move: Move) -> Array:
    import numpy as np

    match move.kind:
        case "transpose":
            return value.transpose(move.numbers)
        case "reshape":
            return value.reshape(move.numbers)
        case "gates":
            blocks = np.split(value, len(move.numbers))
            return np.concatenate([blocks[i] for i in move.numbers])
        case "take":
            taken: Array = value[move.numbers[0]]
            return taken
    raise ValueError(move)


def _layouts(shape: tuple[int, ...], moves: Sequence[Move]) -> list[tuple[int, ...]]:
    """The shapes that a weight has before its moves, between them and after the last."""
    found = [shape]
    for move in moves:
        now = found[-1]
        match move.kind:
            case "transpose":
                found.append(tuple(now[axis] for axis in move.numbers))
            case "reshape":
                found.append(move.numbers)
            case "take":
                found.append(now[1:])
            case _:
                found.append(now)
    return found


def _back(value: Array, move: Move, before: tuple[int, ...]) -> Array:
    """The inverse of a move. before: the shape that it was given."""
    import numpy as np

    match move.kind:
        case "transpose":
            return value.transpose(np.argsort(move.numbers))
        case "reshape":
            return value.reshape(before)
        case "gates":
            blocks = np.split(value, len(move.numbers))
            return np.concatenate([blocks[i] for i in np.argsort(move.numbers)])
    raise ValueError(move)
