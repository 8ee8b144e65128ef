"""Formulas that a recursion's result may have: proposed, tried on the instances, then proven.

A block that calls itself has no formula until its own is known. So one is guessed from the sizes
that elaboration found, simplest first. It must be right for every instance, and the walk that used
it for the inner results must find it for the outer ones, whatever the settings are (induction).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nndsl.ir.steps import Instance
from nndsl.ir.witness import Env, evaluate, same_value
from nndsl.ops import symbols
from nndsl.ops.numbers import OpenDim, Sym, term_of
from nndsl.ops.symbols import Term, const, var

if TYPE_CHECKING:
    from nndsl.ir.general_loops import GeneralWalker

MOST = 1024  # the largest factor that is tried
DEEPEST = 24  # the largest exponent
TRIES = 24  # how many formulas are tried in walks
TRIALS = 6  # how many settings a formula is tried on


class Proposals:
    """The formulas proposed for the results of one group of instances, by (result, axis)."""

    def __init__(self, instances: list[Instance]) -> None:
        self.instances = instances
        self.made: dict[tuple[int, int], Term] = {}
        self.rejected: set[tuple[int, int, Term]] = set()

    def of(self, index: int, axis: int) -> Term | None:
        """The simplest formula that has not been rejected; None where there is none."""
        key = index, axis
        if key not in self.made:
            for term in _candidates(self.instances, index, axis):
                if (index, axis, term) not in self.rejected and self._fits(term, index, axis):
                    self.made[key] = term
                    break
        return self.made.get(key)

    def _fits(self, term: Term, index: int, axis: int) -> bool:
        return all(
            _right(term, one, one.outputs[index].value.type.shape[axis]) for one in self.instances
        )

    def reject(self) -> bool:
        """Gives up the present formulas that say something; False where there are none."""
        found = {(*key, term) for key, term in self.made.items() if term.op != "dim"}
        self.made = {}
        self.rejected |= found
        return bool(found) and len(self.rejected) < TRIES

    def hold(self, walker: GeneralWalker) -> bool:
        """True where a walk's results are as proposed; they get the proposed formula. Else those
        that are not are rejected."""
        shapes = [list(result.value.type.shape) for result in walker.instance.outputs]
        wrong = [
            (index, axis, term)
            for (index, axis), term in self.made.items()
            if not self._same(walker.expand(term_of(shapes[index][axis])), term)
        ]
        if wrong and len(self.rejected) < TRIES:
            self.rejected |= set(wrong)
            self.made = {}
            return False
        for (index, axis), term in self.made.items():
            size = shapes[index][axis]
            if not isinstance(size, OpenDim):
                shapes[index][axis] = Sym(int(size), term)
        walker.instance.outputs = tuple(
            result._replace(
                value=result.value._replace(type=result.value.type._replace(shape=tuple(shape)))
            )
            for result, shape in zip(walker.instance.outputs, shapes, strict=True)
        )
        return True

    def _same(self, left: Term, right: Term) -> bool:
        """False where two formulas differ at some settings and sizes; from the least that the
        instances have, so that a recursion ends as theirs does."""
        found = (t for term in (left, right) for t in term.walk() if t.op in ("var", "dim"))
        leaves = list(dict.fromkeys(found))
        for trial in range(TRIALS):
            table = {leaf: const(self._number(leaf, trial, i)) for i, leaf in enumerate(leaves)}
            a, b = symbols.substitute(left, table), symbols.substitute(right, table)
            if symbols.is_const(a) and symbols.is_const(b) and a.args != b.args:
                return False
        return True

    def _number(self, leaf: Term, trial: int, place: int) -> int:
        values = [_of(leaf, one) for one in self.instances]
        return min(values) + (trial * (place + 2) + place) % (max(values) - min(values) + 4)


def _candidates(instances: list[Instance], index: int, axis: int) -> Iterator[Term]:
    """Simplest first; factors and addends that no setting gives are last."""
    sizes = {id(one): _size(one, index, axis) for one in instances}
    largest = max(instances, key=lambda one: sizes[id(one)])
    size, inputs = sizes[id(largest)], largest.inputs
    dims = [Term("dim", (p.name, axis)) for p in inputs if axis < p.value.type.rank]
    numbers = [var(n) for n, v in largest.settings if isinstance(v, int) and type(v) is not bool]
    products = list(_products(numbers, largest))
    starts = [*dims, *numbers]
    yield from starts
    yield const(size)
    yield from (symbols.add(start, part) for start in starts for part in (*numbers, *products))
    yield from products
    yield from (symbols.add(start, const(size - _of(start, largest))) for start in dims)
    for start in (None, *starts):
        left = size - (0 if start is None else _of(start, largest))
        for part in (*products, *numbers):
            scaled = _scaled(part, left, largest)
            if scaled is not None:
                yield scaled if start is None else symbols.add(start, scaled)


def _size(instance: Instance, index: int, axis: int) -> int:
    size = instance.outputs[index].value.type.shape[axis]
    return 0 if isinstance(size, OpenDim) else int(size)


def _products(numbers: list[Term], first: Instance) -> Iterator[Term]:
    """`depth * growth`, `width * 2**depth`."""
    for at, left in enumerate(numbers):
        yield from (symbols.mul(left, right) for right in numbers[at + 1 :])
    for left in (n for n in numbers if 0 <= _of(n, first) <= DEEPEST):
        power = symbols.power(const(2), left)
        yield from (symbols.mul(right, power) for right in numbers if right != left)


def _scaled(part: Term, wanted: int, first: Instance) -> Term | None:
    """The part times the whole number that makes the first instance right."""
    value = _of(part, first)
    if not value or wanted % value or not 1 < abs(wanted // value) <= MOST:
        return None
    return symbols.mul(const(wanted // value), part)


def _of(term: Term, instance: Instance) -> int:
    value = evaluate(term, Env(instance, instance.steps), {})
    return value if isinstance(value, int) else 0


def _right(term: Term, instance: Instance, wanted: object) -> bool:
    try:
        return same_value(evaluate(term, Env(instance, instance.steps), {}), wanted)
    except Exception:  # noqa: BLE001 - a candidate that cannot be evaluated is none
        return False
