"""The table of this target: how each word of the language is spelled in Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from nndsl.backends.keras.act import acted, numbered
from nndsl.backends.keras.at import At
from nndsl.emit.tree import Expr
from nndsl.ir.steps import OpStep, PopStep, Step, UseStep
from nndsl.ops.base import Op


class Spelling(NamedTuple):
    """One word.

    write: the expression of the result, given the layer object of a shared instance (or None).
    make: the layer object, for shared instances; None where there is nothing to share.
    inline: the result may be written inside another call (functions of values, not layers).
    around: True where lines of their own go before or after the call of a layer: pads, crops.
    """

    write: Callable[[At, Expr | None], Expr]
    make: Callable[[At], Expr] | None = None
    inline: bool = False
    around: Callable[[OpStep], bool] = lambda step: False


def layer(
    make: Callable[[At], Expr],
    call: Callable[[At, Expr], Expr] | None = None,
    around: Callable[[OpStep], bool] = lambda step: False,
) -> Spelling:
    """A Keras layer: `make` constructs it, `call` (by default on the first operand) applies it."""

    def write(at: At, shared: Expr | None) -> Expr:
        return acted(at, (call or plain_call)(at, make(at) if shared is None else shared))

    return Spelling(write, make, around=around)


def function(write: Callable[[At], Expr], inline: bool = True) -> Spelling:
    """A function of values, without an object."""
    return Spelling(lambda at, _: write(at), None, inline)


def plain_call(at: At, made: Expr) -> Expr:
    """`layer(x)`; a value without a batch gets one of size 1 for the call."""
    return with_batch(at, lambda x: at.apply(made, x))


def with_batch(at: At, call: Callable[[Expr], Expr]) -> Expr:
    """A call of a layer that insists on a batch."""
    from nndsl.emit import build as b

    if at.type().batched:
        return call(at.operand())
    return b.index(call(b.call("ops.expand_dims", at.operand(), 0)), 0)


def table() -> Mapping[str, Spelling]:
    """Every word with its spelling; words that ask for a rank are spelled as the general one."""
    if not _TABLE:
        from nndsl.backends.keras import (
            spell_activations,
            spell_attention,
            spell_conv,
            spell_layers,
            spell_merges,
            spell_recurrent,
            spell_tensors,
            spell_values,
        )

        families = (
            spell_activations, spell_attention, spell_conv, spell_layers, spell_merges,
            spell_recurrent, spell_tensors, spell_values,
        )  # fmt: skip
        _TABLE.update(chain.from_iterable(family.SPELLINGS.items() for family in families))
    return _TABLE


_TABLE: dict[str, Spelling] = {}


def spelled(op: Op) -> str:
    """The word under which an op is in the table: `Conv` for `Conv2D`."""
    return str(getattr(op, "like", "") or op.word)


def spelling(op: Op) -> Spelling:
    """The entry of an op; what has none is of another package, which may have said how."""
    found = table().get(spelled(op))
    if found is None:
        from nndsl.backends.keras import spell_foreign

        return layer(spell_foreign.make)
    return found


def missing(words: Iterator[str] | tuple[str, ...]) -> list[str]:
    """The words that have no entry, of those given."""
    from nndsl.ops.registry import find

    found = []
    for word in words:
        op = find(word)
        if op is not None and spelled(op) not in table():
            found.append(word)
    return found


def has_around(step: OpStep) -> bool:
    """True for a layer that takes lines before or after its call, each use its own."""
    entry = table().get(spelled(step.op))
    numbers = numbered(step.settings.items.get("act"))
    return entry is not None and (numbers or entry.around(step))


def inline(step: Step) -> bool:
    """True for what may be written inside another call: functions, shared layers, pops."""
    match step:
        case OpStep(op=op, owner=owner, parts=parts):
            entry = table().get(spelled(op))
            if entry is None or parts:
                return False
            shared = bool(owner) and entry.make is not None
            return entry.inline or (shared and not has_around(step))
        case UseStep(owner=owner):
            return bool(owner)
        case PopStep():
            return True
        case _:
            return False
