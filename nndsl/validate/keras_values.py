"""What Keras code holds while it is interpreted: symbolic tensors, layers, functional models.

A model is its record of calls: calling it again, or running it in training and in evaluation,
replays the record on other inputs, as Keras does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from nndsl._frozen import record
from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim, OpenDim, open_dim, term_of
from nndsl.ops.symbols import substitute
from nndsl.validate.graph import WeightFact
from nndsl.validate.objects import Runner, Unreadable
from nndsl.validate.readings import Readings
from nndsl.validate.sequences import Sequences
from nndsl.validate.source import BATCH
from nndsl.validate.terms import Store, Tensor
from nndsl.validate.views import Misfit

ANY = open_dim("any") * (2**20 * 3**5 * 5**3 * 7)
"""An open size while a model is built, which strides divide; the run has the right ones."""
Made: TypeAlias = "Tensor | list[Tensor]"


class Node:
    """A recorded call: what to run, with which arguments.

    word: what Keras calls an operation that has no name; from the second on it has a number too.
    """

    __slots__ = ("args", "kwargs", "run", "word")

    def __init__(
        self, run: Callable[..., Made], args: tuple[object, ...], kwargs: dict[str, object],
        word: str = "",
    ) -> None:  # fmt: skip
        self.word = word
        self.run = run
        self.args = args
        self.kwargs = kwargs


class Symbolic:
    """A KerasTensor: a result of a recorded call, or an input. tensor: as the model was built."""

    __slots__ = ("index", "name", "node", "tensor")

    def __init__(self, tensor: Tensor, node: Node | None, index: int, name: str = "") -> None:
        self.tensor = tensor
        self.node = node
        self.index = index
        self.name = name

    @property
    def shape(self) -> tuple[int | None, ...]:
        return tuple(None if isinstance(dim, OpenDim) else dim for dim in self.tensor.shape)

    def __repr__(self) -> str:
        return f"<tensor {self.shape}>"


class Variable:
    """A weight of a layer, in the language's layout."""

    __slots__ = ("fact", "fixed", "lay", "shape", "start")

    def __init__(
        self, shape: tuple[Dim, ...], start: Start | None, fixed: bool, lay: Lay | None
    ) -> None:
        self.shape = shape
        self.start = start
        self.fixed = fixed
        self.lay = lay
        self.fact = (0.0, 0.0)


Lay: TypeAlias = "Callable[[Sequences, Tensor], Tensor]"


class Layer:
    """A Keras layer. run: the call on tensors. trainable: as the code sets it.

    calls: on which symbols it was called, with what result.
    """

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        self.trainable = True
        self.variables: dict[str, Variable] = {}
        self.run: Callable[..., Made] = _no_call
        self.calls: list[tuple[list[object], object]] = []

    def __repr__(self) -> str:
        return f"{self.kind}({self.name})"


class Model(Layer):
    """A functional model: its inputs, its outputs, and the layers between. gives: the outputs as
    a call gives them, in lists; still: evaluation throughout, whatever it is told."""

    def __init__(self, name: str, inputs: Sequence[Symbolic], outputs: object) -> None:
        super().__init__("Model", name)
        self.inputs = tuple(inputs)
        self.outputs = tuple(symbols_in(outputs))
        self.gives = outputs
        self.layers: list[Layer] = []
        self.still = False


def _no_call(*args: object, **kwargs: object) -> Made:
    raise Unreadable("a layer that cannot be called")


@record
class Initializer:
    """An initialiser of Keras by its class, with all its numbers."""

    name: str
    numbers: tuple[float, ...] = ()


@record
class Regularizer:
    """L1 and L2 factors."""

    l1: float
    l2: float


@record
class Dtype:
    """`keras.config.floatx()` and a tensor's dtype."""

    name: str


