"""The exact emission's activations: the file's own where torch's round their constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.backends.torch.differences import HARD_SIGMOID
from nndsl.emit import build as b
from nndsl.emit.tree import Attr, Expr, Name, Stmt
from nndsl.emit.walk import rebuilt

REPLACED: Mapping[Expr, Name] = {
    b.dotted("nn.Hardsigmoid"): Name(HARD_SIGMOID.exact),
    b.dotted("F.hardsigmoid"): Name("exact_hard_sigmoid"),
}
OWN = frozenset(each.id for each in REPLACED.values())


def with_own(code: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """The code with the file's own classes and functions for them."""
    made: tuple[Stmt, ...] = rebuilt(tuple(code), _own)  # type: ignore[assignment]
    return made


def _own(node: object) -> Name | None:
    return REPLACED.get(node) if isinstance(node, Attr) else None
