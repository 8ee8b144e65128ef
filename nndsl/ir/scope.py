"""What names mean while a body is walked: linked frames, one for every pair of braces."""

from __future__ import annotations

from collections.abc import Iterator

from nndsl._record import NamedTuple
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim
from nndsl.source import Span
from nndsl.syntax import ast


class SharedRef(NamedTuple):
    """A shared instance: the names of the OwnSteps that its stages became, in order."""

    name: str
    owners: tuple[str, ...]


class StackRef(NamedTuple):
    """A pushed list."""

    name: str


class LetFunction(NamedTuple):
    """`let f(a, b) = expr`, with the scope that it was written in."""

    name: str
    params: tuple[str, ...]
    body: ast.Expr
    scope: Scope


class Closure(NamedTuple):
    """A recipe's text and the scope that it was written in."""

    stages: tuple[ast.Stage, ...]
    scope: Scope
    unit: Unit


class Bound(NamedTuple):
    """One bound name: what it stands for (a static value, Value, SharedRef, …) and where."""

    what: object
    span: Span


class Scope:
    """A frame of names and its parent; `depth` counts frames.

    head: the flow's type at the start of the loop turn that this frame is the body of.
    """

    __slots__ = ("head", "loop", "names", "opens", "parent")

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.names: dict[str, Bound] = {}
        self.opens: dict[str, Dim] = {}
        self.loop: Span | None = None
        self.head: Type | None = None

    def find(self, name: str) -> Bound | None:
        """The nearest binding of a name."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def find_open(self, name: str) -> Dim | None:
        """What `?name` is bound to."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.opens:
                return scope.opens[name]
            scope = scope.parent
        return None

    def chain(self) -> Iterator[Scope]:
        """This frame and its parents, inner first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def visible(self) -> Iterator[str]:
        """All names in sight, inner first."""
        for scope in self.chain():
            yield from scope.names


class Unit:
    """A loaded file: its definitions and file-level lets; names of imported files included.

    text: what it was read from, for messages that quote it. lost: the names that imports would have
    brought which failed; ANY for all names of a file.
    """

    __slots__ = (
        "definitions",
        "file",
        "lets",
        "lost",
        "name",
        "named",
        "presets",
        "text",
        "trains",
    )

    def __init__(self, name: str, file: ast.File, text: str = "") -> None:
        self.name = name
        self.file = file
        self.text = text
        self.definitions: dict[str, tuple[ast.Def | ast.Preset, Unit]] = {}
        self.presets: list[ast.Preset] = []
        self.trains: list[ast.Train] = []
        self.named: dict[str, Span] = {}  # of `let` lines at file level, and where
        self.lets = Scope()
        self.lost: set[str] = set()
