"""What a writer remembers for values that go beside others: those that wait, and loops around."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.keras.flow import Live
from nndsl.ir.steps import Value


class Waiting(NamedTuple):
    """What has found no value yet to go beside. helper: the layer that takes it; listed: the list
    variable where it is no values."""

    helper: str
    name: str
    values: tuple[Value, ...] = ()
    listed: str = ""


class Around(NamedTuple):
    """A loop that is written. held: the values that were there before it; after: those that are
    needed behind it; drops: a round does not begin with what the one before it makes."""

    held: Live
    after: Live
    drops: bool
