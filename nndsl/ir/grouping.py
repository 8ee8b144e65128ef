"""What tells instances apart: structure, not numbers; and settings as symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.ir.general_opens import alike
from nndsl.ir.general_rounds import sym_list
from nndsl.ir.nested import all_steps
from nndsl.ir.scope import Closure, Scope, Unit
from nndsl.ir.statics import SymRecipe, formula, has_formula, is_list, is_numbers, items_of
from nndsl.ir.steps import Instance, OwnStep, Port, UseStep
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Type
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import OpenDim, Sym, lift, plain
from nndsl.ops.symbols import Term, var
from nndsl.source import NOWHERE
from nndsl.syntax import ast


def reachable(root: Instance) -> list[Instance]:
    """All instances of a model, callees before callers, the root last."""
    done: dict[int, Instance] = {}
    stack: list[tuple[Instance, bool]] = [(root, False)]
    opened: set[int] = set()
    while stack:
        instance, left = stack.pop()
        if left:
            done.setdefault(id(instance), instance)
            continue
        if id(instance) in opened:
            continue
        opened.add(id(instance))
        stack.append((instance, True))
        used = reversed(list(uses_in(instance)))
        stack.extend((one, False) for one in used if id(one) not in opened)
    return list(done.values())


def uses_in(instance: Instance) -> Iterator[Instance]:
    """The instances that an instance, or a plan's body, uses or owns."""
    for step in all_steps(instance.steps):
        if isinstance(step, UseStep):
            yield step.instance
        elif isinstance(step, OwnStep) and isinstance(step.use, UseStep):
            yield step.use.instance


def is_activation(value: object) -> bool:
    """True for a bare activation without settings, which emitted code can take as an argument.

    One that gives another shape decides the sizes of what follows, and is none.
    """
    if not (isinstance(value, Recipe) and value.act and value.key[:1] == ("op",)):
        return False
    op = registry.find(value.act)
    return op is not None and not op.reshapes


def symbol_of(name: str, value: SettingValue, act: bool) -> object:
    """A data setting as a symbol; structural ones as they are."""
    if isinstance(value, bool):
        return Sym(int(value), Term("truth", (var(name),)))
    if isinstance(value, int | float):
        return lift(plain(value), var(name))
    if is_list(value) and is_numbers(value):
        return sym_list(items_of(value), var(name))
    if act and (value is None or is_activation(value)):
        concrete = value if isinstance(value, Recipe) else None
        return SymRecipe.of(concrete or _identity(), concrete, var(name))
    return value


def _identity() -> Recipe:
    op = registry.find("identity")
    assert op is not None
    stage = ast.ExprStage(ast.Name("identity", NOWHERE), NOWHERE)
    empty = Unit("", ast.File(None, (), (), "", NOWHERE))
    return Recipe("none", "identity", ("op", "identity"), Closure((stage,), Scope(), empty))


def formula_of(value: object) -> Term | None:
    """The formula of a symbolic setting; None for plain ones."""
    return formula(value) if has_formula(value) else None


def ports_key(inputs: Sequence[Port], exact: bool) -> tuple[object, ...]:
    """What tells inputs apart besides their sizes. exact: the formulas of open sizes do, too."""
    same = None if exact else alike(inputs)
    opens = (
        same
        if same is not None
        else tuple(
            d.term if isinstance(d, OpenDim) else None for p in inputs for d in p.value.type.shape
        )
    )
    return opens, tuple((p.name, *_kind(p.value.type)) for p in inputs)


def _kind(type_: Type) -> tuple[object, ...]:
    parts = tuple((part.rank, *_kind(part)) for part in type_.parts)
    return type_.rank, type_.dtype, type_.axes, type_.batched, parts


def depth_of(value: object) -> object:
    """How deep a list of numbers nests, by its first item."""
    return 1 + depth_of(items_of(value)[0]) if is_list(value) and items_of(value) else 0  # type: ignore[operator]
