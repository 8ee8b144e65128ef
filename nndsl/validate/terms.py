"""The graph that validation compares: terms in the language's words, and tensors that view them.

A term says what is computed, not in which layout: its operands are read through roles (first the
axes that the operation works on, in the order that its meaning gives them, then the others in an
order that only the operands decide), so the same computation in another layout is the same term.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

from nndsl._frozen import record
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.views import (
    REPEATED,
    Atom,
    Digits,
    Misfit,
    View,
    follows,
    fresh,
    join,
    refine,
    shape_of,
    size,
)

Settings: TypeAlias = tuple[tuple[str, Hashable], ...]


class Operand(NamedTuple):
    """A term's result as another reads it: which digits of it play which role."""

    term: Term
    result: int
    roles: tuple[Digits, ...]


Place: TypeAlias = tuple[str, ...]


class Term:
    """One computation. Equal computations of one store are one term; `runs` counts them.

    results: the sizes of each result's base axes. place: where it was first made, the open calls
    from the outside.
    """

    __slots__ = ("number", "op", "operands", "place", "results", "runs", "settings")

    def __init__(
        self,
        number: int,
        op: str,
        settings: Settings,
        operands: tuple[Operand, ...],
        results: tuple[tuple[Dim, ...], ...],
        place: Place,
    ) -> None:
        self.number = number
        self.op = op
        self.settings = settings
        self.operands = operands
        self.results = results
        self.place = place
        self.runs = 0

    def __repr__(self) -> str:
        return f"{self.op}#{self.number}"


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


class _Reading(NamedTuple):
    """How a computation reads its operands and lays its results, worked out once for all alike.

    number: another one for each that differs in roles or sizes.
    """

    number: int
    roles: tuple[tuple[Digits, ...], ...]
    dims: tuple[tuple[Dim, ...], ...]
    views: tuple[View, ...] = ()


class Store:
    """All terms of one side, each computation once. `place` is what is being read.

    Layers that repeat are read alike: what depends only on views is looked up by the views' ids.
    """

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.place: Place = ()
        self._known: dict[object, Term] = {}
        self._rests: dict[tuple[tuple[int, ...], tuple[View, ...]], _Rest] = {}
        self._views: dict[View, View] = {}
        self._ids: dict[int, View] = {}
        self._fresh: dict[tuple[Dim, ...], tuple[tuple[Dim, ...], View]] = {}
        self._readings: dict[object, _Reading] = {}
        self._numbers: dict[object, int] = {}

    def _rest(self, positions: tuple[int, ...], views: tuple[View, ...]) -> _Rest:
        """How these axes of these views meet; layers that repeat meet alike."""
        key = (positions, views)
        found = self._rests.get(key)
        if found is None:
            found = self._rests[key] = _Rest(positions, views)
        return found

    def _id(self, view: View) -> int:
        """The id of the one view that stands for all equal ones."""
        key = id(view)
        if self._ids.get(key) is view:
            return key
        known = self._views.setdefault(view, view)
        self._ids[id(known)] = known
        return id(known)

    def term(
        self,
        op: str,
        settings: Settings,
        operands: Sequence[Operand],
        results: Sequence[tuple[Dim, ...]],
        unique: bool = False,
    ) -> Term:
        """The term of this computation; a new one every time where it is random (`unique`)."""
        reading = self._reading(tuple(each.roles for each in operands), tuple(results))
        sources = [(each.term, each.result) for each in operands]
        return self._term(op, settings, sources, reading, unique)

    def _reading(
        self,
        roles: tuple[tuple[Digits, ...], ...],
        dims: tuple[tuple[Dim, ...], ...],
        views: tuple[View, ...] = (),
    ) -> _Reading:
        number = self._numbers.setdefault((roles, dims), len(self._numbers))
        return _Reading(number, roles, dims, views)

    def _term(
        self,
        op: str,
        settings: Settings,
        sources: Sequence[tuple[Term, int]],
        reading: _Reading,
        unique: bool,
    ) -> Term:
        number = len(self.terms)
        read = tuple([(term.number, result) for term, result in sources])
        key = (op, settings, read, reading.number, number if unique else -1)
        found = self._known.get(key)
        if found is None:
            operands = tuple(
                [Operand(*each, r) for each, r in zip(sources, reading.roles, strict=True)]
            )
            found = Term(number, op, settings, operands, reading.dims, self.place)
            self.terms.append(found)
            self._known[key] = found
        found.runs += 1
        return found

    def leaf(
        self, op: str, settings: Settings, shape: Sequence[Dim], dtype: str = "float"
    ) -> Tensor:
        """A term without operands, of this shape."""
        shape = tuple(shape)
        made = self._fresh.get(shape)
        if made is None:
            made = self._fresh[shape] = fresh(shape)
        dims, view = made
        return Tensor(self.term(op, settings, (), (dims,)), 0, view, dtype)

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
        rank = max([len(tensor.view) for tensor in tensors], default=0)
        wanted = results or (Result(tuple(p for p in range(rank) if p not in acting)),)
        every = (*tensors, *extras)
        ids = tuple([self._id(each.view) for each in every])
        key = (len(tensors), tuple(acting), tuple(wanted), ids)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = self._read(tensors, extras, acting, wanted, rank)
        if acting:
            settings = (*settings, ("along", len(acting)))
        sources = [(each.term, each.result) for each in every]
        term = self._term(op, settings, sources, reading, unique)
        views = reading.views
        return tuple([Tensor(term, at, view, wanted[at].dtype) for at, view in enumerate(views)])

    def _read(
        self,
        tensors: Sequence[Tensor],
        extras: Sequence[Tensor],
        acting: Sequence[int],
        wanted: Sequence[Result],
        rank: int,
    ) -> _Reading:
        """The roles of each operand's axes, and how the results lie."""
        views = tuple(((),) * (rank - tensor.rank) + tensor.view for tensor in tensors)
        rest = self._rest(tuple(p for p in range(rank) if p not in acting), views)
        own = [
            (*(view[p] for p in acting), *roles)
            for view, roles in zip(views, rest.roles, strict=True)
        ]
        made = [rest.laid(each) for each in wanted]
        roles = (*own, *(extra.view for extra in extras))
        return self._reading(roles, tuple(dims for dims, _ in made), tuple(v for _, v in made))


