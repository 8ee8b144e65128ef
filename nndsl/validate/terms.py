"""The graph that validation compares: terms in the language's words, and tensors that view them.

A term says what is computed, not in which layout: its operands are read through roles (first the
axes that the operation works on, in the order that its meaning gives them, then the others in an
order that only the operands decide), so the same computation in another layout is the same term.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

from nndsl._frozen import record
from nndsl.ops.numbers import Dim
from nndsl.validate.readings import Reading, Readings, Result
from nndsl.validate.views import Digits, Misfit, View, shape_of, size

Settings: TypeAlias = tuple[tuple[str, Hashable], ...]


class Operand(NamedTuple):
    """A term's result as another reads it: which digits of it play which role."""

    term: Term
    result: int
    roles: tuple[Digits, ...]


Place: TypeAlias = tuple[str, ...]


class Term:
    """One computation. Equal computations of one store are one term; `runs` counts them.

    sources: the operands' terms, and which of their results. results: the sizes of each result's
    base axes. reading: the operands' roles and these. place: where it was first made, the open
    calls from the outside.
    """

    __slots__ = (
        "number", "op", "place", "reading", "results", "runs", "settings", "sources", "spare",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        op: str,
        settings: Settings,
        sources: Sources,
        reading: Reading,
        place: Place,
    ) -> None:
        self.number = number
        self.op = op
        self.settings = settings
        self.sources = sources
        self.reading = reading
        self.results = reading.dims
        self.place = place
        self.runs = 0
        self.spare = 0

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The operands with the roles in which they are read."""
        pairs = zip(self.sources, self.reading.roles, strict=True)
        return tuple(Operand(term, result, roles) for (term, result), roles in pairs)

    def __repr__(self) -> str:
        return f"{self.op}#{self.number}"


Sources: TypeAlias = tuple[tuple[Term, int], ...]


@record
class Tensor:
    """A term's result in a layout; the batch is an axis like others. dtype: float, int, bool."""

    term: Term
    result: int
    view: View
    dtype: str = "float"

    @property
    def shape(self) -> tuple[Dim, ...]:
        return shape_of(self.view)

    @property
    def rank(self) -> int:
        return len(self.view)

    def size(self, axis: int) -> Dim:
        """The size of one axis."""
        return size(self.view[axis])

    def viewed(self, view: View) -> Tensor:
        return Tensor(self.term, self.result, view, self.dtype)

    def typed(self, dtype: str) -> Tensor:
        return Tensor(self.term, self.result, self.view, dtype)

    def operand(self) -> Operand:
        """The tensor as an operand whose roles are all its axes in this order."""
        return Operand(self.term, self.result, self.view)


class Store:
    """All terms of one side, each computation once.

    `place` is what is being read; `idle`: whether nothing needs that.
    """

    def __init__(self, readings: Readings | None = None) -> None:
        self.terms: list[Term] = []
        self.place: Place = ()
        self.idle = False
        self.readings = readings or Readings()
        self._known: dict[object, Term] = {}

    def term(
        self,
        op: str,
        settings: Settings,
        operands: Sequence[Operand],
        results: Sequence[tuple[Dim, ...]],
        unique: bool = False,
    ) -> Term:
        """The term of this computation; a new one every time where it is random (`unique`)."""
        reading = self.readings.made(tuple(each.roles for each in operands), tuple(results))
        sources = tuple((each.term, each.result) for each in operands)
        return self._term(op, settings, sources, reading, unique)

    def _term(
        self,
        op: str,
        settings: Settings,
        sources: Sources,
        reading: Reading,
        unique: bool,
    ) -> Term:
        number = len(self.terms)
        key = (op, settings, sources, reading.number, number if unique else -1)
        found = self._known.get(key)
        if found is None:
            found = Term(number, op, settings, sources, reading, self.place)
            self.terms.append(found)
            self._known[key] = found
        found.runs += 1
        found.spare += self.idle
        return found

    def leaf(
        self, op: str, settings: Settings, shape: Sequence[Dim], dtype: str = "float"
    ) -> Tensor:
        """A term without operands, of this shape."""
        reading, view = self.readings.leaf(shape)
        return Tensor(self._term(op, settings, (), reading, False), 0, view, dtype)

    def apply(
        self,
        op: str,
        settings: Settings,
        tensors: Sequence[Tensor],
        extras: Sequence[Tensor] = (),
        acting: Sequence[int] = (),
        results: Sequence[Result] | None = None,
        unique: bool = False,
    ) -> tuple[Tensor, ...]:
        """A computation along some axes, alike at all others.

        tensors: aligned from the right, sizes 1 stretch. acting: the axes that it works on, in the
        order of their roles; how many they are is part of the term. extras: operands that are read
        as they lie (weights). results: what comes out; by default one, with the axes that do not
        act.
        """
        if results is None:
            rank = max([len(tensor.view) for tensor in tensors], default=0)
            results = (Result(tuple(p for p in range(rank) if p not in acting)),)
        wanted = tuple(results)
        every = (*tensors, *extras)
        readings = self.readings
        ids = tuple([readings.id(each.view) for each in every])
        key = (len(tensors), *acting, wanted, ids)
        reading = readings.known.get(key)
        if reading is None:
            rank = max([len(tensor.view) for tensor in tensors], default=0)
            reading = readings.known[key] = readings.read(
                [each.view for each in tensors], [each.view for each in extras],
                acting, wanted, rank,
            )  # fmt: skip
        if acting:
            settings = (*settings, ("along", len(acting)))
        sources = tuple([(each.term, each.result) for each in every])
        term = self._term(op, settings, sources, reading, unique)
        views = reading.views
        if len(views) == 1:
            return (Tensor(term, 0, views[0], wanted[0].dtype),)
        return tuple([Tensor(term, at, view, wanted[at].dtype) for at, view in enumerate(views)])


def number(store: Store, value: float) -> Tensor:
    """A number as a tensor without axes."""
    dtype = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
    return store.leaf("number", (("value", value),), (), dtype)


def alike(left: Tensor, right: Tensor) -> None:
    """Misfit where two tensors differ in shape."""
    if left.shape != right.shape:
        raise Misfit(f"{left.shape} and {right.shape} differ")
