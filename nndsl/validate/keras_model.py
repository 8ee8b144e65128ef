"""Inputs, calls of layers, and functional models of Keras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nndsl.validate.keras_ops import dtype_word
from nndsl.validate.keras_values import (
    ANY,
    Layer,
    Made,
    Model,
    State,
    Symbolic,
    batch_of,
    layers_of,
    names_of,
    sized,
    symbols_in,
)
from nndsl.validate.objects import Unreadable
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit


def input_(
    state: State, shape: object = None, batch_shape: object = None, dtype: object = None,
    name: object = None,
) -> Symbolic:  # fmt: skip
    """A symbolic input; `batch_shape` counts the batch."""
    given = shape if batch_shape is None else batch_shape
    if not isinstance(given, list | tuple):
        raise Unreadable(f"an input of shape {given!r}")
    dims = batch_of(given) if batch_shape is None else tuple(sized(dim) for dim in given)
    dims = tuple(
        open_ if dim is ANY else dim
        for dim, open_ in zip(dims, state.declared.get(str(name), dims), strict=True)
    )
    kind = "float" if dtype is None else dtype_word(dtype)
    state.named += 1
    label = str(name) if name is not None else f"input_{state.named}"
    tensor = state.meaning.constant("input", dims, kind, name=label)
    return Symbolic(tensor, None, 0, label)


class LayerCall:
    """A call of a layer, as it is recorded and replayed."""

    __slots__ = ("layer", "state")

    def __init__(self, state: State, layer: Layer) -> None:
        self.state = state
        self.layer = layer

    def __call__(self, *args: object, **kwargs: object) -> Made:
        state, layer = self.state, self.layer
        state.meaning.store.place = ("/".join((*state.trail, layer.name)),)
        if not isinstance(layer, Model):
            return layer.run(*args, **kwargs)
        return self._model(layer, *args, **kwargs)

    def _model(self, model: Model, inputs: object) -> Made:
        """Everything inside again; frozen or still where this call is."""
        state = self.state
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        before = state.still
        state.still = before or model.still
        state.frozen += not model.trainable
        state.trail.append(model.name)
        made = state.replay(model, [each for each in given if isinstance(each, Tensor)])
        state.trail.pop()
        state.frozen -= not model.trainable
        state.still = before
        return made if isinstance(model.gives, list | tuple) else made[0]


def call_layer(
    state: State, layer: Layer, args: tuple[object, ...], kwargs: dict[str, object]
) -> object:
    if not symbols_in([*args, *kwargs.values()]):
        raise Unreadable(f"{layer!r} called on no symbolic tensor")
    if "training" in kwargs:
        raise Misfit(f"{layer!r} is told `training`: Keras replaces it by what the model is told")
    made = state.record(LayerCall(state, layer), args, kwargs)
    layer.calls.append(([*args, *kwargs.values()], made))
    return _as_given(layer.gives, iter(symbols_in(made))) if isinstance(layer, Model) else made


def _as_given(gives: object, made: Iterator[Symbolic]) -> object:
    """A model's results in the lists of its outputs."""
    if isinstance(gives, list | tuple):
        return [_as_given(each, made) for each in gives]
    return next(made)


def model(state: State, inputs: object, outputs: object, name: object = None) -> Model:
    """A functional model. Its layers have names of their own, as Keras asks for, and none that
    Keras gives to an operation without one: `add`, `add_1`, …"""
    ins, given = _symbols(inputs), symbols_in(outputs)
    if not given or len(given) != _count(outputs):
        raise Unreadable(f"symbolic tensors are wanted, not {outputs!r}")
    state.named += 1
    label = str(name) if name is not None else f"model_{state.named}"
    made = Model(label, ins, outputs)
    made.layers = layers_of(made)
    names, words = names_of(made)
    twice = [key for key, n in Counter(names).items() if n > 1]
    if twice:
        raise Misfit(f"two layers of {label} are called {twice[0]}")
    for key in names:
        stem, _, number = key.rpartition("_")
        if key in words or (stem in words and number.isdigit()):
            raise Misfit(f"a layer of {label} is called {key}, as Keras calls an operation of it")
    return made


def frozen(state: State, inputs: object, outputs: object, name: object = None) -> Model:
    """The helper `Frozen`: a model as it works in evaluation, none of it trained."""
    made = model(state, inputs, outputs, name)
    made.trainable = False
    made.still = True
    return made


def _count(values: object) -> int:
    """How many values lists hold, and lists in them."""
    return sum(map(_count, values)) if isinstance(values, list | tuple) else 1


def _symbols(values: object) -> Sequence[Symbolic]:
    found = symbols_in(values)
    given = len(values) if isinstance(values, list | tuple) else 1
    if len(found) != given or not found:
        raise Unreadable(f"symbolic tensors are wanted, not {values!r}")
    return found
