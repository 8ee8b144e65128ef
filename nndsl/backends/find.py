"""Targets by name: installed packages announce them by the entry point `nndsl.targets`."""

from __future__ import annotations

from importlib.metadata import entry_points

from nndsl.backends.base import Target
from nndsl.diagnostics import Diagnostics
from nndsl.diagnostics.model import did_you_mean
from nndsl.source import NOWHERE

GROUP = "nndsl.targets"


def find_target(name: str, diagnostics: Diagnostics) -> Target | None:
    """An installed target; NN801 where there is none of this name."""
    known = entry_points(group=GROUP)
    if name not in known.names:
        listed = ", ".join(sorted(known.names)) or "none"
        fix = did_you_mean(name, known.names) or f"installed are: {listed}"
        diagnostics.error("NN801", NOWHERE, f"there is no target `{name}`", fix)
        return None
    target: Target = known[name].load()
    return target
