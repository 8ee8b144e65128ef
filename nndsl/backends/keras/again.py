"""Names of the layers that each use of something shared makes anew: activations, noise, pads."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.spellings import has_around, spelling
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import OpStep, OwnStep, Step


class Again:
    """What has no weights and no layer to share, and what goes around the calls of a shared layer:
    its first use has the owner's name, each other one the same with a number."""

    def __init__(self, steps: Sequence[Step]) -> None:
        made = (step for step in all_steps(steps) if not _shared_here(step))
        sites = (getattr(step, "site", None) for step in made)
        self._taken = {site.name for site in sites if site is not None}
        self._names: dict[int, str] = {}
        self._around: set[str] = set()

    def name(self, step: OpStep) -> str:
        """The name of a use's layer, the same however often it is asked for."""
        if id(step) not in self._names:
            number, name = 1, step.site.name
            first = has_around(step) and name not in self._around
            self._around.add(name)
            while name in self._taken and not (first and number == 1):
                number += 1
                name = f"{step.site.name}_{number}"
            self._taken.add(name)
            self._names[id(step)] = name
        return self._names[id(step)]


def _shared_here(step: Step) -> bool:
    """A declaration, or a use, that makes no layer under its name."""
    if isinstance(step, OwnStep):
        return isinstance(step.use, OpStep) and spelling(step.use.op).make is None
    return isinstance(step, OpStep) and bool(step.owner) and spelling(step.op).make is None
