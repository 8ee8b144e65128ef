"""What is no mistake, but told where it is asked for: targets that train otherwise."""

from __future__ import annotations

from nndsl._record import NamedTuple
from nndsl.source import Span


class Differing(NamedTuple):
    """What a target's idiomatic code of a model does otherwise than its exact one.

    path: of a layer, `train` for the training script; others: how many layers of the same line do
    so too. amount: by how much, a formula or a measured bound. when: `training`, or `float64`.
    """

    target: str
    model: str
    path: str
    others: int
    what: str
    amount: str
    when: str
    span: Span
