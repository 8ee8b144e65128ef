"""From the language's axes to torch's, as the compiler's own map says."""

from __future__ import annotations

from nndsl.backends.torch.layout import boundary_order
from nndsl.ops.base import Type


def held_axes(type_: Type) -> list[int]:
    """For each axis of a model's tensor, the file's; the batch first."""
    order = boundary_order(type_)
    return [0, *(axis + 1 for axis in order)] if type_.batched else list(order)
