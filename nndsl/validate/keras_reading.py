"""Reads Keras 3 code: the names of keras, and how layers, models and symbolic tensors behave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nndsl.validate.keras_helpers import HELPERS, euclidean_norm, round_to
from nndsl.validate.keras_index import index_tensor
from nndsl.validate.keras_init import INITIALIZERS, OWN, REGULARIZERS, Own
from nndsl.validate.keras_layers import LAYERS
from nndsl.validate.keras_model import call_layer, frozen, input_, model
from nndsl.validate.keras_ops import MERGES, OPS, concatenate_layer, each, merge
from nndsl.validate.keras_sequences import SEQUENCES
from nndsl.validate.keras_shapes import SHAPES
from nndsl.validate.keras_values import (
    Dtype,
    Layer,
    Made,
    Model,
    State,
    Symbolic,
    symbols_in,
)
from nndsl.validate.objects import (
    Arguments,
    Builtin,
    Class,
    Instance,
    Runner,
    Space,
    Unreadable,
)

_MAKERS: Mapping[str, Callable[..., Layer]] = {**LAYERS, **SHAPES, **SEQUENCES}
_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide",
    "%": "mod", "**": "power", "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal",
    ">": "greater", ">=": "greater_equal", "@": "matmul",
}  # fmt: skip
# Operations that Keras names after their class, where that is another word.
_CLASSES = {"abs": "absolute", "divide": "true_divide"}
_SPACES = frozenset(
    ("keras.layers", "keras.ops", "keras.initializers", "keras.regularizers", "keras.config")
)


class KerasReading:
    """The Reading of Keras code."""

    def __init__(self) -> None:
        self.state = State()
        self.negated: dict[int, tuple[Symbolic, object]] = {}
        """What `ops.negative` gave, and took."""

    def names(self) -> Mapping[str, object]:
        made: dict[str, object] = {
            "keras": Space("keras"), "layers": Space("keras.layers"), "ops": Space("keras.ops"),
            "round_to": Builtin("round_to", round_to),
            "euclidean_norm": self._function("euclidean_norm", euclidean_norm),
            "Frozen": Builtin("Frozen", partial(frozen, self.state)),
        }  # fmt: skip
        made |= {name: Own(name) for name in OWN}
        made |= {name: self._maker(name, make) for name, make in HELPERS.items()}
        return made

    def _maker(self, name: str, make: Callable[..., Layer]) -> Builtin:
        return Builtin(name, partial(make, self.state))

    def _function(self, name: str, run: Callable[..., Made]) -> Builtin:
        """A function that is recorded where a symbolic tensor is among its arguments."""
        return Builtin(name, lambda *args, **kwargs: self.recorded(run, args, kwargs))

    def _operation(self, word: str) -> Builtin:
        """The same for one of keras.ops, which Keras itself gives a name."""
        return Builtin(
            word, lambda *args, **kwargs: self.recorded(OPS[word], args, kwargs, named(word))
        )

    def recorded(
        self, run: Callable[..., Made], args: tuple[object, ...], kwargs: dict[str, object],
        word: str = "",
    ) -> object:  # fmt: skip
        """word: what Keras calls the operation, where the code gives it no name."""
        if not symbols_in([*args, *kwargs.values()]):
            raise Unreadable("a function of keras.ops on no symbolic tensor")
        return self.state.record(partial(run, self.state), args, kwargs, word)

    def member(self, space: Space, name: str) -> object:
        path = f"{space.path}.{name}"
        if path in _SPACES:
            return Space(path)
        if space.path == "keras.layers":
            return self._layer_member(name)
        if path in ("keras.ops.negative", "keras.ops.subtract"):
            return Builtin(name, self._negative if name == "negative" else self._subtract)
        if space.path == "keras.ops" and name in OPS:
            return self._operation(name)
        if space.path == "keras.initializers" and name in INITIALIZERS:
            return Builtin(name, INITIALIZERS[name])
        if space.path == "keras.regularizers" and name in REGULARIZERS:
            return Builtin(name, REGULARIZERS[name])
        if path == "keras.config.floatx":
            return Builtin(name, lambda: Dtype("float32"))
        if path == "keras.Input":
            return Builtin("Input", partial(input_, self.state))
        if path == "keras.Model":
            return Builtin("Model", partial(model, self.state))
        raise Unreadable(f"no meaning for `{path}`")

    def _negative(self, value: object) -> object:
        made = self.recorded(OPS["negative"], (value,), {}, "negative")
        if isinstance(made, Symbolic):
            self.negated[id(made)] = made, value
        return made

    def _subtract(self, left: object, right: object) -> object:
        """`ops.subtract(x, ops.negative(y))` is how `x + y` is written where `+` goes wrong."""
        if id(right) not in self.negated:
            return self.recorded(OPS["subtract"], (left, right), {}, "subtract")
        made, value = self.negated[id(right)]
        made.tensor.term.runs -= 1
        return self.recorded(OPS["add"], (left, value), {}, "subtract")

    def _layer_member(self, name: str) -> object:
        if name in _MAKERS:
            return self._maker(name, _MAKERS[name])
        if name in MERGES:
            return self._function(name, merge(MERGES[name]))
        if name == "concatenate":
            return self._function(name, concatenate_layer)
        raise Unreadable(f"no meaning for `keras.layers.{name}`")

    # ---- values ----------------------------------------------------------------------------------

    def attribute(self, runner: Runner, value: object, name: str) -> object:
        if isinstance(value, Symbolic):
            if name == "shape":
                return value.shape
            if name == "dtype":
                words = {"int": "int32", "bool": "bool", "float": "float32"}
                return Dtype(words[value.tensor.dtype])
        if isinstance(value, Model) and name in ("input", "output", "inputs", "outputs"):
            return _ends(value, name)
        if isinstance(value, Layer) and name in ("input", "output"):
            return _end(value, name)
        if isinstance(value, Model) and name == "get_layer":
            return Builtin(name, partial(_get_layer, value))
        if isinstance(value, Layer) and name == "name":
            return value.name
        if isinstance(value, Layer) and name == "trainable":
            return value.trainable
        raise Unreadable(f"no meaning for `.{name}` of {value!r}")

    def set_attribute(self, runner: Runner, value: object, name: str, item: object) -> None:
        if isinstance(value, Layer) and name == "trainable" and isinstance(item, bool):
            value.trainable = item
            return
        raise Unreadable(f"assignment to `.{name}` of {value!r}")

    def call(self, runner: Runner, value: object, arguments: Arguments) -> object:
        if not isinstance(value, Layer):
            raise Unreadable(f"a call of {value!r}")
        args, kwargs = arguments
        return call_layer(self.state, value, args, kwargs)

    def create(self, runner: Runner, cls: Class) -> Instance:
        raise Unreadable(f"the class {cls.name}: only functions are read")

    def base_method(self, runner: Runner, instance: Instance, name: str) -> object:
        raise Unreadable(f"no meaning for `super().{name}`")

    # ---- operators -------------------------------------------------------------------------------

    def binary(self, op: str, left: object, right: object) -> object:
        word = _OPERATORS.get(op)
        if word is None:
            return NotImplemented
        return self.recorded(OPS[word], (left, right), {}, named(word))

    def unary(self, op: str, value: object) -> object:
        if op != "-":
            return NotImplemented
        return self.recorded(each("negative"), (value,), {}, "negative")

    def index(self, runner: Runner, value: object, index: object) -> object:
        if not isinstance(value, Symbolic):
            raise Unreadable(f"{value!r}[…]")
        return self.recorded(index_tensor, (value,), {"index": index}, "get_item")

    def iterate(self, value: object) -> list[object]:
        raise Unreadable(f"no meaning for iterating over {value!r}")


def named(word: str) -> str:
    """What Keras calls an operation that is given no name, the first of its kind."""
    return _CLASSES.get(word, word)


def _ends(model: Model, name: str) -> object:
    """`model.input`: the only one, or all in a list."""
    found = list(model.inputs if name.startswith("input") else model.outputs)
    return found[0] if len(found) == 1 and not name.endswith("s") else found


def _end(layer: Layer, name: str) -> Symbolic:
    """`layer.input` of a layer that is called once, on one tensor."""
    if len(layer.calls) != 1:
        raise Unreadable(f"{layer!r}.{name}: it is called {len(layer.calls)} times")
    given, made = layer.calls[0]
    if name == "output":
        if not isinstance(made, Symbolic):
            raise Unreadable(f"{layer!r} has several results")
        return made
    symbols = symbols_in(given)
    if len(symbols) != 1:
        raise Unreadable(f"{layer!r} has several inputs")
    return symbols[0]


def _get_layer(model: Model, name: object) -> Layer:
    found = [layer for layer in model.layers if layer.name == name]
    if len(found) != 1:
        raise Unreadable(f"{model!r} has no layer {name!r}")
    return found[0]
