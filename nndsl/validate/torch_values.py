"""What PyTorch code holds while it is interpreted: modules, parameters, buffers, tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from nndsl._frozen import record
from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.validate.graph import WeightFact
from nndsl.validate.objects import Instance, Runner, Unreadable
from nndsl.validate.readings import Readings
from nndsl.validate.sequences import Sequences
from nndsl.validate.terms import Store, Tensor

Lay: TypeAlias = "Callable[[Sequences, Tensor], Tensor]"


class Parameter:
    """A weight: its shape in the language's layout, and how torch lays it out.

    lay: from the language's layout to torch's. suffix: what is added to the key where one tensor
    of torch holds several weights. fixed: no parameter but statistics, never trained.
    """

    __slots__ = ("fixed", "l1", "l2", "lay", "shape", "start", "suffix", "trainable")

    def __init__(
        self, shape: Sequence[Dim], start: Start | None = None, trainable: bool = True,
        lay: Lay | None = None, suffix: str = "",
    ) -> None:  # fmt: skip
        self.shape = tuple(shape)
        self.start = start
        self.trainable = trainable
        self.fixed = not trainable
        self.lay = lay
        self.suffix = suffix
        self.l1 = 0.0
        self.l2 = 0.0

    def own(self, meaning: Sequences) -> Tensor:
        """The weight in the language's layout."""
        return meaning.weight(id(self), self.shape)

    def tensor(self, meaning: Sequences) -> Tensor:
        """The weight as torch lays it out."""
        own = self.own(meaning)
        return own if self.lay is None else self.lay(meaning, own)

    def fact(self, key: str) -> WeightFact:
        facts = self.trainable, self.start, self.l1, self.l2, self.shape
        return WeightFact(key + self.suffix, *facts)


@record
class Raw:
    """A tensor by its distribution, as constructors make it: `torch.zeros(3)`, `0.02 * randn`."""

    shape: tuple[Dim, ...]
    start: Start | None
    dtype: str = "float"


@record
class Constant:
    """A tensor of known numbers."""

    op: str
    shape: tuple[Dim, ...]
    dtype: str
    values: tuple[tuple[str, object], ...]


@record
class Device:
    """Where a tensor lies: of no matter for what is computed."""


class Module:
    """The core of an Instance that is an nn.Module.

    kind: its class' name. ready: nn.Module's own constructor has run. run: what a call of a
    framework's module does; None for emitted classes, whose `forward` runs. absent: parameters that
    it goes without. buffers: tensors that are no parameters. reset: how a helper class starts its
    own weights.
    """

    __slots__ = ("absent", "buffers", "kind", "parameters", "ready", "reset", "run", "training")

    def __init__(self, kind: str, run: Callable[..., object] | None = None) -> None:
        self.kind = kind
        self.run = run
        self.ready = run is not None
        self.reset: Callable[[State], None] | None = None
        self.parameters: dict[str, Parameter] = {}
        self.absent: set[str] = set()
        self.buffers: dict[str, object] = {}
        self.training = True

    def __repr__(self) -> str:
        return self.kind


