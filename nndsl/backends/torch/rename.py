"""Shorter attribute names: numbers only where several attributes of a class would share a name.

Sites are numbered over a whole definition, also those that stand in a Sequential or a list. What
is left as attributes is counted anew: `norm1` and `norm3` are `norm1` and `norm2`, a lone `dense3`
is `dense`. The user's own names stay.
"""

from __future__ import annotations

from typing import NamedTuple

DIGITS = "0123456789"


class KeptSite(NamedTuple):
    """A site whose module is an attribute. level: in how many loops; role: `down` where the loop
    pushes, `up` where it pops."""

    name: str
    given: bool
    level: int
    role: str


def renames(kept: list[KeptSite]) -> dict[str, str]:
    """From sites' names to better ones."""
    groups: dict[tuple[str, int], list[KeptSite]] = {}
    for site in kept:
        groups.setdefault((site.name.rstrip(DIGITS), site.level), []).append(site)
    taken = {site.name for site in kept if site.given}
    found: dict[str, str] = {}
    for (base, level), sites in groups.items():
        if any(site.given for site in sites) or base in taken or not base:
            continue
        found |= dict(zip((s.name for s in sites), _named(base, level, sites), strict=True))
    return {old: new for old, new in found.items() if old != new}


def _named(base: str, level: int, sites: list[KeptSite]) -> list[str]:
    if len(sites) == 1:
        return [base]
    roles = [site.role for site in sites]
    if level and all(roles) and len(set(roles)) == len(roles):
        return [f"{role}_{base}" for role in roles]
    return [f"{base}{i}" for i in range(1, len(sites) + 1)]
