"""What both sides of a validation come to: outputs, losses and weights of one network."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from nndsl.ir.input_sizes import multiple_in, size_name
from nndsl.ops.base import Type
from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim, OpenDim, term_of
from nndsl.ops.symbols import ZERO, Term, add, const, mod, mul, sub, substitute
from nndsl.validate.terms import Store, Tensor


class WeightFact(NamedTuple):
    """What is known of a weight.

    name: the path of the language, or the framework's key. start: its distribution, in numbers;
    None where the code leaves it to chance. l1, l2: penalties. shape: in the language's layout.
    """

    name: str
    trainable: bool
    start: Start | None
    l1: float = 0.0
    l2: float = 0.0
    shape: tuple[Dim, ...] = ()


class Graph(NamedTuple):
    """One side. outputs and losses: (name, tensor) in order; weights by the key of their terms.

    checks: equalities of sizes that a run must check, with the name of the assertion. notes: what
    the head of the emitted file says that the target cannot do. held: equalities between sizes of
    inputs that the inputs' types ask for; None for code that does not look at them.
    """

    store: Store
    outputs: tuple[tuple[str, Tensor], ...]
    losses: tuple[tuple[str, Tensor], ...]
    weights: Mapping[Hashable, WeightFact]
    checks: Mapping[frozenset[Term], str] = {}
    notes: tuple[str, ...] = ()
    held: frozenset[frozenset[Term]] | None = None


def equality(left: object, right: object) -> frozenset[Term]:
    """Two sizes that are held to be equal; TypeError for what is no size."""
    return held_equal(term_of(left), term_of(right))


def held_equal(left: Term, right: Term) -> frozenset[Term]:
    """Two formulas that are held to be equal. That one is the other cut down to a multiple is the
    same as that nothing is left over."""
    for size, wanted in ((left, right), (right, left)):
        if number := multiple_in(size, wanted):
            return frozenset((mod(size, const(number)), ZERO))
    return frozenset((left, right))


def free_sizes(port: str, type_: Type) -> Type:
    """A type whose open sizes say nothing of each other."""
    sizes = [OpenDim(Term("open", (size_name(port, at),))) for at in range(type_.rank)]
    pairs = zip(type_.shape, sizes, strict=True)
    return type_._replace(shape=tuple(s if isinstance(d, OpenDim) else d for d, s in pairs))


def multiples_of(held: Iterable[frozenset[Term]]) -> dict[Term, Term]:
    """Sizes that are multiples of a number, perhaps and some more, as such."""
    found: dict[Term, Term] = {}
    for sizes in held:
        rest = next((term for term in sizes if term.op == "%"), None)
        if rest is None or ZERO not in sizes:
            continue
        inner, by = rest.terms()
        leaf = next(term for term in inner.walk() if term.op == "open")
        found[leaf] = sub(add(mul(by, Term("open", (f"{leaf.args[0]}:",))), leaf), inner)
    return found


def solved(sizes: frozenset[Term], multiples: Mapping[Term, Term]) -> frozenset[Term]:
    """An equality of sizes in which multiples are what they are; a multiple itself stays."""
    if ZERO in sizes:
        return sizes
    return frozenset(substitute(term, multiples) for term in sizes)
