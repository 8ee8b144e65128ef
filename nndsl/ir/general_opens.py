"""Open sizes of a plan's inputs: names of their own, which stand for a formula in each instance.

A block on `[?S, 16]` and on `[(?T + 1) // 2, 16]` is one block on `[?n, 16]`. What it makes of its
sizes is a formula of these names; what one instance has there is found by putting its sizes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.ir.steps import Instance, Port
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim, OpenDim, Sym, term_of
from nndsl.ops.symbols import Term, is_const, substitute


class Exact(Exception):  # noqa: N818
    """A definition is general only over instances whose open sizes are the same formulas."""


class Opens:
    """The names, and the input and axis that each was given for; none where sizes are taken as
    they are."""

    __slots__ = ("names", "places")

    def __init__(self, inputs: Sequence[Port] = ()) -> None:
        self.names: dict[Term, Term] = {}
        """From the first instance's formulas."""
        self.places: dict[Term, tuple[str, int]] = {}
        taken: set[str] = set()
        for port in inputs:
            for axis, dim in enumerate(port.value.type.shape):
                if isinstance(dim, OpenDim) and dim.term not in self.names:
                    name = Term("open", (_fresh(dim.term, taken),))
                    self.names[dim.term], self.places[name] = name, (port.name, axis)

    def of(self, dim: Dim) -> Dim:
        """The name of an input's size."""
        if not isinstance(dim, OpenDim) or dim.term not in self.names:
            return dim
        return OpenDim(self.names[dim.term], dim.low, dim.high)

    def within(self, term: Term, given: Mapping[str, Type]) -> Term:
        """A formula of the names as one of what is given at the inputs."""
        table = {}
        for name, (port, axis) in self.places.items():
            size = given[port].shape[axis]
            if isinstance(size, OpenDim):
                table[name] = size.term
        return substitute(term, table)

    def here(self, type_: Type, instance: Instance) -> Type:
        """A type with what one instance has in the place of the names."""
        if not self.names:
            return type_
        given = {port.name: port.value.type for port in instance.inputs}
        dims = tuple(self._size(dim, given) for dim in type_.shape)
        parts = tuple(self.here(part, instance) for part in type_.parts)
        return type_._replace(shape=dims, parts=parts)

    def _size(self, dim: Dim, given: Mapping[str, Type]) -> Dim:
        if not isinstance(dim, OpenDim):
            return dim
        term = self.within(dim.term, given)
        number = term.args[0] if is_const(term) else None
        return number if isinstance(number, int) else OpenDim(term, dim.low, dim.high)

    def _told(self, term: Term) -> bool:
        return all(part in self.places for part in term.walk() if part.op == "open")

    def named(self, dim: Dim, instance: Instance, near: Sequence[Dim] = ()) -> Dim | None:
        """What one instance has somewhere, in the names: as one of those near, or as an input has
        it; None where neither is the same."""
        if not isinstance(dim, OpenDim) or not self.names:
            return dim
        given = {port.name: port.value.type for port in instance.inputs}
        own = (OpenDim(name, dim.low, dim.high) for name in self.places)
        for other in (*near, *own):
            told = isinstance(other, OpenDim) and self._told(other.term)
            if told and self.within(term_of(other), given) == dim.term:
                return other
        return None


def alike(inputs: Sequence[Port]) -> tuple[object, ...] | None:
    """Which sizes are open, and which of them are the same; None where they are formulas of each
    other, so that names of their own would say less."""
    terms = [d.term for p in inputs for d in p.value.type.shape if isinstance(d, OpenDim)]
    distinct = list(dict.fromkeys(terms))
    leaves = [{t for t in term.walk() if t.op == "open"} for term in distinct]
    if sum(map(len, leaves)) != len(set().union(*leaves)):
        return None
    return tuple(
        distinct.index(d.term) if isinstance(d, OpenDim) else None
        for p in inputs
        for d in p.value.type.shape
    )


def has_opens(instance: Instance) -> bool:
    """True where an input has an open size."""
    shapes = (port.value.type.shape for port in instance.inputs)
    return any(isinstance(dim, OpenDim) for shape in shapes for dim in shape)


def named_port(port: Port, equations: Mapping[Term, Term], opens: Opens) -> Type:
    """An input as the plan sees it: sizes that are formulas of their own, or what they equal."""
    dims: list[Dim] = []
    for axis, dim in enumerate(port.value.type.shape):
        if isinstance(dim, OpenDim):
            dims.append(opens.of(dim))
        else:
            own = Term("dim", (port.name, axis))
            dims.append(Sym(int(dim), equations.get(own, own)))
    return port.value.type._replace(shape=tuple(dims))


def _fresh(term: Term, taken: set[str]) -> str:
    """The first name in a formula, with a number where another size has it."""
    name = base = next(str(t.args[0]) for t in term.walk() if t.op == "open")
    number = 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name)
    return name