class State:
    """What a reading keeps during a run: the vocabulary, with the store of this run.

    runner: the interpreter. batch: the size of the batch axis. running: in `forward`, where new
    tensors must say on which device they lie.
    """

    runner: Runner

    def __init__(self, batch: Dim) -> None:
        self.batch = batch
        self.running = False
        self.readings = Readings()
        self._shapes: dict[tuple[object, tuple[Dim, ...]], tuple[Dim, ...]] = {}
        self.use()

    def run(self, function: object, *args: object) -> object:
        """Calls a module or function of the interpreted code."""
        return self.runner.call(function, args, {})

    def use(self) -> None:
        """Begins a run of `forward` with an empty store. Each module's own flag says its mode."""
        self.meaning = Sequences(Store(self.readings), training=True)

    def laid_shape(self, parameter: Parameter) -> tuple[Dim, ...]:
        """The shape of a weight as torch lays it out; layers that are laid alike are asked once."""
        if parameter.lay is None:
            return parameter.shape
        key = (parameter.lay, parameter.shape)
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = parameter.tensor(self.meaning).shape
        return found

    def tensor(self, value: object) -> Tensor:
        """A value as a tensor; Unreadable where it is none."""
        found = self.maybe_tensor(value)
        if found is None:
            raise Unreadable(f"a tensor is wanted, not {value!r}")
        return found

    def maybe_tensor(self, value: object) -> Tensor | None:
        if isinstance(value, Tensor):
            return value
        if isinstance(value, Parameter):
            return value.tensor(self.meaning)
        if isinstance(value, Constant):
            if value.op == "arange":
                return self.meaning.arange(value.shape[0])
            named = dict(value.values)
            if value.op == "constant":
                return self.meaning.known(named["value"], value.dtype)
            return self.meaning.constant(value.op, value.shape, value.dtype, **named)
        if isinstance(value, Raw) and value.start and value.start.distribution == "constant":
            number = value.start.numbers[0]
            return self.meaning.full(value.shape, number, value.dtype)
        return None

    def operand(self, value: object) -> Tensor | int | float:
        """A tensor, or a number."""
        if isinstance(value, int | float):
            return value
        return self.tensor(value)


def module(kind: str, run: Callable[..., object], **parameters: Parameter | None) -> Instance:
    """A module of the framework with its parameters."""
    core = Module(kind, run)
    core.parameters = {name: each for name, each in parameters.items() if each is not None}
    core.absent = {name for name, each in parameters.items() if each is None}
    return Instance(None, core)


def core_of(instance: Instance) -> Module:
    assert isinstance(instance.core, Module), instance
    return instance.core


def inner(instance: Instance) -> list[Instance]:
    """The modules directly inside."""
    return [value for value in instance.attributes.values() if isinstance(value, Instance)]


def named_parameters(root: Instance) -> Iterator[tuple[str, Parameter]]:
    """(state_dict key, parameter), each once, in the order of registration."""
    seen: set[int] = set()
    stack: list[tuple[str, Instance]] = [("", root)]
    while stack:
        prefix, instance = stack.pop()
        if id(instance) in seen:
            continue
        seen.add(id(instance))
        for name, parameter in core_of(instance).parameters.items():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield prefix + name.partition("@")[0], parameter
        if instance.attributes:
            children = reversed(instance.attributes.items())
            stack += [(f"{prefix}{n}.", c) for n, c in children if isinstance(c, Instance)]


# ---- arguments -----------------------------------------------------------------------------------


def whole(value: object, what: str = "a whole number") -> int:
    if not isinstance(value, int):
        raise Unreadable(f"{what} is wanted, not {value!r}")
    return int(value)


def real(value: object) -> float:
    if not isinstance(value, int | float):
        raise Unreadable(f"a number is wanted, not {value!r}")
    return float(value)


def per_axis(value: object, count: int) -> tuple[int, ...]:
    """One number for every axis, or a tuple with one each."""
    if isinstance(value, list | tuple):
        if len(value) != count:
            raise Unreadable(f"{value!r} has not {count} entries")
        return tuple(whole(each) for each in value)
    return (whole(value),) * count


def sizes(values: Sequence[object]) -> tuple[Dim, ...]:
    """Sizes given one by one, or as one tuple."""
    if len(values) == 1 and isinstance(values[0], list | tuple):
        values = values[0]
    for value in values:
        if not isinstance(value, int | OpenDim):
            raise Unreadable(f"a size is wanted, not {value!r}")
    return tuple(value for value in values if isinstance(value, int | OpenDim))


def axes_of(value: object, rank: int) -> tuple[int, ...]:
    """Axes from 0: a number, or several."""
    given = value if isinstance(value, list | tuple) else (value,)
    return tuple(axis_of(each, rank) for each in given)


def axis_of(value: object, rank: int) -> int:
    axis = whole(value, "an axis")
    if not -rank <= axis < rank:
        raise Unreadable(f"there is no axis {axis} of {rank}")
    return axis % rank
