"""What emitted code asks of the helpers: their texts hold no more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from nndsl.backends.keras.helpers import HELPERS
from nndsl.emit.tree import Call, Name, Stmt
from nndsl.emit.walk import nodes

Places: TypeAlias = "dict[str, object]"
MASK = "attention_mask"


def asked(code: Sequence[Stmt]) -> frozenset[str]:
    """The parameters of helpers that the code gives, as `SameSize.times`; masks for all layers."""
    found: set[str] = set()
    for node in nodes(code):
        if not isinstance(node, Call):
            continue
        given = {key for key, _ in node.kwargs}
        found |= {MASK} & given
        helper = HELPERS.get(node.func.id) if isinstance(node.func, Name) else None
        if isinstance(node.func, Name) and helper is not None:
            known = (*helper.parameters[: len(node.args)], *given)
            found.update(f"{node.func.id}.{each}" for each in known)
    return frozenset(found)


def everything() -> frozenset[str]:
    """All options of all helpers."""
    named = (f"{name}.{each}" for name, helper in HELPERS.items() for each in helper.parameters)
    return frozenset((MASK, *named))


def places(name: str, options: frozenset[str]) -> Places:
    """What stands in the places of a helper's template."""
    found = OPTIONS.get(name)
    return {} if found is None else found(options)


def _given(options: frozenset[str], *names: str) -> set[str]:
    """The parameters that any of these helpers gets."""
    pairs = (option.split(".") for option in options if "." in option)
    return {parameter for name, parameter in pairs if name in names}


def _same_size(options: frozenset[str]) -> Places:
    return {"formula": bool(_given(options, "SameSize") & {"times", "plus", "over"})}


def _multiple_of(options: frozenset[str]) -> Places:
    return {"past": "MultipleOf.past" in options}


OPTIONS: Mapping[str, Callable[[frozenset[str]], Places]] = {
    "SameSize": _same_size,
    "MultipleOf": _multiple_of,
}