class State:
    """The run: the vocabulary with its store, what is still, the losses and weights met.

    declared: by an input's name, the sizes that stand for its open ones as the model is built.
    """

    runner: Runner

    def __init__(self) -> None:
        self.named = 0
        self.declared: dict[str, tuple[Dim, ...]] = {}
        self.readings = Readings()
        self.begin(training=True)

    def begin(self, training: bool) -> None:
        """A run with an empty store."""
        self.meaning = Sequences(Store(self.readings), training)
        self.still = False
        self.losses: list[tuple[str, Tensor]] = []
        self.facts: dict[int, WeightFact] = {}
        self.trail: list[str] = []
        self.frozen = 0
        self.used: list[Layer] = []
        self.asserted: list[tuple[Dim, Dim]] = []

    # ---- recording -------------------------------------------------------------------------------

    def record(
        self, run: Callable[..., Made], args: tuple[object, ...], kwargs: dict[str, object],
        word: str = "",
    ) -> object:  # fmt: skip
        """Runs a call as the model is built, and keeps it; plain values stay plain."""
        made = run(*map(built, args), **{key: built(value) for key, value in kwargs.items()})
        node = Node(run, args, kwargs, word)
        if isinstance(made, list):
            return [Symbolic(tensor, node, at) for at, tensor in enumerate(made)]
        return Symbolic(made, node, 0)

    def replay(self, model: Model, tensors: Sequence[Tensor]) -> list[Tensor]:
        """A model's outputs on other inputs: every recorded call once, in order."""
        if len(tensors) != len(model.inputs):
            raise Misfit(f"{model.name} takes {len(model.inputs)} inputs, not {len(tensors)}")
        known: dict[tuple[int, int], Tensor] = {}
        for symbol, tensor in zip(model.inputs, tensors, strict=True):
            self._check_input(model, symbol, tensor)
            known[id(symbol), 0] = tensor
        for node in _ordered(model.outputs, model.inputs):
            made = node.run(
                *(self._found(value, known) for value in node.args),
                **{key: self._found(value, known) for key, value in node.kwargs.items()},
            )
            for at, tensor in enumerate(made if isinstance(made, list) else [made]):
                known[id(node), at] = tensor
        return [_lookup(symbol, known) for symbol in model.outputs]

    def _check_input(self, model: Model, symbol: Symbolic, tensor: Tensor) -> None:
        """The declared sizes hold; open ones take any."""
        same = len(symbol.shape) == tensor.rank and all(
            wanted is None or wanted == given
            for wanted, given in zip(symbol.shape, tensor.shape, strict=True)
        )
        if not same or symbol.tensor.dtype != tensor.dtype:
            raise Misfit(f"{model.name} takes {symbol.shape}, not {tensor.shape}")

    def _found(self, value: object, known: Mapping[tuple[int, int], Tensor]) -> object:
        if isinstance(value, Symbolic):
            return _lookup(value, known)
        if isinstance(value, list | tuple):
            return [self._found(item, known) for item in value]
        return value

    # ---- weights ---------------------------------------------------------------------------------

    def weight(self, layer: Layer, name: str) -> Tensor:
        """A layer's weight in the language's layout; it is used now."""
        variable = layer.variables[name]
        trainable = layer.trainable and not self.frozen and not variable.fixed
        key = "/".join((*self.trail, layer.name))
        l1, l2 = variable.fact
        old = self.facts.get(id(variable))
        if old is None or not trainable:
            self.facts[id(variable)] = WeightFact(
                old.name if old else f"{key}.{name}", trainable, variable.start, l1, l2,
                tuple(variable.shape),
            )  # fmt: skip
        return self.meaning.weight(id(variable), variable.shape)

    def seen(self, layer: Layer, name: str) -> Tensor:
        """A weight as Keras lays it out."""
        own, lay = self.weight(layer, name), layer.variables[name].lay
        return own if lay is None else lay(self.meaning, own)


def _lookup(symbol: Symbolic, known: Mapping[tuple[int, int], Tensor]) -> Tensor:
    key = (id(symbol), 0) if (id(symbol), 0) in known else (id(symbol.node), symbol.index)
    if key not in known:
        raise Misfit("a model's output does not come from its inputs")
    return known[key]


def built(value: object) -> object:
    """An argument as the model is built: tensors for symbols."""
    if isinstance(value, Symbolic):
        return value.tensor
    if isinstance(value, list | tuple):
        return [built(item) for item in value]
    return value


def symbols_in(value: object) -> list[Symbolic]:
    """All symbols in an argument."""
    if isinstance(value, Symbolic):
        return [value]
    if isinstance(value, list | tuple):
        return [each for item in value for each in symbols_in(item)]
    return []


def _ordered(outputs: Sequence[Symbolic], inputs: Sequence[Symbolic]) -> list[Node]:
    """The recorded calls between inputs and outputs, operands first. No recursion."""
    given = {id(symbol) for symbol in inputs}
    done: set[int] = set()
    order: list[Node] = []
    stack: list[tuple[Node, bool]] = [
        (s.node, False) for s in reversed(outputs) if s.node and id(s) not in given
    ]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
            continue
        if id(node) in done:
            continue
        done.add(id(node))
        stack.append((node, True))
        operands = symbols_in([*node.args, *node.kwargs.values()])
        stack += [(s.node, False) for s in reversed(operands) if s.node and id(s) not in given]
    return order


def layers_of(model: Model) -> list[Layer]:
    """The layers that a model calls, each once."""
    found: dict[int, Layer] = {}
    for node in _ordered(model.outputs, model.inputs):
        owner = getattr(node.run, "layer", None)
        if isinstance(owner, Layer):
            found.setdefault(id(owner), owner)
    return list(found.values())


def checks_in(model: Model) -> list[tuple[Layer, list[Symbolic]]]:
    """The layers that look at sizes, with what they are called on."""
    nodes = _ordered(model.outputs, model.inputs)
    layers = ((getattr(node.run, "layer", None), symbols_in(node.args)) for node in nodes)
    return [
        (layer, given)
        for layer, given in layers
        if isinstance(layer, Layer) and layer.kind in ("SameSize", "MultipleOf")
    ]


def names_of(model: Model) -> tuple[list[str], set[str]]:
    """The names of a model's layers and merges, each layer's once; and the words that Keras calls
    its other operations."""
    nodes = _ordered(model.outputs, model.inputs)
    merges = [str(node.kwargs["name"]) for node in nodes if node.kwargs.get("name")]
    words = {node.word for node in nodes if node.word}
    return [*merges, *(layer.name for layer in layers_of(model))], words


def batch_of(shape: Sequence[object]) -> tuple[Dim, ...]:
    """A declared shape without the batch as sizes; None is open."""
    return (BATCH, *(sized(dim) for dim in shape))


def built_size(dim: Dim) -> Dim:
    """A declared size as the model is built: a formula of what may be of any size."""
    if not isinstance(dim, OpenDim):
        return dim
    opens = {leaf: term_of(ANY) for leaf in dim.term.walk() if leaf.op == "open"}
    return OpenDim(substitute(dim.term, opens))


def sized(dim: object) -> Dim:
    if dim is None:
        return ANY
    if isinstance(dim, int):
        return dim
    raise Unreadable(f"a size is wanted, not {dim!r}")
