"""Layers of other packages: what they compute is not known, what they are given and own is.

Both sides read such a layer as one term over its input, its weights and its settings. So the code
is held to the program in everything but the inside of the class that the package has spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from nndsl.backends.foreign import Foreign
from nndsl.emit.tree import ClassDef, Stmt
from nndsl.ir.flatten import FlatOp, flatten
from nndsl.ir.steps import Instance, OpStep
from nndsl.ops.base import Settings, Type, Word
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate import keras_values, torch_values
from nndsl.validate.keras_layers import new, variable
from nndsl.validate.layouts import settings
from nndsl.validate.objects import Builtin, Unreadable
from nndsl.validate.objects import Instance as Module
from nndsl.validate.readings import Result
from nndsl.validate.sequences import Sequences
from nndsl.validate.source import Held, Site
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

Numbers: TypeAlias = "tuple[tuple[str, Hashable], ...]"


class Seen:
    """What the layers of other packages are given in a program, and what they give."""

    def __init__(self, root: Instance, classes: Sequence[Foreign]) -> None:
        self.rows: list[tuple[str, Numbers, tuple[Dim, ...], tuple[Dim, ...], str]] = []
        words = {each.op.word for each in classes}
        items = flatten(root) if words else ()
        for item in items:
            if isinstance(item, FlatOp) and item.step.op.word in words:
                assert isinstance(item.step, OpStep)
                self._note(item.step, _class_of(item.step, classes))

    def _note(self, step: OpStep, foreign: Foreign) -> None:
        made = step.outs[0].type
        row = (foreign.name, numbers_of(foreign, step.settings), _last(step.ins[0].type),
               _last(made), made.dtype)  # fmt: skip
        if row not in self.rows:
            self.rows.append(row)

    def result(self, name: str, numbers: Numbers, x: Tensor) -> tuple[tuple[Dim, ...], str]:
        """The sizes of a result and its kind; Misfit for what the program does not have."""
        given = x.shape[1:]
        for word, known, takes, gives, dtype in self.rows:
            if word == name and known == numbers and _fits(takes, given):
                same = len(takes) == len(gives)
                return tuple(
                    given[i] if same and gives[i] == takes[i] else gives[i]
                    for i in range(len(gives))
                ), dtype
        raise Misfit(f"`{name}` is given {given}, {dict(numbers)}, as nowhere in the text")


def _fits(wanted: tuple[Dim, ...], given: tuple[Dim, ...]) -> bool:
    return len(wanted) == len(given) and all(
        a == b or isinstance(a, OpenDim) or isinstance(b, OpenDim)
        for a, b in zip(wanted, given, strict=True)
    )


def _last(type_: Type) -> tuple[Dim, ...]:
    """A shape with its channels last, without the batch."""
    return (*type_.spatial, type_.channels) if type_.shape else ()


def numbers_of(foreign: Foreign, given: Settings) -> Numbers:
    """The settings that the code reads, with their values."""
    values = ((name, given.items[name]) for name in foreign.numbers)
    return tuple((name, v.name if isinstance(v, Word) else v) for name, v in values)


def _class_of(step: OpStep, classes: Sequence[Foreign]) -> Foreign:
    """The class of a layer, as the target has chosen it."""
    weights = tuple((weight.name, weight.trainable) for weight in step.weights)
    for each in classes:
        same = each.op.word == step.op.word and each.weights == weights
        if same and each.text == step.op.spell(each.target, step.settings):
            return each
    raise Misfit(f"the code has no class for this `{step.op.word}`")


def _computed(
    meaning: Sequences, foreign: Foreign, numbers: Numbers, x: Tensor, weights: Sequence[Tensor],
    gives: tuple[tuple[Dim, ...], str],
) -> Tensor:  # fmt: skip
    """The term: over all axes but the batch, channels last; or alike at every element."""
    shape, dtype = gives
    values = settings(**dict(numbers))
    word = f"layer {foreign.op.word}"
    if foreign.op.elementwise:
        result = Result(tuple(range(x.rank)), (), dtype)
        return meaning.store.apply(word, values, [x], weights, results=[result])[0]
    made = Result((0, *(~i for i in range(len(shape)))), shape, dtype)
    acting = range(1, x.rank)
    return meaning.store.apply(word, values, [x], weights, acting, [made])[0]


# ---- the text's side -----------------------------------------------------------------------------


def source_reader(classes: Sequence[Foreign]) -> Callable[[Site], Held]:
    """What a layer of another package means in the flattened program."""

    def read(site: Site) -> Held:
        assert isinstance(site.step, OpStep)
        foreign = _class_of(site.step, classes)
        weights = [site.need(name) for name, _ in foreign.weights]
        type_, made = site.step.ins[0].type, site.step.outs[0].type
        numbers = numbers_of(foreign, site.settings)
        plain = foreign.op.elementwise
        x = site.x if plain else site.meaning.permute(site.x, _order(type_))
        gives = (x.shape[1:] if plain else _last(made), made.dtype)
        tensor = _computed(site.meaning, foreign, numbers, x, weights, gives)
        if plain:
            return site.hold(tensor)
        order = _order(made)
        back = tuple(order.index(axis) for axis in range(tensor.rank))
        return site.hold(site.meaning.permute(tensor, back))

    return read


def _order(type_: Type) -> tuple[int, ...]:
    """The axes with the batch in front and the channels last."""
    at = type_.channel_axis
    rest = [axis + 1 for axis in range(type_.rank) if axis != at]
    return (0, *rest, at + 1) if type_.rank else (0,)


# ---- the code's sides ----------------------------------------------------------------------------


def without(code: Sequence[Stmt], classes: Sequence[Foreign]) -> tuple[Stmt, ...]:
    """The code without the classes that are not looked into."""
    names = {each.name for each in classes}
    return tuple(each for each in code if not (isinstance(each, ClassDef) and each.name in names))


def torch_classes(
    state: torch_values.State, classes: Sequence[Foreign], seen: Seen
) -> Mapping[str, object]:
    """A maker for each class: it takes a tensor for each weight, then the settings."""
    return {each.name: Builtin(each.name, partial(_torch, state, each, seen)) for each in classes}


def _torch(
    state: torch_values.State, foreign: Foreign, seen: Seen, *args: object, **kwargs: object
) -> Module:
    tensors, rest = args[: len(foreign.weights)], args[len(foreign.weights) :]
    numbers = _bound(foreign, rest, kwargs)
    kept: dict[str, torch_values.Parameter] = {}
    for (name, trained), tensor in zip(foreign.weights, tensors, strict=True):
        if not isinstance(tensor, torch_values.Raw):
            raise Unreadable(f"a weight of {tensor!r}")
        kept[name] = torch_values.Parameter(tensor.shape, tensor.start, trained)

    def run(x: object) -> Tensor:
        tensor = state.tensor(x)
        plain = foreign.op.elementwise
        gives = (
            (tensor.shape[1:], tensor.dtype)
            if plain
            else seen.result(foreign.name, numbers, tensor)
        )
        weights = [each.own(state.meaning) for each in kept.values()]
        return _computed(state.meaning, foreign, numbers, tensor, weights, gives)

    return torch_values.module(foreign.name, run, **kept)


def _bound(foreign: Foreign, rest: Sequence[object], named: Mapping[str, object]) -> Numbers:
    values = dict(zip(foreign.numbers, rest, strict=False)) | dict(named)
    if set(values) != set(foreign.numbers):
        raise Unreadable(f"{foreign.name} is given {sorted(values)}")
    return tuple((name, values[name]) for name in foreign.numbers)


def keras_classes(
    state: keras_values.State, classes: Sequence[Foreign], seen: Seen
) -> Mapping[str, object]:
    """A maker for each class: it takes a shape and a start for each weight, then the settings."""
    return {each.name: Builtin(each.name, partial(_keras, state, each, seen)) for each in classes}


def _keras(
    state: keras_values.State, foreign: Foreign, seen: Seen, *args: object, **kwargs: object
) -> keras_values.Layer:
    usual = [name for name in ("name", "trainable") if name in kwargs]
    base: dict[str, object] = {name: kwargs.pop(name) for name in usual}
    layer = new(state, foreign.name, base)
    count = 2 * len(foreign.weights)
    numbers = _bound(foreign, args[count:], kwargs)
    starts = list(zip(foreign.weights, args[:count:2], args[1:count:2], strict=True))

    def run(x: Tensor) -> Tensor:
        weights = []
        for (name, trained), shape, start in starts:
            if not isinstance(shape, list | tuple):
                raise Unreadable(f"a weight of shape {shape!r}")
            fixed = not trained
            weights.append(variable(state, layer, name, tuple(shape), start, fixed=fixed))
        plain = foreign.op.elementwise
        gives = (x.shape[1:], x.dtype) if plain else seen.result(foreign.name, numbers, x)
        return _computed(state.meaning, foreign, numbers, x, weights, gives)

    layer.run = run
    return layer
