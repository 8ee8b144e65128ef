"""The cyclic collector, held while one text is worked on.

A compilation makes records by the million that refer to one another without cycles: looking through
them again and again takes as long as making them.
"""

from __future__ import annotations

import gc


class Held:
    """Within `with Held():` the collector rests; behind it, it is as it was.

    Threads may overlap: whoever found it at work sets it to work again.
    """

    __slots__ = ("_was",)

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *raised: object) -> None:
        if self._was:
            gc.enable()
