"""What is left unsaid, and what settings can hold."""

from __future__ import annotations

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir.statics import SymList, is_list, items_of
from nndsl.ops.base import Recipe, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import OpenDim
from nndsl.source import Span


class Silent(Failure):
    """Leaves a construct that only follows from a mistake already reported."""

    def __init__(self) -> None:
        Exception.__init__(self, "follows from an earlier mistake")


def setting_value(value: object, span: Span, sizes: bool = False) -> SettingValue:
    """A static value as a setting's value; NN324 for what no setting can hold.

    sizes: open dimensions may be among them (`Reshape(?T, 4)`); NN202 for them elsewhere.
    """
    if value is None or isinstance(value, bool | int | float | str | Word | Recipe):
        return value
    if isinstance(value, SymList):
        return value  # type: ignore[return-value]
    if is_list(value):
        return tuple(setting_value(item, span, sizes) for item in items_of(value))
    if isinstance(value, OpenDim):
        if sizes:
            return value
        raise fail(
            "NN202",
            span,
            f"a setting would depend on the open dimension {value!r}",
            "give this dimension a number in the input's type",
        )
    raise fail(
        "NN324",
        span,
        "no setting can hold values of the network",
        "values go in one by one, by `->` or in parentheses: `concat(a, b)`",
    )
