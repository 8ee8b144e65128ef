"""What the sizes of inputs tell of open dimensions, and what must hold between them.

A size is a leaf `open` of a formula like a dimension, with the name `port[axis]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from nndsl.ir.steps import Port
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import (
    ONE,
    ZERO,
    Term,
    const,
    floordiv,
    is_const,
    mod,
    mul,
    neg,
    sub,
    substitute,
)


class Held(NamedTuple):
    """Two formulas over sizes of inputs that a run must find equal. dim: where they are from."""

    left: Term
    right: Term
    dim: Term


class InputSizes:
    """The equations between the declared dimensions of inputs and their sizes, solved.

    leaves: by name, the input and the axis. solutions: what stands for an open dimension, by it.
    held: what the inputs' types say and no solution uses: sizes that are equal, multiples.
    """

    def __init__(self, inputs: Sequence[Port]) -> None:
        self.leaves: dict[str, tuple[Port, int]] = {}
        self.solutions: dict[Term, Term] = {}
        self.held: list[Held] = []
        equations: list[tuple[Term, Term]] = []
        for port in inputs:
            for axis, dim in enumerate(port.value.type.shape):
                if isinstance(dim, OpenDim):
                    leaf = Term("open", (size_name(port.name, axis),))
                    self.leaves[str(leaf.args[0])] = port, axis
                    equations.append((dim.term, leaf))
        for dim_, leaf in sorted(equations, key=lambda each: each[0].op != "open"):
            self._solve(dim_, leaf)

    def _solve(self, dim: Term, leaf: Term) -> None:
        """One equation more: solved for an unknown that has no solution yet."""
        size = self.told(dim)
        unknown = [part for part in _addends(size) if is_open(part[1])]
        if not unknown:
            self.held += [Held(leaf, size, dim)] if leaf != size else []
            return
        factor, wanted = min(unknown, key=lambda part: abs(part[0]))
        left = sub(leaf, sub(size, mul(const(factor), wanted)))
        self.solutions[wanted] = floordiv(left, const(factor))
        if abs(factor) != 1:
            self.held.append(Held(mod(left, const(factor)), ZERO, dim))

    def told(self, term: Term) -> Term:
        """The formula with what the sizes tell in the place of open dimensions."""
        for _ in self.solutions:
            new = substitute(term, self.solutions)
            if new == term:
                break
            term = new
        return term


def size_name(port: str, axis: int) -> str:
    """The leaf for the size of an input along one of the file's axes."""
    return f"{port}[{axis}]"


def is_open(term: Term) -> bool:
    """True where a formula mentions an open dimension, sizes apart."""
    return any(name.startswith("?") for name in open_names((term,)))


def open_names(terms: Iterable[Term]) -> tuple[str, ...]:
    """The open dimensions and sizes of inputs that formulas mention."""
    return tuple(str(part.args[0]) for t in terms for part in t.walk() if part.op == "open")


def _addends(term: Term) -> Iterator[tuple[int, Term]]:
    """A sum of whole numbers as its addends, each a number times a formula."""
    for part in term.terms() if term.op == "+" else (term,):
        factor = next(part.terms(), ONE) if part.op == "*" else ONE
        number = factor.args[0] if is_const(factor) else 1
        if part.op == "neg":
            yield -1, neg(part)
        elif isinstance(number, int):
            yield number, floordiv(part, const(number))


def multiple_in(size: Term, wanted: Term) -> int:
    """The number that a size is a multiple of, where it is the size cut down to one that is
    wanted: 4 in `4 * (size // 4)`; 0 elsewhere."""
    numbers = [int(str(part.args[0])) for part in wanted.walk() if is_const(part)]
    cut = (n for n in numbers if n > 1 and mul(const(n), floordiv(size, const(n))) == wanted)
    return next(cut, 0)
