"""Parameters of constructors: annotations and defaults from the settings' values."""

from __future__ import annotations

from typing import cast

from nndsl.backends.torch import acts
from nndsl.backends.torch.signature import setting_name
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, Name, Param, TupleE, Unary
from nndsl.ir.steps import Argument, OpStep, Plan
from nndsl.ops.base import Recipe, Value, Word
from nndsl.ops.numbers import plain


def parameter(plan: Plan, argument: Argument, optional: bool) -> Param:
    """`stages: Sequence[int] = (3, 4, 6, 3)`."""
    values = [dict(i.settings).get(argument.name) for i in plan.instances]
    if not argument.required:
        values.append(argument.default)
    act = isinstance(argument.value, Recipe)
    note = annotation([v for v in values if not act or v is not None])
    if not optional:
        return b.param(setting_name(argument.name), note)
    return b.param(setting_name(argument.name), note, _default(argument.default, act))


def _default(value: Value, act: bool) -> Expr:
    return b.dotted("nn.Identity") if act and value is None else literal(value)


def annotation(values: list[Value]) -> Expr:
    """The narrowest type that all values have."""
    kinds = [_kind(value) for value in values if value is not None]
    note = _widest(kinds)
    return b.binop(note, "|", Const(None)) if None in values and kinds else note


def _widest(kinds: list[Expr]) -> Expr:
    distinct = list(dict.fromkeys(kinds))
    if not distinct:
        return Name("object")
    if len(distinct) == 1:
        return distinct[0]
    if set(distinct) <= {Name("int"), Name("float"), Name("bool")}:
        return Name("float")
    return next((k for k in distinct if k != Name("int")), distinct[0])


def _kind(value: Value) -> Expr:
    if isinstance(value, bool):
        return Name("bool")
    if isinstance(value, int | float):
        return Name("int") if isinstance(value, int) else Name("float")
    if isinstance(value, Recipe):
        call = literal(value)
        if isinstance(call, Name) or not hasattr(call, "args"):
            return b.index("type", b.dotted("nn.Module"))
        return b.index("Callable", b.lst(), b.dotted("nn.Module"))
    if isinstance(value, str | Word):
        return Name("str")
    assert isinstance(value, tuple), value
    return b.index("Sequence", _widest([_kind(cast("Value", item)) for item in value]))


def literal(value: Value) -> Expr:
    """A default value."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Const(value)
    if isinstance(value, int | float):
        number = plain(value)
        return Unary("-", Const(-number)) if number < 0 else Const(number)
    if isinstance(value, Word):
        return Const(value.name)
    if isinstance(value, Recipe):
        nothing: OpStep = None  # type: ignore[assignment]
        return acts.class_of(value, OpView(None, nothing, ()))  # type: ignore[arg-type]
    assert isinstance(value, tuple), value
    return TupleE(tuple(literal(item) for item in value))  # type: ignore[arg-type]
