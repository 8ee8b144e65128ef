"""What a file has against what it should have: every difference, before a number is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from nndsl.weights.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np

    from nndsl.weights.arrays import Array

WIDER = "float64"


class Stored(Protocol):
    """An array, in memory or in a file."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...


def differences(
    stored: Mapping[str, Stored],
    expected: Mapping[str, tuple[int, ...]],
    weights: Mapping[str, str],
    spare: Callable[[str], bool],
    rounded: bool,
) -> list[str]:
    """A line for each name that is missing, unexpected, of another shape or type.

    expected: shapes by name. weights: the program's weights in each. spare: names that may be
    there. rounded: float64 will be rounded to float32.
    """
    lines = [
        f"missing: `{name}` {list(shape)}{_of(name, weights)}"
        for name, shape in expected.items()
        if name not in stored
    ]
    lines += [
        f"unexpected: `{name}` {list(each.shape)}"
        for name, each in stored.items()
        if name not in expected and not spare(name)
    ]
    for name, shape in expected.items():
        if name in stored:
            each = stored[name]
            where = _of(name, weights)
            if tuple(each.shape) != shape:
                lines.append(
                    f"wrong shape: `{name}` is {list(each.shape)}, should be {list(shape)}{where}"
                )
            if not _real(each):
                lines.append(f"wrong type: `{name}` is {each.dtype}, should be float32{where}")
            elif each.dtype.itemsize > 4 and not rounded:
                lines.append(
                    f"wrong type: `{name}` is {each.dtype}, should be float32 "
                    f"(--round rounds it){where}"
                )
    return lines


def _real(each: Stored) -> bool:
    attributes = getattr(each, "attrs", {})
    return each.dtype.kind == "f" or attributes.get("dtype") == "bfloat16"


def _of(name: str, weights: Mapping[str, str]) -> str:
    paths = weights.get(name, name)
    return "" if paths == name else f" (for {paths})"


def not_finite(arrays: Mapping[str, Array]) -> list[str]:
    """A line for each array with numbers that are none."""
    import numpy as np

    lines = []
    for path, array in arrays.items():
        wrong = array.size - int(np.isfinite(array).sum())
        if wrong:
            lines.append(f"not finite: {wrong} of the {array.size} numbers of `{path}`")
    return lines


def refuse_all(path: str, lines: Iterable[str]) -> None:
    """Raises WeightsError with all lines, if there are any."""
    found = list(lines)
    if found:
        raise WeightsError([f"`{path}` does not fit:", *(f"  {line}" for line in found)])
