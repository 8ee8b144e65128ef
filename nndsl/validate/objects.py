"""What emitted code is made of while it is interpreted: functions, classes, instances, names.

None of these is a tuple: tuples are values of the interpreted code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from nndsl._frozen import record
from nndsl.emit.tree import ClassDef, Expr, FunctionDef, Lambda

Arguments: TypeAlias = "tuple[tuple[object, ...], dict[str, object]]"


class Unreadable(Exception):  # noqa: N818 - reported as a mismatch, never a traceback
    """Code that the reader has no meaning for, or that could not run."""


class Raised(Exception):  # noqa: N818
    """The emitted code raised an error of its own."""


class Spent(Exception):  # noqa: N818
    """The budget of steps is used up."""


class Unknown:
    """A truth that depends on a size known only at run time. sides: of `op` between two numbers."""

    __slots__ = ("op", "sides", "text")

    def __init__(self, text: str, op: str = "", sides: tuple[object, ...] = ()) -> None:
        self.text = text
        self.op = op
        self.sides = sides

    def __repr__(self) -> str:
        return f"<unknown: {self.text}>"


@record
class Space:
    """A dotted name of the framework: `torch.nn`."""

    path: str


@record
class Namespace:
    """A module of Python's own: `math`."""

    name: str
    members: Mapping[str, object]


@record
class Builtin:
    """A function of Python or of the reading table. lists: its iterables are given as lists."""

    name: str
    run: Callable[..., object]
    lists: bool = False


class Scope:
    """Names and values; a name that is not here is looked for outside."""

    __slots__ = ("names", "outer")

    def __init__(self, outer: Scope | None = None) -> None:
        self.names: dict[str, object] = {}
        self.outer = outer

    def knows(self, name: str) -> bool:
        """True where the name has a value here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.outer
        return False

    def find(self, name: str) -> object:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        raise Unreadable(f"the name `{name}` has no value here")


class Function:
    """A function of the emitted code, with the scope that it was defined in."""

    __slots__ = ("defaults", "name", "node", "owner", "positional", "scope")

    def __init__(
        self,
        node: FunctionDef | Lambda,
        scope: Scope,
        defaults: Mapping[str, object],
        owner: Class | None = None,
    ) -> None:
        self.node = node
        self.name = node.name if isinstance(node, FunctionDef) else "lambda"
        self.scope = scope
        self.defaults = defaults
        self.owner = owner
        # The parameters' names where arguments by position alone are bound one by one.
        self.positional: tuple[str, ...] | None = None
        if isinstance(node, FunctionDef) and not any(param.star for param in node.params):
            self.positional = tuple(param.name for param in node.params)

    def marked(self, decorator: str) -> bool:
        """True where the function carries this bare decorator."""
        if isinstance(self.node, Lambda):
            return False
        return any(getattr(each, "id", "") == decorator for each in self.node.decorators)


class Class:
    """A class of the emitted code. base: what it is built on, of the framework or of this code."""

    __slots__ = ("base", "members", "name", "node")

    def __init__(self, node: ClassDef, base: object) -> None:
        self.node = node
        self.name = node.name
        self.base = base
        self.members: dict[str, object] = {}

    def member(self, name: str) -> object | None:
        cls: object = self
        while isinstance(cls, Class):
            if name in cls.members:
                return cls.members[name]
            cls = cls.base
        return None

    def root(self) -> object:
        """The first base that is not of this code."""
        cls: object = self
        while isinstance(cls, Class):
            cls = cls.base
        return cls


class Instance:
    """An object of an emitted class, or (without one) a module of the framework.

    core: what the reading keeps of it (its parameters, how it is called).
    """

    __slots__ = ("attributes", "cls", "core")

    def __init__(self, cls: Class | None, core: object) -> None:
        self.cls = cls
        self.core = core
        self.attributes: dict[str, object] = {}

    def __repr__(self) -> str:
        return f"<{self.cls.name}>" if self.cls else f"<{self.core!r}>"


@record
class Super:
    """`super()` in a method: the members above `cls`."""

    cls: Class
    instance: Instance


@record
class Bound:
    """A method with its object."""

    function: Function
    instance: object


class Runner(Protocol):
    """What a reading may ask of the interpreter. `stack`: the open calls, for messages."""

    stack: list[str]

    def call(self, function: object, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """The result of a call."""

    def attribute(self, value: object, name: str) -> object:
        """`value.name`."""

    def evaluate(self, node: Expr, scope: Scope) -> object:
        """The value of an expression."""


class Reading(Protocol):
    """What the names of a framework mean; abstract values are its own."""

    def names(self) -> Mapping[str, object]:
        """What the emitted code may use without defining it."""

    def member(self, space: Space, name: str) -> object:
        """`torch.nn` . `Conv2d`; a Space where it goes on."""

    def attribute(self, runner: Runner, value: object, name: str) -> object:
        """`value.name` of an abstract value."""

    def set_attribute(self, runner: Runner, value: object, name: str, item: object) -> None:
        """`value.name = item`."""

    def call(self, runner: Runner, value: object, arguments: Arguments) -> object:
        """A call of an abstract value: a module, a layer."""

    def create(self, runner: Runner, cls: Class) -> Instance:
        """A new object of an emitted class on a base of the framework, before `__init__`."""

    def base_method(self, runner: Runner, instance: Instance, name: str) -> object:
        """What `super().name` is where the base is the framework's."""

    def binary(self, op: str, left: object, right: object) -> object:
        """An operator on abstract values; NotImplemented where it has none."""

    def unary(self, op: str, value: object) -> object:
        """An operator on one abstract value; NotImplemented where it has none."""

    def index(self, runner: Runner, value: object, index: object) -> object:
        """`value[index]` of an abstract value."""

    def iterate(self, value: object) -> list[object]:
        """The items of an abstract value."""
