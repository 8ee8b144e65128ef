"""Where the constructor keeps modules: attributes of the class, lists in loops, sides of ifs."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.emit import build as b
from nndsl.emit.names import Namer, plural
from nndsl.emit.tree import Expr, Name, Stmt


class Ref(NamedTuple):
    """How a thing is reached: in the constructor, and in `forward`."""

    made: Expr
    run: Expr


class Names(NamedTuple):
    """The name spaces of one class: attributes, constructor locals, variables of `forward`."""

    attributes: Namer
    locals: Namer
    variables: Namer


class Kept(NamedTuple):
    """A thing to keep: its name, the code that makes it, and what sort of list holds several.

    list_type: `nn.ModuleList`, `nn.ParameterList`, or empty for a Python list of plain data.
    """

    name: str
    code: Expr
    list_type: str = "nn.ModuleList"
    frozen: bool = False


class Place:
    """A level of the constructor; `init` are its statements."""

    def __init__(self) -> None:
        self.init: list[Stmt] = []

    def keep(self, kept: Kept) -> Expr:
        """Keeps a thing; how `forward` reaches it."""
        raise NotImplementedError

    def keep_list(self, kept: Kept) -> Ref:
        """Makes an empty list of this sort; how to reach it."""
        raise NotImplementedError


def _empty(kept: Kept) -> Expr:
    return b.call(kept.list_type) if kept.list_type else b.lst()


class ClassPlace(Place):
    """The body of `__init__`: attributes of self."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.frozen: list[str] = []

    def keep(self, kept: Kept) -> Expr:
        return self.put(kept, kept.code)

    def put(self, kept: Kept, code: Expr) -> Expr:
        """An attribute with this value."""
        name = self.names.attributes.fresh(kept.name)
        if kept.frozen:
            self.frozen.append(name)
        self.init.append(b.assign(f"self.{name}", code))
        return b.dotted(f"self.{name}")

    def keep_list(self, kept: Kept) -> Ref:
        at = self.put(kept, _empty(kept))
        return Ref(at, at)


class LoopPlace(Place):
    """The body of a loop in the constructor: lists that `forward` goes through in parallel."""

    def __init__(self, outer: Place, names: Names) -> None:
        super().__init__()
        self.outer = outer
        self.names = names
        self.walks: list[tuple[str, Expr]] = []

    def keep(self, kept: Kept) -> Expr:
        listed = self._listed(kept)
        self.init.append(b.do(b.call(b.attr(listed.made, "append"), kept.code)))
        return self._walk(kept.name, listed.run)

    def keep_list(self, kept: Kept) -> Ref:
        """A list of this round: a local, kept in a list of all rounds' lists."""
        listed = self.outer.keep_list(kept._replace(name=f"all_{kept.name}"))
        name = self.names.locals.fresh(kept.name)
        self.init.append(b.assign(name, _empty(kept)))
        self.init.append(b.do(b.call(b.attr(listed.made, "append"), Name(name))))
        return Ref(Name(name), self._walk(kept.name, listed.run))

    def _listed(self, kept: Kept) -> Ref:
        return self.outer.keep_list(kept._replace(name=plural(kept.name)))

    def _walk(self, name: str, source: Expr) -> Expr:
        variable = self.names.variables.fresh(name)
        self.walks.append((variable, source))
        return Name(variable)


class SidePlace(Place):
    """One side of an `if` inside a loop: what is kept there stands in a conditional."""

    def __init__(self, outer: Place, cond: Expr, then: bool) -> None:
        super().__init__()
        self.outer = outer
        self.cond = cond
        self.then = then
        self.init = outer.init

    def keep(self, kept: Kept) -> Expr:
        other = b.call("nn.Identity") if kept.list_type == "nn.ModuleList" else b.const(None)
        sides = (kept.code, other) if self.then else (other, kept.code)
        return self.outer.keep(kept._replace(code=b.cond(sides[0], self.cond, sides[1])))

    def keep_list(self, kept: Kept) -> Ref:
        return self.outer.keep_list(kept)


class BlockPlace(Place):
    """One side of an `if` statement in `__init__`: its own statements, attributes of the class."""

    def __init__(self, outer: ClassPlace | BlockPlace) -> None:
        super().__init__()
        self.root: ClassPlace = outer if isinstance(outer, ClassPlace) else outer.root

    def keep(self, kept: Kept) -> Expr:
        name = self.root.names.attributes.fresh(kept.name)
        if kept.frozen:
            self.root.frozen.append(name)
        self.init.append(b.assign(f"self.{name}", kept.code))
        return b.dotted(f"self.{name}")

    def keep_list(self, kept: Kept) -> Ref:
        at = self.keep(kept._replace(code=_empty(kept)))
        return Ref(at, at)


def levels(place: Place) -> int:
    """In how many loops a place is."""
    count = 0
    while isinstance(place, LoopPlace | SidePlace):
        count += isinstance(place, LoopPlace)
        place = place.outer
    return count
