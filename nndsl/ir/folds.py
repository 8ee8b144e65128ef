"""Several numbers among an operator's operands, as one: `add(x, 1, 2)` is `x + 3`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.diagnostics.model import fail
from nndsl.ir import statics
from nndsl.ir.binding import Given
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.silent import setting_value
from nndsl.source import Span

_FOLDS: Mapping[str, Callable[[object, object, Span], object]] = {
    "add": lambda a, b, where: statics.binary("+", a, b, where),
    "multiply": lambda a, b, where: statics.binary("*", a, b, where),
    "maximum": lambda a, b, where: FUNCTIONS["max"]([a, b], where),
    "minimum": lambda a, b, where: FUNCTIONS["min"]([a, b], where),
}


def folded(word: str, given: Sequence[Given], where: Span) -> list[Given]:
    """The arguments with their numbers as one, at the place of the last.

    The operators whose order does not matter fold; NN201 for others with more than two numbers.
    """
    loose = [item for item in given if item.name is None and statics.is_number(item.value)]
    if len(loose) < 2:
        return list(given)
    fold = _FOLDS.get(word)
    if fold is None:
        if len(loose) == 2:
            return list(given)
        raise fail(
            "NN201",
            where,
            f"`{word}` takes at most a number in front and one behind, not {len(loose)}",
            "work with the numbers first",
        )
    total: object = loose[0].value
    for item in loose[1:]:
        total = fold(total, item.value, item.span)
    rest = [item for item in given if item not in loose]
    return [*rest, loose[-1]._replace(value=setting_value(total, where))]
