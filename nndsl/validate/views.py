"""Where the elements of a term lie in a tensor: permuted, merged, split and added axes as data.

A term has base axes in an order of its own (sizes 1 left out). A tensor's axis is a list of atoms,
each a digit of a base axis' index; transposing, reshaping and inserting axes only rewrites these
lists, so that tensors that differ in nothing but layout are views of one term.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from nndsl.ops.numbers import Dim, OpenDim, product, show_shape, term_of
from nndsl.ops.symbols import is_const

REPEATED = -1  # the axis of an atom along which all elements are equal (broadcast)


class Atom(NamedTuple):
    """`(index // divisor) % size` of a base axis; of no axis where `axis` is REPEATED."""

    axis: int
    divisor: Dim
    size: Dim


Digits: TypeAlias = tuple[Atom, ...]
View: TypeAlias = tuple[Digits, ...]


class Misfit(Exception):  # noqa: N818 - the emitted code is at fault: reported as a mismatch
    """Tensors that do not fit together, or a call that a framework would refuse."""


def whole(dims: Sequence[Dim]) -> View:
    """The view of base axes of these sizes, in their order; none has size 1."""
    return tuple((Atom(axis, 1, dim),) for axis, dim in enumerate(dims))


def fresh(shape: Sequence[Dim]) -> tuple[tuple[Dim, ...], View]:
    """The base axes of a new term of this shape, and its view."""
    dims = tuple(dim for dim in shape if dim != 1)
    atoms = iter(whole(dims))
    return dims, tuple(() if dim == 1 else next(atoms) for dim in shape)


def size(digits: Digits) -> Dim:
    if len(digits) == 1:
        return digits[0].size
    return product(tuple(atom.size for atom in digits))


def shape_of(view: View) -> tuple[Dim, ...]:
    return tuple(size(digits) for digits in view)


def divide(left: Dim, right: Dim) -> Dim | None:
    """left / right where that is a whole number for certain."""
    if left == right:
        return 1
    if right == 1:
        return left
    if isinstance(left, int) and isinstance(right, int):
        return left // right if right and left % right == 0 else None
    quotients = left // right, _leading(left) // _leading(right)
    return next((each for each in quotients if each * right == left), None)


def _leading(dim: Dim) -> int:
    """The number that the first addend of a formula is multiplied by."""
    term = term_of(dim)
    first = next(term.terms()) if term.op == "+" else term
    factor = next(first.terms(), first) if first.op == "*" else first
    value = factor.args[0] if is_const(factor) else 1
    return value if isinstance(value, int) and value > 0 else 1


def join(digits: Sequence[Atom]) -> Digits:
    """Neighbouring digits that are one, as one."""
    joined: list[Atom] = []
    for atom in digits:
        if joined and follows(joined[-1], atom):
            high = joined.pop()
            atom = Atom(atom.axis, atom.divisor, high.size * atom.size)
        joined.append(atom)
    return tuple(joined)


def follows(high: Atom, low: Atom) -> bool:
    if high.axis != low.axis:
        return False
    return high.axis == REPEATED or high.divisor == low.divisor * low.size


def _cut(atom: Atom, low_size: Dim) -> tuple[Atom, Atom] | None:
    """The atom as a high digit and a low one of this size."""
    high_size = divide(atom.size, low_size)
    if high_size is None:
        return None
    if atom.axis == REPEATED:
        return Atom(REPEATED, 1, high_size), Atom(REPEATED, 1, low_size)
    divisor = atom.divisor * low_size
    return Atom(atom.axis, divisor, high_size), Atom(atom.axis, atom.divisor, low_size)


def split(digits: Digits, sizes: Sequence[Dim]) -> tuple[Digits, ...] | None:
    """The digits distributed over axes of these sizes, from the right; None where they straddle."""
    rest = list(digits)
    axes: list[Digits] = []
    for wanted in reversed(sizes):
        taken: list[Atom] = []
        while wanted != 1:
            if not rest:
                return None
            atom = rest.pop()
            left = divide(wanted, atom.size)
            if left is None:
                pair = _cut(atom, wanted)
                if pair is None:
                    return None
                rest.append(pair[0])
                atom, left = pair[1], 1
            taken.append(atom)
            wanted = left
        axes.append(join(taken[::-1]))
    return None if rest else tuple(axes[::-1])


def reshape(view: View, shape: Sequence[Dim]) -> View | None:
    """The view in another shape with as many elements; None where digits would straddle."""
    return split(tuple(atom for digits in view for atom in digits), shape)


def permute(view: View, order: Sequence[int]) -> View:
    if sorted(order) != list(range(len(view))):
        raise Misfit(f"{list(order)} is no order of {len(view)} axes")
    return tuple(view[axis] for axis in order)


def refine(columns: Sequence[Digits]) -> list[tuple[Digits, ...]]:
    """One axis of several operands as digits that they all have; Misfit where sizes differ.

    columns: each operand's digits at the axis; empty or repeated ones stretch. Each result is one
    digit: for every operand its atom, or nothing.
    """
    if len(columns) == 1:
        return [((atom,),) for atom in columns[0]]
    real = [digits for digits in columns if any(atom.axis != REPEATED for atom in digits)]
    if not real:
        longest = max(columns, key=lambda digits: size(digits) != 1)
        return [tuple(longest for _ in columns)] if longest else []
    sizes = [atom.size for atom in real[0]]
    for digits in real[1:]:
        found = _common(sizes, [atom.size for atom in digits])
        if found is None:
            shown = " and ".join(show_shape((size(d),)) for d in (real[0], digits))
            raise Misfit(f"axes of {shown} do not fit together")
        sizes = found
    parts = [_parts(digits, sizes) for digits in columns]
    return [tuple(part[at] for part in parts) for at in range(len(sizes))]


def _parts(digits: Digits, sizes: Sequence[Dim]) -> Sequence[Digits]:
    if not any(atom.axis != REPEATED for atom in digits):
        if digits and size(digits) != product(tuple(sizes)):
            raise Misfit(f"axes of {size(digits)} and {product(tuple(sizes))} do not fit together")
        return [()] * len(sizes)
    parts = split(digits, sizes)
    if parts is None:
        raise Misfit("axes of different composition meet")
    return parts


def _common(left: list[Dim], right: list[Dim]) -> list[Dim] | None:
    """The coarsest sizes that refine both; None where there are none."""
    left, right, sizes = left[:], right[:], list[Dim]()
    while left and right:
        a, b = left.pop(), right.pop()
        over, under = divide(a, b), divide(b, a)
        if over is not None:
            sizes.append(b)
            if over != 1:
                left.append(over)
        elif under is not None:
            sizes.append(a)
            right.append(under)
        else:
            return None
    return None if left or right else sizes[::-1]


def is_open(view: View) -> bool:
    return any(isinstance(atom.size, OpenDim) for digits in view for atom in digits)
