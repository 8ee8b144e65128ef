"""Where a program's weights are in a target's model, as data that needs no framework to be read.

The language keeps weights in Keras' layout. A `Slot` says which tensor of a target is made of
which weights, and how: each part goes through its moves in order, then the parts are joined.
"""

from __future__ import annotations

from typing import NamedTuple


class Move(NamedTuple):
    """One step on a tensor: `transpose` (axes), `reshape` (shape), `gates` (new order of blocks of
    the first axis), `take` (an index of the first axis)."""

    kind: str
    numbers: tuple[int, ...]


class Part(NamedTuple):
    """One weight of the language and its moves."""

    weight: str
    moves: tuple[Move, ...] = ()


class Slot(NamedTuple):
    """A tensor by its key; the parts that it is made of are joined along `axis`.

    Of a layer, key and weights are the layer's own (`rnn.weight_ih_l0`, `kernel`); of a model,
    they are whole (`layers.0.lstm.rnn.weight_ih_l0`, `layer[0].lstm.kernel`).
    """

    key: str
    parts: tuple[Part, ...]
    axis: int = 0
