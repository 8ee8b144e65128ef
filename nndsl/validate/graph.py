"""What both sides of a validation come to: outputs, losses and weights of one network."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim, term_of
from nndsl.ops.symbols import Term
from nndsl.validate.terms import Store, Tensor


class WeightFact(NamedTuple):
    """What is known of a weight.

    name: the path of the language, or the framework's key. start: its distribution, in numbers;
    None where the code leaves it to chance. l1, l2: penalties. shape: in the language's layout.
    """

    name: str
    trainable: bool
    start: Start | None
    l1: float = 0.0
    l2: float = 0.0
    shape: tuple[Dim, ...] = ()


class Graph(NamedTuple):
    """One side. outputs and losses: (name, tensor) in order; weights by the key of their terms.

    checks: equalities of sizes that a run must check, with the name of the assertion. notes: what
    the head of the emitted file says that the target cannot do. held: equalities between sizes of
    inputs that the inputs' types ask for; None for code that does not look at them.
    """

    store: Store
    outputs: tuple[tuple[str, Tensor], ...]
    losses: tuple[tuple[str, Tensor], ...]
    weights: Mapping[Hashable, WeightFact]
    checks: Mapping[frozenset[Term], str] = {}
    notes: tuple[str, ...] = ()
    held: frozenset[frozenset[Term]] | None = None


def equality(left: object, right: object) -> frozenset[Term]:
    """Two sizes that are held to be equal; TypeError for what is no size."""
    return frozenset((term_of(left), term_of(right)))
