"""How computations read their operands: worked out once for all that see the same axes.

An operand is read through roles: first the axes that the operation works on, in the order that its
meaning gives them, then the others in an order that only the operands decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.views import REPEATED, Atom, Digits, View, follows, fresh, join, refine


class Reading(NamedTuple):
    """How a computation reads its operands and lays its results, worked out once for all alike.

    number: another one for each that differs in roles or sizes.
    """

    number: int
    roles: tuple[tuple[Digits, ...], ...]
    dims: tuple[tuple[Dim, ...], ...]
    views: tuple[View, ...] = ()


class Readings:
    """What depends only on views and sizes, for all stores of one validation.

    Layers that repeat are read alike: what they read is looked up by the views' ids.
    """

    def __init__(self) -> None:
        self.known: dict[object, Reading] = {}
        self._rests: dict[tuple[tuple[int, ...], tuple[View, ...]], _Rest] = {}
        self._views: dict[View, View] = {}
        self._ids: dict[int, View] = {}
        self._fresh: dict[tuple[Dim, ...], tuple[Reading, View]] = {}
        self._numbers: dict[object, int] = {}

    def id(self, view: View) -> int:
        """The id of the one view that stands for all equal ones."""
        key = id(view)
        if self._ids.get(key) is view:
            return key
        return id(self._own(view))

    def _own(self, view: View) -> View:
        """The one view that stands for all equal ones."""
        known = self._views.setdefault(view, view)
        self._ids[id(known)] = known
        return known

    def leaf(self, shape: Sequence[Dim]) -> tuple[Reading, View]:
        """A new term of this shape: its sizes, and how it lies."""
        shape = tuple(shape)
        found = self._fresh.get(shape)
        if found is None:
            dims, view = fresh(shape)
            found = self._fresh[shape] = (self.made((), (dims,)), self._own(view))
        return found

    def made(
        self,
        roles: tuple[tuple[Digits, ...], ...],
        dims: tuple[tuple[Dim, ...], ...],
        views: tuple[View, ...] = (),
    ) -> Reading:
        number = self._numbers.setdefault((roles, dims), len(self._numbers))
        return Reading(number, roles, dims, views)

    def read(
        self,
        views: Sequence[View],
        extras: Sequence[View],
        acting: Sequence[int],
        wanted: Sequence[Result],
        rank: int,
    ) -> Reading:
        """The roles of each operand's axes, and how the results lie."""
        views = tuple(((),) * (rank - len(view)) + view for view in views)
        rest = self._rest(tuple(p for p in range(rank) if p not in acting), views)
        own = [
            (*(view[p] for p in acting), *roles)
            for view, roles in zip(views, rest.roles, strict=True)
        ]
        made = [rest.laid(each) for each in wanted]
        roles = (*own, *extras)
        laid = tuple(self._own(view) for _, view in made)
        return self.made(roles, tuple(dims for dims, _ in made), laid)

    def _rest(self, positions: tuple[int, ...], views: tuple[View, ...]) -> _Rest:
        """How these axes of these views meet."""
        key = (positions, views)
        found = self._rests.get(key)
        if found is None:
            found = self._rests[key] = _Rest(positions, views)
        return found


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


@lru_cache(maxsize=1024)
def in_place(rank: int, dtype: str) -> Result:
    """The result of what acts on no axis."""
    return Result(tuple(range(rank)), (), dtype)


@lru_cache(maxsize=1024)
def in_last(rank: int, dim: Dim) -> Result:
    """The result of what makes another last axis."""
    return Result((*range(rank - 1), ~0), (dim,))


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
