"""Every constant, function, operator, argument and statement of emitted code, changed once each.

What the validator does not tell must compute the same network, for a reason that is written here.
"""

from collections.abc import Iterator

import pytest

from nndsl.emit import tree
from nndsl.validate import validate
from nndsl.validate.perturb import perturb
from validate.mutate import NAME, Mutant, mutants
from validate.programs import TARGETS, Case, of_example

QUICK = ("lenet", "two_norms")
PROGRAMS = (
    *QUICK,
    *(pytest.param(name, marks=pytest.mark.slow)
      for name in ("lstm_text", "vae", "recursive_unet", "seq2seq")),
)  # fmt: skip


def harmless(mutant: Mutant) -> str:
    """Why a mutant computes the same; empty where there is no such reason."""
    before, after = mutant.before, mutant.after
    if mutant.kind == NAME:
        return "a layer's name is free, as long as no two have one"
    if mutant.kind == "operands swapped" and isinstance(before, tree.Bin) and before.op in "+*":
        return "sums and products of numbers commute"
    if mutant.kind in ("items swapped", "arguments swapped") and _only_classes(before):
        return "isinstance takes classes in any order"
    if mutant.kind == "another function" and isinstance(after, tree.Attr):
        return "a list of lists of modules as one list" if after.name == "extend" else ""
    return ""


def _only_classes(node: object) -> bool:
    return isinstance(node, tree.TupleE) and all(
        (isinstance(item, tree.Attr) and item.value == tree.Name("nn"))
        or (isinstance(item, tree.Name) and item.id[0].isupper())
        for item in node.items
    )


def same_values(mutant: Mutant) -> bool:
    """True where what was exchanged is equal."""
    return mutant.before == mutant.after


def survivors(case: Case, seen: list[int]) -> Iterator[Mutant]:
    """The mutants that neither these values of the settings nor others tell."""
    for mutant in mutants(case.emitted):
        if same_values(mutant):
            continue
        seen.append(1)
        if not validate(case.program, mutant.emitted, case.target).ok:
            continue
        if harmless(mutant):
            continue
        if not perturb(case.elaborated, case.program, mutant.emitted, case.target).findings:
            yield mutant


# Mutants that compute the same here, though nothing of their form says so.
EQUIVALENT = {
    ("vae", "torch"): 3,  # SamePad(3, 2) pads 28 and 14 positions as SamePad(2, 3) and (3, 3) do
    ("two_norms", "torch"): 4,  # `channels` and `width` are one number after the first turn
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_mutant_is_told(program: str, target: str) -> None:
    case = of_example(program, target)
    seen: list[int] = []
    left = list(survivors(case, seen))
    told = "\n".join(str(mutant) for mutant in left)
    assert len(seen) >= 30
    assert len(left) <= EQUIVALENT.get((program, target), 0), told


def test_a_mutant_differs_in_one_place() -> None:
    case = of_example("lenet", "torch")
    for mutant in mutants(case.emitted):
        assert mutant.emitted.code != case.emitted.code or same_values(mutant), str(mutant)
