"""Open sizes by the size of an input that tells them: `(size * times + plus) // over`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from math import gcd
from typing import NamedTuple

from nndsl.ir.steps import Port, Value
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import Term


class Ratio(NamedTuple):
    """`(size * times + plus) // over`, of an axis of a value; over > 0."""

    times: int = 1
    plus: int = 0
    over: int = 1


class Told(NamedTuple):
    """A size that the size of an input's axis tells."""

    value: Value
    axis: int
    ratio: Ratio


def of_size(ratio: Ratio) -> dict[str, int]:
    """`times=2, plus=1`: what is not the size itself."""
    plain = Ratio()._asdict()
    return {name: number for name, number in ratio._asdict().items() if number != plain[name]}


def told(wanted: Term, ports: Iterable[Port], but: tuple[int, int] | None = None) -> Told | None:
    """The input that tells a size, the plainest where several do; None where none does. `but`:
    the value and axis that may not tell it."""
    found: list[Told] = []
    for port in ports:
        for axis, dim in enumerate(port.value.type.shape):
            if not isinstance(dim, OpenDim) or (port.value.id, axis) == but:
                continue
            ratio = ratio_of(wanted, dim.term)
            if ratio is not None:
                found.append(Told(port.value, axis, ratio))
    return min(found, key=lambda each: each.ratio != Ratio(), default=None)


def ratio_of(wanted: Term, size: Term) -> Ratio | None:
    """What a size is of another; None where it mentions more."""
    leaves = {leaf for leaf in size.walk() if leaf.op == "open"}
    if len(leaves) != 1:
        return None
    (leaf,) = leaves
    known, asked = _read(size, leaf), _read(wanted, leaf)
    if known is None or asked is None or known.over != 1 or known.times < 1:
        return None
    times, over = asked.times, asked.over * known.times
    plus = asked.plus * known.times - asked.times * known.plus
    by = gcd(times, plus, over)
    return Ratio(times // by, plus // by, over // by)


def _read(term: Term, leaf: Term) -> Ratio | None:
    """A formula of one open dimension."""
    if term == leaf:
        return Ratio()
    if term.op == "const" and type(term.args[0]) is int:
        return Ratio(0, term.args[0])
    parts = [_read(part, leaf) for part in term.terms()]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or not known:
        return None
    match term.op:
        case "+":
            first: Ratio | None = known[0]
            return reduce(_sum, known[1:], first)
        case "neg":
            return _scaled(known[0], -1)
        case "*" if len(known) == 2 and known[0].times == 0:
            return _scaled(known[1], known[0].plus)
        case "//" if known[1].times == 0 and known[1].plus > 0:
            return known[0]._replace(over=known[0].over * known[1].plus)
        case _:
            return None


def _scaled(ratio: Ratio, by: int) -> Ratio | None:
    return Ratio(ratio.times * by, ratio.plus * by) if ratio.over == 1 else None


def _sum(left: Ratio | None, right: Ratio) -> Ratio | None:
    if left is None or (left.over > 1 and right.over > 1):
        return None
    if left.over == 1:
        left, right = right, left
    plus = left.plus + right.plus * left.over
    return Ratio(left.times + right.times * left.over, plus, left.over)
