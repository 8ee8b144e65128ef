"""What emitted code asks of the helpers: their texts hold no more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from nndsl.backends.keras.helpers import HELPERS
from nndsl.backends.keras.options_attention import attention, heads_attention, masked_attention
from nndsl.emit.tree import Assign, Call, Expr, Name, Stmt
from nndsl.emit.walk import nodes

Places: TypeAlias = "dict[str, object]"
OPERANDS = ("attention_mask", "training")  # what calls may give by keyword


def asked(code: Sequence[Stmt]) -> frozenset[str]:
    """The parameters of helpers that the code gives, as `SameSize.times`; what their calls give, as
    `Attention(context)`, or `Attention(no context)` for a call without it."""
    variables = {
        goal.id: helper
        for node in nodes(code)
        if isinstance(node, Assign) and len(node.targets) == 1
        for goal, helper in [(node.targets[0], _helper(node.value))]
        if isinstance(goal, Name) and helper
    }
    found: set[str] = set()
    for node in nodes(code):
        if isinstance(node, Call):
            found.update(_made(node))
            found.update(_called(node, variables))
    return frozenset(found)


def _helper(value: Expr | None) -> str:
    """The helper that a call makes; empty for any other expression."""
    if isinstance(value, Call) and isinstance(value.func, Name) and value.func.id in HELPERS:
        return value.func.id
    return ""


def _made(node: Call) -> Iterator[str]:
    name = _helper(node)
    if name:
        for each in (*HELPERS[name].parameters[: len(node.args)], *(key for key, _ in node.kwargs)):
            yield f"{name}.{each}"


def _called(node: Call, variables: Mapping[str, str]) -> Iterator[str]:
    """A call of a helper's layer: of what was just made, or of a variable that holds it."""
    func = node.func
    name = variables.get(func.id, "") if isinstance(func, Name) else _helper(func)
    if name:
        given = {key for key, _ in node.kwargs} | ({"context"} if len(node.args) > 1 else set())
        for each in ("context", *OPERANDS):
            yield f"{name}({each if each in given else f'no {each}'})"


def everything() -> frozenset[str]:
    """All options of all helpers."""
    found = {f"{name}.{each}" for name, helper in HELPERS.items() for each in helper.parameters}
    for name in HELPERS:
        found.add(f"{name}.trainable")
        found |= {f"{name}({each})" for each in ("context", *OPERANDS)}
        found |= {f"{name}(no {each})" for each in ("context", *OPERANDS)}
    return frozenset(found)


def places(name: str, options: frozenset[str]) -> Places:
    """What stands in the places of a helper's template."""
    found = OPTIONS.get(name)
    return {} if found is None else found(options)


def _same_size(options: frozenset[str]) -> Places:
    formula = {f"SameSize.{each}" for each in ("times", "plus", "over")}
    return {"formula": bool(formula & options)}


def _multiple_of(options: frozenset[str]) -> Places:
    return {"past": "MultipleOf.past" in options}


OPTIONS: Mapping[str, Callable[[frozenset[str]], Places]] = {
    "SameSize": _same_size,
    "MultipleOf": _multiple_of,
    "HeadsAttention": heads_attention,
    "Attention": attention,
    "MaskedAttention": masked_attention,
}
