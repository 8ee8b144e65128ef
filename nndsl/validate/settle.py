"""Code that computes what the file says, or none: general where it can be, concrete where not."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.base import Emitted, Target
from nndsl.diagnostics import Diagnostics
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.fixed import fixed_settings
from nndsl.ir.generalise import generalise
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import UseStep
from nndsl.validate.check import READERS, Report, validate


class Settled(NamedTuple):
    """Emitted code and what its validation found; no report for a target without a reading.

    fixed: lines on the settings of the model that the code does not take.
    """

    emitted: Emitted
    report: Report | None
    fixed: tuple[str, ...] = ()


def settle(
    elaborated: Elaborated, target: Target, diagnostics: Diagnostics, exact: bool = False
) -> Settled | None:
    """The code of a model for a target, in the exact emission or not; None after an error.

    Where the validator finds a difference, the definitions concerned are emitted instance by
    instance, then all of them; a difference that is left is NN901, never a file.
    """
    every = frozenset(i.definition.name for i in elaborated.home.memo.values())
    every |= {elaborated.definition.name}
    concrete: frozenset[str] = frozenset()
    while True:
        program = generalise(elaborated, concrete)._replace(exact=exact)
        emitted = target.lower(program, diagnostics)
        if emitted is None:
            return None
        if target.name not in READERS:
            return Settled(emitted, None, fixed_settings(program))
        report = validate(program, emitted, target.name)
        if report.ok:
            return Settled(emitted, report, fixed_settings(program))
        if concrete == every:
            _give_up(elaborated, target, report, diagnostics)
            return None
        concrete = (not concrete and suspects(elaborated, report)) or every


def suspects(elaborated: Elaborated, report: Report) -> frozenset[str]:
    """The blocks along the places that mismatches name."""
    places = {m.where.split("`")[1] for m in report.mismatches if m.where.count("`") > 1}
    found = {name for place in places for name in _along(elaborated, place)}
    return frozenset(found - {elaborated.definition.name})


def _along(elaborated: Elaborated, place: str) -> list[str]:
    """The definitions that a path such as `stage[1].conv_bn.conv` goes through."""
    instance = elaborated.root
    found = []
    for part in place.split("."):
        name = part.split("[")[0]
        uses = [step for step in all_steps(instance.steps) if isinstance(step, UseStep)]
        inner = next((step.instance for step in uses if step.site.name == name), None)
        if inner is None:
            break
        instance = inner
        found.append(instance.definition.name)
    return found


def _give_up(
    elaborated: Elaborated, target: Target, report: Report, diagnostics: Diagnostics
) -> None:
    diagnostics.error(
        "NN901", elaborated.definition.name_span,
        f"the code for {target.name} would not do what this says: {report.mismatches[0]}",
        "this is a mistake in nndsl: please report it with the file",
    )  # fmt: skip