class Result(NamedTuple):
    """What an operation gives: its axes in order, and the sizes of those that it makes.

    axes: p for the operand's axis p, which did not act; ~i for the made axis i. made: in the order
    of roles, so that a layout does not show in the term.
    """

    axes: tuple[int, ...]
    made: tuple[Dim, ...] = ()
    dtype: str = "float"

    def lay(self, rest: _Rest) -> tuple[tuple[Dim, ...], View]:
        """The base axes, and the view of them."""
        dims = [dim for dim in self.made if dim != 1]
        own: list[Digits] = []
        for dim in self.made:
            at = sum(1 for digits in own if digits)
            own.append(() if dim == 1 else (Atom(at, 1, dim),))
        base = tuple(dims) + tuple(rest.dims)
        view = tuple(own[~axis] if axis < 0 else rest.digits(axis, len(dims)) for axis in self.axes)
        return base, view


class _Rest:
    """The axes at which operands are treated alike: common digits, in an order of their own.

    dims: the sizes of the axes found; roles: for each operand its digits at each of them.
    """

    def __init__(self, positions: Sequence[int], views: Sequence[View]) -> None:
        cells = [
            (position, columns)
            for position in positions
            for columns in refine([view[position] for view in views])
        ]
        self._laid: dict[int, list[Atom]] = {position: [] for position in positions}
        self.dims: list[Dim] = []
        self._results: dict[Result, tuple[tuple[Dim, ...], View]] = {}
        chains: list[list[tuple[Digits, ...]]] = []
        placed: dict[int, Atom] = {}
        order = sorted(range(len(cells)), key=lambda at: _rank(cells[at][1]))
        for at in order:
            columns = cells[at][1]
            if _stretched(columns):
                placed[at] = Atom(REPEATED, 1, columns[0][0].size)
                continue
            if chains and _continues(chains[-1][-1], columns):
                chains[-1].append(columns)
            else:
                chains.append([columns])
            placed[at] = Atom(len(chains) - 1, 1, _width(columns))
        sizes = [[_width(columns) for columns in chain] for chain in chains]
        self.dims = [_product(each) for each in sizes]
        self._settle(order, placed, sizes)
        for at, (position, _) in enumerate(cells):
            self._laid[position].append(placed[at])
        self.roles = [
            tuple(join([atom for columns in chain for atom in columns[i]]) for chain in chains)
            for i in range(len(views))
        ]

    def _settle(self, order: list[int], placed: dict[int, Atom], sizes: list[list[Dim]]) -> None:
        """Divisors: each cell of a chain stands above those after it."""
        seen = [0] * len(sizes)
        for at in order:
            atom = placed[at]
            if atom.axis != REPEATED:
                seen[atom.axis] += 1
                below = _product(sizes[atom.axis][seen[atom.axis] :])
                placed[at] = Atom(atom.axis, below, atom.size)

    def laid(self, result: Result) -> tuple[tuple[Dim, ...], View]:
        """`Result.lay` on this, once for each result."""
        found = self._results.get(result)
        if found is None:
            found = self._results[result] = result.lay(self)
        return found

    def digits(self, position: int, shift: int) -> Digits:
        """The digits of one position over the result's base axes, after `shift` made ones."""
        return join(
            [
                atom if atom.axis == REPEATED else atom._replace(axis=atom.axis + shift)
                for atom in self._laid[position]
            ]
        )


def _product(sizes: Sequence[Dim]) -> Dim:
    total: Dim = 1
    for each in sizes:
        total = each if total == 1 else total * each
    return total


def _width(columns: tuple[Digits, ...]) -> Dim:
    found = next(d for d in columns if d and d[0].axis != REPEATED)
    return _product([atom.size for atom in found])


def _stretched(columns: tuple[Digits, ...]) -> bool:
    return all(atom.axis == REPEATED for digits in columns for atom in digits)


def _rank(columns: tuple[Digits, ...]) -> tuple[tuple[int, bool, int], ...]:
    return tuple(digit_rank(digits) for digits in columns)


def digit_rank(digits: Digits) -> tuple[int, bool, int]:
    if not digits or digits[0].axis == REPEATED:
        return (1 << 30, False, 0)
    divisor = digits[0].divisor
    is_open = isinstance(divisor, OpenDim)
    return (digits[0].axis, not is_open, 0 if is_open else -int(divisor))  # type: ignore[arg-type]


def _continues(high: tuple[Digits, ...], low: tuple[Digits, ...]) -> bool:
    """True where two cells are neighbouring digits of one axis, for every operand."""
    for left, right in zip(high, low, strict=True):
        if bool(left) != bool(right):
            return False
        if left and not follows(left[-1], right[0]):
            return False
    return True


def number(store: Store, value: float) -> Tensor:
    """A number as a tensor without axes."""
    dtype = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
    return store.leaf("number", (("value", value),), (), dtype)


def alike(left: Tensor, right: Tensor) -> None:
    """Misfit where two tensors differ in shape."""
    if left.shape != right.shape:
        raise Misfit(f"{left.shape} and {right.shape} differ")
