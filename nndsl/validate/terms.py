"""The graph that validation compares: terms in the language's words, and tensors that view them.

A term says what is computed, not in which layout: its operands are read through roles (first the
axes that the operation works on, in the order that its meaning gives them, then the others in an
order that only the operands decide), so the same computation in another layout is the same term.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

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
)

Settings: TypeAlias = tuple[tuple[str, Hashable], ...]


class Operand(NamedTuple):
    """A term's result as another reads it: which digits of it play which role."""

    term: Term
    result: int
    roles: tuple[Digits, ...]


class Term:
    """One computation. Equal computations of one store are one term; `runs` counts them.

    results: the sizes of each result's base axes. place: where it was first made.
    """

    __slots__ = ("number", "op", "operands", "place", "results", "runs", "settings")

    def __init__(
        self,
        number: int,
        op: str,
        settings: Settings,
        operands: tuple[Operand, ...],
        results: tuple[tuple[Dim, ...], ...],
        place: str,
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


@dataclass(frozen=True, slots=True)
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

    def viewed(self, view: View) -> Tensor:
        return Tensor(self.term, self.result, view, self.dtype)

    def typed(self, dtype: str) -> Tensor:
        return Tensor(self.term, self.result, self.view, dtype)

    def operand(self) -> Operand:
        """The tensor as an operand whose roles are all its axes in this order."""
        return Operand(self.term, self.result, self.view)


class Store:
    """All terms of one side, each computation once. `place` is what is being read."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.place = ""
        self._known: dict[object, Term] = {}
        self._rests: dict[tuple[tuple[int, ...], tuple[View, ...]], _Rest] = {}

    def _rest(self, positions: tuple[int, ...], views: tuple[View, ...]) -> _Rest:
        """How these axes of these views meet; layers that repeat meet alike."""
        key = (positions, views)
        found = self._rests.get(key)
        if found is None:
            found = self._rests[key] = _Rest(positions, views)
        return found

    def term(
        self,
        op: str,
        settings: Settings,
        operands: Sequence[Operand],
        results: Sequence[tuple[Dim, ...]],
        unique: bool = False,
    ) -> Term:
        """The term of this computation; a new one every time where it is random (`unique`)."""
        key: object = (
            op,
            settings,
            tuple((each.term.number, each.result, each.roles) for each in operands),
            tuple(results),
            len(self.terms) if unique else -1,
        )
        term = self._known.get(key)
        if term is None:
            number = len(self.terms)
            term = Term(number, op, settings, tuple(operands), tuple(results), self.place)
            self.terms.append(term)
            self._known[key] = term
        term.runs += 1
        return term

    def leaf(
        self, op: str, settings: Settings, shape: Sequence[Dim], dtype: str = "float"
    ) -> Tensor:
        """A term without operands, of this shape."""
        dims, view = fresh(shape)
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
        rank = max((tensor.rank for tensor in tensors), default=0)
        views = [((),) * (rank - tensor.rank) + tensor.view for tensor in tensors]
        rest = self._rest(tuple(p for p in range(rank) if p not in acting), tuple(views))
        operands = [
            Operand(tensor.term, tensor.result, (*(view[p] for p in acting), *roles))
            for tensor, view, roles in zip(tensors, views, rest.roles, strict=True)
        ]
        operands += [extra.operand() for extra in extras]
        wanted = results or (Result(tuple(p for p in range(rank) if p not in acting)),)
        made = [rest.laid(each) for each in wanted]
        if acting:
            settings = (*settings, ("along", len(acting)))
        term = self.term(op, settings, operands, [dims for dims, _ in made], unique)
        return tuple(Tensor(term, at, view, wanted[at].dtype) for at, (_, view) in enumerate(made))


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
