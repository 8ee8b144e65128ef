"""What a layer is: the one class from which checking, docs, shapes, counts and tests come.

An op says what it means and never how a framework spells it. Shapes are tuples without the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NoReturn, TypeAlias

from nndsl._record import NamedTuple
from nndsl.diagnostics.model import Failure, Label, fail
from nndsl.ops.numbers import Dim, OpenDim, product, show_shape
from nndsl.source import NOWHERE, Span

# ---- values of settings ------------------------------------------------------------------------


class Word(NamedTuple):
    """A word that a setting knows, perhaps with numbers: `same`, `he_normal`, `normal(0.02)`."""

    name: str
    args: tuple[float | int, ...] = ()


class Recipe(NamedTuple):
    """Stages held by a setting. `act` is the word where it is one bare activation, else empty.

    `closure` belongs to elaboration (opaque here); `key` identifies it for memoising.
    """

    text: str
    act: str
    key: tuple[object, ...]
    closure: object


class Tensor(NamedTuple):
    """A value of the graph given by keyword (`context=memory`): its place among `Call.ins`."""

    index: int  # type: ignore[assignment]


Value: TypeAlias = (
    "int | float | bool | str | Word | Recipe | Tensor | OpenDim | tuple[Value, ...] | None"
)


Whole: TypeAlias = int  # `int` inside Settings is its method


class Settings:
    """The settings of one call, all resolved: typed look-ups by name. Immutable."""

    __slots__ = ("items",)

    def __init__(self, items: Mapping[str, Value]) -> None:
        self.items = dict(items)

    def get(self, name: str) -> Value:
        return self.items[name]

    def int(self, name: str) -> int:
        value = self.items[name]
        assert isinstance(value, int), (name, value)
        return value

    def float(self, name: str) -> float:
        value = self.items[name]
        assert isinstance(value, int | float), (name, value)
        return value

    def flag(self, name: str) -> bool:
        """A boolean setting. Symbolic flags are ints; their truth is recorded as a decision."""
        return bool(self.items[name])

    def ints(self, name: str) -> tuple[Whole, ...]:
        """A list of ints: sizes per spatial axis, a shape, axes."""
        value = self.items[name]
        assert isinstance(value, tuple), (name, value)
        return tuple(v for v in value if isinstance(v, int))

    def dims(self, name: str) -> tuple[Dim, ...]:
        """A list of sizes that may be open: the shape of a Reshape."""
        value = self.items[name]
        assert isinstance(value, tuple), (name, value)
        return tuple(v for v in value if isinstance(v, int | OpenDim))

    def word(self, name: str) -> str:
        """The name of a word; empty where the setting holds no word."""
        value = self.items[name]
        return value.name if isinstance(value, Word) else ""

    def has(self, name: str) -> bool:
        """True where the setting is given and not none."""
        return self.items.get(name) is not None

    def key(self) -> tuple[object, ...]:
        """Hashable, with types (True is not 1); recipes by their key."""
        return tuple((name, _key(value)) for name, value in sorted(self.items.items()))

    def with_(self, **changes: Value) -> Settings:
        return Settings({**self.items, **changes})


def _key(value: Value) -> object:
    if isinstance(value, Recipe):
        return ("recipe", value.key)
    if isinstance(value, Word | Tensor):
        return (type(value).__name__, *value)
    if isinstance(value, tuple):
        return tuple(_key(v) for v in value)  # type: ignore[arg-type]
    return (type(value).__name__, value)


# ---- types -------------------------------------------------------------------------------------


class Type(NamedTuple):
    """What is known of a value before it runs.

    shape: without the batch, in the file's axis order. dtype: `float`, `int`, `bool`; `state` for
    a recurrent state, whose `parts` are its tensors. axes: one role a dimension where the input
    named them (`C`, `H`, `W`), else empty: then the last axis is the channels. batched: False for
    weights, constants and positions, which have no batch axis.
    """

    shape: tuple[Dim, ...]
    dtype: str = "float"
    axes: tuple[str, ...] = ()
    batched: bool = True
    parts: tuple[Type, ...] = ()

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def channel_axis(self) -> int:
        """The index of the channels in `shape`: the axis named C, else the last."""
        return self.axes.index("C") if "C" in self.axes else len(self.shape) - 1

    @property
    def channels(self) -> Dim:
        return self.shape[self.channel_axis]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        """The dimensions that are not the channels, in order."""
        at = self.channel_axis
        return tuple(d for i, d in enumerate(self.shape) if i != at)

    def with_shape(self, shape: Sequence[Dim]) -> Type:
        """Same kind of value, other shape; axis names stay only where the rank does."""
        axes = self.axes if len(shape) == len(self.axes) else ()
        return Type(tuple(shape), self.dtype, axes, self.batched)

    def with_channels(self, channels: Dim, spatial: Sequence[Dim] | None = None) -> Type:
        """Same axis order, other channels and perhaps other spatial dimensions."""
        rest = list(self.spatial if spatial is None else spatial)
        rest.insert(self.channel_axis, channels)
        return self.with_shape(rest)

    @property
    def elements(self) -> Dim:
        return product(self.shape)

    def show(self) -> str:
        """`[28, 28, 1]`, `int[?T]`, `state([64], [64])`, `float` for a scalar."""
        if self.parts:
            return f"state({', '.join(part.show() for part in self.parts)})"
        kind = "" if self.dtype == "float" and self.shape else self.dtype
        return f"{kind}{show_shape(self.shape)}" if self.shape else kind


class Init(NamedTuple):
    """How a weight starts: Keras' name and its numbers. Fans are the weight's own."""

    name: str
    args: tuple[float | int, ...] = ()


class Weight(NamedTuple):
    """One tensor of a layer.

    shape: in the language's own layout (Keras': kernel axes first, then in, out; gates i, f, c, o).
    fans: (fan_in, fan_out) by Keras' rule, which initialisers scale by. l1, l2: penalties.
    """

    name: str
    shape: tuple[Dim, ...]
    init: Init
    trainable: bool = True
    fans: tuple[Dim, Dim] = (1, 1)
    l1: float = 0.0
    l2: float = 0.0

    @property
    def count(self) -> int:  # type: ignore[override]
        size = product(self.shape)
        assert isinstance(size, int), "a weight has no open dimension"
        return size


# ---- one call of a layer -----------------------------------------------------------------------


class Call(NamedTuple):
    """A layer's settings and operands in one place of one instance.

    ins: the types of the operands, the piped one first, then those given by keyword in the order
    of `names` (`names[0]` is empty for the piped one).
    """

    settings: Settings
    ins: tuple[Type, ...]
    names: tuple[str, ...] = ("",)
    span: Span = NOWHERE
    sources: tuple[Span, ...] = ()

    @property
    def x(self) -> Type:
        return self.ins[0]

    def named(self, name: str) -> Type | None:
        """The type of the operand given as `name=value`."""
        return self.ins[self.names.index(name)] if name in self.names else None

    def wrong(self, code: str, message: str, fix: str = "") -> Failure:
        """An error at the call; where an operand came from is its second label."""
        labels = [
            Label(place, f"this gives {type_.show()}")
            for place, type_ in zip(self.sources[:1], self.ins[:1], strict=False)
            if place != NOWHERE
        ]
        return fail(code, self.span, message, fix, labels)


class Example(NamedTuple):
    """A documented call: what it takes, gives, counts; `source`: where the numbers are from."""

    call: str
    takes: str
    gives: str
    params: int = 0
    macs: int | None = None
    non_trainable: int = 0
    source: str = ""


class Reject(NamedTuple):
    """A call that is an error: the code, and why."""

    call: str
    takes: str
    code: str
    why: str


class Setting(NamedTuple):
    """A setting of a layer: name, kind (see `kinds`), default, and a line for people.

    required: no default. keyword: never filled by position. symbolic: an emitted constructor can
    take it as an argument (else its value shapes the emitted class and is baked in).
    """

    name: str
    kind: Kind
    doc: str
    default: Value = None
    required: bool = False
    keyword: bool = False
    symbolic: bool = True


class Kind:
    """What a setting accepts. Subclasses are in `kinds`."""

    label: str = "value"
    group: str = "other"

    def accepts(self, value: Value) -> bool:
        """True where a positional value of this sort may fill the setting."""
        raise NotImplementedError

    def check(self, value: Value, where: Span, setting: str) -> Value:
        """The normalised value; raises Failure where it does not fit."""
        raise NotImplementedError


class Op:
    """A layer, activation, merge or value function. One instance of each class exists."""

    word: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = "layer"  # layer | activation | function | merge
    takes: ClassVar[str] = "any shape"
    settings: ClassVar[tuple[Setting, ...]] = ()
    operands: ClassVar[tuple[str, ...]] = ("",)  # "" the piped one; then names given by keyword
    given: ClassVar[tuple[str, ...]] = ()  # weights that a call may get as values, by keyword
    results: ClassVar[tuple[str, ...]] = ("",)
    examples: ClassVar[tuple[Example, ...]] = ()
    rejects: ClassVar[tuple[Reject, ...]] = ()
    unbatched: ClassVar[bool] = False  # True: the op makes a value without operands
    reshapes: ClassVar[bool] = False  # True: an activation whose result has another shape
    like: ClassVar[str] = ""  # the word whose table entries it uses, if not its own (Conv2D: Conv)
    elementwise: ClassVar[bool] = False  # of another package: the order of axes is of no matter
    formula: ClassVar[str] = ""  # numpy for one example, its last line the result: docs/semantics

    def resolve(self, call: Call) -> Settings:
        """The settings with what depends on the operands settled (sizes per axis, sides, axes)."""
        return call.settings

    def infer(self, call: Call) -> tuple[Type, ...]:
        """The types of the results; raises Failure where the operands do not fit."""
        raise NotImplementedError

    def weights(self, call: Call) -> tuple[Weight, ...]:
        """The weights that this call owns."""
        return ()

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        """Multiply-accumulates for one example; elementwise work counts none."""
        return 0

    def spell(self, target: str, settings: Settings) -> str | None:
        """For layers of other packages: how a target computes it, as an expression in Python.

        It stands in the emitted file, in a class of its own, over `x` (the value with its batch,
        channels last unless the layer is `elementwise`), the weights and the settings by their
        names, and `torch`, `F`, `nn`, `math`, or `keras`, `ops`, `math`. None: NN601.
        """
        return None

    def setting(self, name: str) -> Setting | None:
        return next((s for s in self.settings if s.name == name), None)

    def part_channels(self, call: Call, setting: str) -> Dim | None:
        """The channels that a recipe in a setting has to give; None: any. call: resolved."""
        return None

    @property
    def most(self) -> int | None:
        """How many values it takes, piped or in parentheses; None: any number."""
        return None if self.kind == "merge" else self.operands.count("")

    def refuse(self, call: Call, message: str, fix: str = "") -> NoReturn:
        """NN201: the operands do not fit the layer."""
        raise call.wrong("NN201", message, fix)
