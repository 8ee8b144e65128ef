"""Open dimensions in `forward`: each as a formula of the sizes of the inputs that tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from nndsl.backends.torch.layout import boundary_order, physical
from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import ONE, Term, const, floordiv, is_const, mul, neg, sub, substitute

if TYPE_CHECKING:
    from nndsl.ir.steps import Port


class Sizes:
    """What the sizes of a definition's inputs tell of its open dimensions.

    A size is a leaf `open` like a dimension, with the name `port[axis]`. ports: the parameter of
    `forward` for each input.
    """

    def __init__(self, ports: Mapping[str, Port]) -> None:
        self.leaves: dict[str, Expr] = {}
        self.solutions: dict[Term, Term] = {}
        for python, port in ports.items():
            type_ = port.value.type
            for axis, dim in enumerate(type_.shape):
                if isinstance(dim, OpenDim):
                    at = physical(boundary_order(type_), axis, type_.batched)
                    leaf = f"{python}[{axis}]"
                    self.leaves[leaf] = b.index(b.attr(python, "shape"), at)
                    self._solve(dim.term, Term("open", (leaf,)))

    def _solve(self, size: Term, leaf: Term) -> None:
        """One equation more: solved for an unknown that has no solution yet."""
        unknown = [part for part in _addends(self.told(size)) if is_open(part[1])]
        if not unknown:
            return
        factor, wanted = min(unknown, key=lambda part: abs(part[0]))
        rest = sub(self.told(size), mul(const(factor), wanted))
        self.solutions[wanted] = floordiv(sub(leaf, rest), const(factor))

    def told(self, term: Term) -> Term:
        """The formula with what the sizes tell in the place of open dimensions."""
        for _ in self.solutions:
            new = substitute(term, self.solutions)
            if new == term:
                break
            term = new
        return term


def _addends(term: Term) -> Iterator[tuple[int, Term]]:
    """A sum of whole numbers as its addends, each a number times a formula."""
    for part in term.terms() if term.op == "+" else (term,):
        factor = next(part.terms(), ONE) if part.op == "*" else ONE
        number = factor.args[0] if is_const(factor) else 1
        if part.op == "neg":
            yield -1, neg(part)
        elif isinstance(number, int):
            yield number, floordiv(part, const(number))


def is_open(term: Term) -> bool:
    """True where a formula mentions an open dimension that no size tells."""
    return any(name.startswith("?") for name in open_names((term,)))


def open_names(terms: Iterable[Term]) -> tuple[str, ...]:
    """The open dimensions and sizes of inputs that formulas mention."""
    return tuple(str(part.args[0]) for t in terms for part in t.walk() if part.op == "open")
