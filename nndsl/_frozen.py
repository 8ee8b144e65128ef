"""Records that the type checker takes for frozen.

To see to it at run time as well would make each of them three times as slow to make, and a long
network's code and graph are made of millions.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def record(cls: type[_T]) -> type[_T]:
    """A dataclass with slots; equal and hashed by its fields where it does not say otherwise."""
    return dataclass(slots=True, unsafe_hash="__hash__" not in vars(cls))(cls)
