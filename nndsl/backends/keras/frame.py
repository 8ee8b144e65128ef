"""One emitted function while it is written: its statements, and what its variables hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from nndsl.backends.keras.flow import Flow, Live
from nndsl.backends.keras.naming import sound
from nndsl.backends.keras.reading import names_in
from nndsl.emit import build as b
from nndsl.emit.tree import Assign, Expr, Name, Stmt
from nndsl.ir.steps import Value

State: TypeAlias = "tuple[dict[int, list[str]], dict[str, int]]"

FLOW = "x"  # the variable that the flow moves through
INPUTS = "inputs"  # a block's first input, where it is needed on


class Frame:
    """The function's variables. A value lives in one variable or in several.

    `where`: the variables of a value; `holds`: the value of a variable; `taken`: names that mean
    something else (functions, settings, layers, lists); `indices`: the loop variables that are
    part of layer names here; `pinned`: values that are needed although liveness does not know;
    `kept`: inputs that were copied, since the flow moves out of their variables; `depth`: of loops
    and ifs around the lines that are written; `outer`: the values that were there before them.
    """

    def __init__(self, flow: Flow, taken: Iterable[str], read: Callable[[Value], Expr]) -> None:
        self.flow = flow
        self.read = read
        self.code: list[Stmt] = []
        self.where: dict[int, list[str]] = {}
        self.holds: dict[str, int] = {}
        self.taken = set(taken)
        self.indices: list[str] = []
        self.prefer: dict[int, str] = {}
        self.pinned: set[int] = set()
        self.kept: set[int] = set()
        self.depth = 0
        self.outer: Live = frozenset()

    # ---- statements ----------------------------------------

    def add(self, *statements: Stmt) -> None:
        self.code.extend(statements)

    @contextmanager
    def block(self) -> Iterator[list[Stmt]]:
        """Statements written inside go to their own list: the body of a loop or branch."""
        around, outer, inner = self.code, self.outer, list[Stmt]()
        self.code, self.outer = inner, outer | frozenset(self.holds.values())
        self.depth += 1
        try:
            yield inner
        finally:
            self.code, self.outer = around, outer
            self.depth -= 1

    # ---- names ----------------------------------------

    def free(self, hint: str, live: Live = frozenset(), not_: Collection[str] = ()) -> str:
        """A variable near `hint` that holds nothing still needed, and is none of these."""
        name, number = (hint := sound(hint)), 1
        kept = live | self.pinned
        while name in self.taken or name in not_ or self.holds.get(name) in kept:
            number += 1
            name = f"{hint}{number}"
        return name

    def reserve(self, hint: str) -> str:
        """A name of its own for something that is no tensor."""
        name, number = (hint := sound(hint)), 1
        while name in self.taken or name in self.holds:
            number += 1
            name = f"{hint}{number}"
        self.taken.add(name)
        return name

    def reserve_model(self, hint: str) -> str:
        """A name for a layer or sub-model; functions have the plain names of blocks."""
        return self.reserve(f"{hint}_model" if hint in self.taken else hint)

    # ---- values ----------------------------------------

    def name(self, value: Value | int) -> Expr:
        """The variable that holds a value; the flow's where there is a choice."""
        names = self.where[self.flow.of(value)]
        return Name(FLOW if FLOW in names else names[0])

    def held(self, value: Value | int) -> bool:
        return bool(self.where.get(self.flow.of(value)))

    def put(self, value: Value | int, name: str) -> None:
        """From here on `name` holds the value, and what it held before no longer."""
        self.drop(name)
        number = self.flow.of(value)
        self.holds[name] = number
        self.where.setdefault(number, []).append(name)

    def drop(self, name: str) -> None:
        old = self.holds.pop(name, None)
        if old is not None:
            self.where[old].remove(name)
            if not self.where[old]:
                del self.where[old]

    def forget(self, value: Value) -> None:
        """No variable holds the value any more: in another round of a loop it is another one."""
        for name in list(self.where.get(self.flow.of(value), ())):
            self.drop(name)

    def choose(self, value: Value) -> str:
        """The variable for a new value: a branch's, the user's word, else the flow's."""
        number = self.flow.of(value)
        return self.prefer.get(number) or self.flow.label(value) or FLOW

    def target(self, value: Value, live: Live, expr: Expr | None = None) -> str:
        """The variable to assign a new value to, once what it holds is safe elsewhere: in none
        that the value's expression reads."""
        name = self.choose(value)
        if name != FLOW:
            return self.free(name, live)
        self.save(FLOW, live - {self.flow.of(value)}, () if expr is None else names_in(expr))
        return FLOW

    def save(self, name: str, live: Live, not_: Collection[str] = ()) -> None:
        """Keeps what a variable holds under a second name, if it is needed and nowhere else."""
        number = self.holds.get(name)
        if number is None or number not in live | self.pinned or len(self.where[number]) > 1:
            return
        hint = self.prefer.get(number) or self._hint(number)
        other = self.free(hint if hint != name else "value", live, not_)
        self.add(b.assign(other, Name(name)))
        self.put(number, other)

    def _hint(self, number: int) -> str:
        ports = {self.flow.of(port.value) for port in self.flow.instance.inputs}
        if number in ports:
            self.kept.add(number)
            return INPUTS
        return self.flow.hints.get(number, "value")

    def settle(self, entry: Value | None, live: Live) -> None:
        """Before a loop or branch that moves the flow: the flow is in its variable, and whatever
        else was there, or the entry where it is needed on, is kept elsewhere."""
        self.save(FLOW, live)
        if entry is not None and FLOW not in self.where.get(self.flow.of(entry), ()):
            self.add(b.assign(FLOW, self.read(entry)))
            self.drop(FLOW)
            self.put(entry, FLOW)

    def move(self, value: Value, name: str, live: Live) -> None:
        """Makes sure that a variable holds the value: the end of a branch or a turn."""
        if name not in self.where.get(self.flow.of(value), ()):
            self.save(name, live)
            self.add(b.assign(name, self.read(value)))
            self.put(value, name)

    def assigned(self, last: Stmt | None, value: Expr) -> Expr | None:
        """What the last statement gives to this very variable."""
        if isinstance(last, Assign) and last.targets == (value,) and not last.comment:
            return last.value
        return None

    # ---- ways that part and meet ----------------------------------------

    def snapshot(self) -> State:
        return {v: list(names) for v, names in self.where.items()}, dict(self.holds)

    def restore(self, state: State) -> None:
        where, holds = state
        self.where = {v: list(names) for v, names in where.items()}
        self.holds = dict(holds)

    def meet(self, ends: Sequence[State]) -> None:
        """Where ways meet: a variable that not all of them leave with one value holds none."""
        self.restore(ends[-1])
        for name in {name for _, holds in ends for name in holds}:
            if len({holds.get(name) for _, holds in ends}) > 1:
                self.drop(name)
