"""Merges of branches, and concat and stack of values, in Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.backends.keras import layout
from nndsl.backends.keras.aligned import aligned, mixed, with_batch_of
from nndsl.backends.keras.at import At, Option, list_of
from nndsl.backends.keras.plus import safe_order, total
from nndsl.backends.keras.spellings import Spelling, function
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Expr, ListE
from nndsl.ops.base import Type

# A merge of branches: the function of keras.layers; it broadcasts per example.
FUNCTIONS: Mapping[str, str] = {
    "add": "add", "multiply": "multiply", "maximum": "maximum", "minimum": "minimum",
    "average": "average", "subtract": "subtract", "concat": "concatenate",
}  # fmt: skip


def merge(at: At, listed: Expr | None = None) -> Expr:
    """`layers.add([a, b], name=…)`; `listed` is the list that holds the branches, if one does."""
    if at.step.op.word == "stack":
        return stack(at, listed)
    if listed is None and at.step.op.word in ("add", "average"):
        types = [value.type for value in at.step.ins]
        if not safe_order(types, at.out):
            return _plain_sum(at)
    values = listed if listed is not None else list_of(_values(at))
    options = _axis(at) if at.step.op.word == "concat" else []
    name: Option = ("name", at.site.layer_name(""))
    pairs = tuple((key, b.value(item)) for key, item in (*options, name))
    return Call(b.dotted(f"layers.{FUNCTIONS[at.step.op.word]}"), (values,), pairs)


def _plain_sum(at: At) -> Expr:
    """Values that broadcast in an order that `layers.add` gets wrong."""
    made = total(at, list(zip(aligned(at), (v.type for v in at.step.ins), strict=True)))
    return made if at.step.op.word == "add" else b.binop(made, "/", len(at.step.ins))


def _values(at: At) -> list[Expr]:
    """The operands with a batch each."""
    values = _in_one_order(at) if at.step.op.word in ("concat", "stack") else aligned(at)
    if not mixed(at):
        return values
    like = next(e for e, v in zip(values, at.step.ins, strict=True) if v.type.batched)
    return [
        e if v.type.batched else with_batch_of(at, e, like, number)
        for number, (e, v) in enumerate(zip(values, at.step.ins, strict=True), 1)
    ]


def _in_one_order(at: At) -> list[Expr]:
    """All operands held as the result is."""
    found = []
    for number, value in enumerate(at.step.ins):
        type_ = value.type
        expr = at.operand(number)
        if layout.turned(at.out) and not type_.axes:
            whole = Type(type_.shape, type_.dtype, at.out.axes, type_.batched)
            expr = layout.as_held(expr, whole)
        found.append(expr)
    return found


def _axis(at: At) -> list[Option]:
    index = layout.index(at.out, at.s.int("axis"))
    return [] if index == -1 else [("axis", index)]


def concat(at: At) -> Expr:
    """Of values: with a batch, the layer; without, the function."""
    listed = _stacked(at)
    if at.out.batched:
        return merge(at, listed)
    return b.call("ops.concatenate", listed or list_of(_in_one_order(at)),
                  axis=layout.index(at.out, at.s.int("axis")))  # fmt: skip


def listed(write: Callable[[At], Expr]) -> Callable[[At], Expr]:
    """An operator's spelling, but for all values of a pushed list: there it is the layer."""

    def written(at: At) -> Expr:
        values = _stacked(at)
        if values is None:
            return write(at)
        if at.type().dtype == "bool":
            raise at.refuse(f"`{at.step.op.word}` of a list of truth values", "cast them before")
        return merge(at, values)

    return written


def _stacked(at: At) -> Expr | None:
    """The Python list, where the operands are all of a pushed list."""
    return at.site.listed(at.step.stack) if at.step.stack else None


def stack(at: At, listed: Expr | None = None) -> Expr:
    """In the file's order: the new axis may stand anywhere."""
    axis = at.s.int("axis")
    values = listed or _stacked(at)
    if values is None or any(layout.turned(v.type) for v in at.step.ins):
        values = ListE(tuple(layout.as_filed(e, v.type)
                             for e, v in zip(_values(at), at.step.ins, strict=True)))  # fmt: skip
    return at.result(b.call("ops.stack", values, axis=layout.counted(at.out, axis)))


SPELLINGS: dict[str, Spelling] = {
    "concat": function(concat, inline=False),
    "stack": function(stack),
}
