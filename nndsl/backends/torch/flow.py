"""The values in `forward`: which are still pending expressions, which lie in a variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from nndsl.backends.torch.layout import Order, boundary_order, reorder
from nndsl.backends.torch.measure import depth, width
from nndsl.emit import build as b
from nndsl.emit.names import Namer
from nndsl.emit.tree import Attr, Expr, Name, Stmt
from nndsl.emit.walk import names
from nndsl.ir.steps import Value
from nndsl.ops import shown, symbols
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim, term_of

MAX_NEST = 3
MAX_WIDTH = 60
MAX_COMMENT = 44
WIDEST = 72  # a name, its code and the comment on one line
PRINTED = ("const", "open", "var", "+", "*", "//", "-")
TEMPORARIES = ("x", "y", "z", "u", "v", "w")


class Val:
    """A value that is still to be read: its code, axis order, and how often it is read."""

    __slots__ = ("code", "left", "order", "seam", "type")

    def __init__(self, code: Expr, order: Order, type_: Type, left: int, seam: bool) -> None:
        self.code = code
        self.order = order
        self.type = type_
        self.left = left
        self.seam = seam

    def copy(self) -> Val:
        """Another one, to be read apart from this."""
        return Val(self.code, self.order, self.type, self.left, self.seam)


class Flow:
    """Writes the statements of `forward`; a value that is read once may stay an expression."""

    def __init__(
        self,
        uses: Mapping[int, int],
        labels: Mapping[int, str],
        variables: Namer,
        comments: Mapping[str, str | None] | None,
    ) -> None:
        self.uses = uses
        self.labels = labels
        self.variables = variables
        self.comments = comments
        self.out: list[Stmt] = []
        self.values: dict[int, Val] = {}
        self._label_names: dict[str, str] = {}
        self._labelled: set[str] = set()
        self._shown = ""
        self.busy: list[Expr] = []
        """Operands of the call that is being written: their variables are not free."""

    def bind(self, value: Value, code: Expr, order: Order, seam: bool = False) -> None:
        """A new value; it goes to a variable at once if it is read twice or has a name."""
        self.busy.clear()
        left = self.uses.get(value.id, 0)
        if left == 0:
            return
        self.values[value.id] = Val(code, order, value.type, left, seam)
        if not at_hand(code) and (left > 1 or value.id in self.labels):
            self.settle(value)

    def order(self, value: Value) -> Order:
        """The axis order in which a value lies."""
        return self.values[value.id].order

    def read(
        self,
        value: Value,
        order: Order | None = None,
        inside: bool = True,
        again: Value | None = None,
    ) -> Expr:
        """The code of a value, with its axes in an order; counts as one of its uses.

        inside: it becomes a part of a longer expression, so that a long one is stored first.
        again: what the value is about to become; under the same number it is not counted.
        """
        val = self.values[value.id]
        if inside and ((val.seam and depth(val.code) > 1) or not short(val.code)):
            self.settle(value)
        if again is None or again.id != value.id:
            val.left -= 1
        if val.left <= 0:
            del self.values[value.id]
        code = val.code if order is None else reorder(val.code, val.order, order, val.type.batched)
        self.busy.append(code)
        return code

    def settle(self, value: Value) -> Name:
        """Stores a value in a variable, unless it lies in one."""
        val = self.values[value.id]
        if not isinstance(val.code, Name):
            val.code = self.store(val.code, self.labels.get(value.id, ""), val)
        assert isinstance(val.code, Name)
        return val.code

    def settle_all(self) -> None:
        """Stores every pending expression: before a loop or a branch."""
        for val in list(self.values.values()):
            if not at_hand(val.code):
                val.code = self.store(val.code, "", val)
                val.seam = False

    def store(self, code: Expr, label: str = "", val: Val | None = None) -> Name:
        """Assigns to a variable that nothing will read any more, or to the user's own name."""
        name = self.label(label, val) if label else self.free(val)
        comment = self._comment(val, WIDEST - len(name), code)
        self.out.append(b.assign(name, code, comment=comment))
        return Name(name)

    def closing(self, value: Value, code: Expr, order: Order) -> str:
        """The shape comment of a value that is returned; empty where it says nothing new."""
        val = Val(code, order, value.type, 0, False)
        return self._comment(val, WIDEST - len("return"), code)

    def temporary(
        self, code: Expr, type_: Type | None = None, order: Order = (), ends: bool = False
    ) -> Expr:
        """The code itself where it is short enough to stand inside another call, else a variable.

        ends: the other call ends the line, so that one more may nest.
        """
        if short(code, MAX_NEST + ends):
            return code
        self.busy.clear()
        return self.store(code, "", Val(code, order, type_, 0, False) if type_ else None)

    def is_free(self, name: str) -> bool:
        """True for a variable that no value lies in."""
        return name not in names(*(v.code for v in self.values.values()))

    def free(self, besides: Val | None = None) -> str:
        """A variable whose value nobody reads any more."""
        live = self._live(besides)
        for name in TEMPORARIES:
            if name not in live and name not in self._labelled:
                return name
        while (name := self.variables.fresh("x")) in TEMPORARIES:
            pass  # those are handed out here, not by the namer
        return name

    def label(self, label: str, besides: Val | None = None) -> str:
        """The variable with the user's name; another where a value in it is still to be read, as
        that of a round before in a loop that is written out."""
        name = self._label_names.get(label)
        if name is None or name in self._live(besides):
            self._labelled.discard(self._label_names.get(label, ""))
            name = self._label_names[label] = self.variables.fresh(label)
            self._labelled.add(name)
        return name

    def _live(self, besides: Val | None) -> frozenset[str]:
        """The names in values that are still to be read."""
        return names(*self.busy, *(v.code for v in self.values.values() if v is not besides))

    def drop(self, value: Value) -> None:
        """One use less, without reading."""
        val = self.values.get(value.id)
        if val is not None:
            val.left -= 1
            if val.left <= 0:
                del self.values[value.id]

    def peek(self, value: Value) -> Expr:
        """The code of a value, not counted as a use."""
        return self.values[value.id].code

    @contextmanager
    def keeping(self, variable: Expr) -> Iterator[None]:
        """Inside, no other value goes to this variable."""
        key = min((*self.values, 0)) - 1
        self.values[key] = Val(variable, (), Type((), "float"), 1, False)
        yield
        del self.values[key]

    def hold(self, values: Iterable[int]) -> None:
        """Keeps values from outside alive through the rounds of a loop that reads them."""
        for value in values:
            if value in self.values:
                self.values[value].left += 1

    def release(self, values: Iterable[int]) -> None:
        """The end of `hold`."""
        for value in values:
            val = self.values.get(value)
            if val is not None:
                val.left -= 1
                if val.left <= 0:
                    del self.values[value]

    @contextmanager
    def apart(self, elsewhere: Iterable[int]) -> Iterator[None]:
        """Reads of the other side of a choice, still to come, keep no variable on this side."""
        later = {n: count for n, count in Counter(elsewhere).items() if n in self.values}
        kept = {n: self.values[n].copy() for n in later}
        for number, count in later.items():
            self.values[number].left -= count
            if self.values[number].left <= 0:
                del self.values[number]
        yield
        for number, count in later.items():
            found = self.values.setdefault(number, kept[number])
            found.left = count if found is kept[number] else found.left + count

    def suspend(self, value: Value, inner: int) -> None:
        """Sets a value aside whose number means something else for a while.

        inner: how many of its reads are that other value's. It keeps its variable.
        """
        val = self.values.pop(value.id, None)
        if val is not None and val.left > inner:
            val.left -= inner
            self.values[~value.id] = val

    def resume(self, value: Value) -> None:
        """The end of `suspend`."""
        val = self.values.pop(~value.id, None)
        if val is not None:
            self.values[value.id] = val

    def settle_mentions(self, name: str) -> None:
        """Stores every pending expression that mentions a variable, before that changes."""
        for val in list(self.values.values()):
            if not at_hand(val.code) and name in names(val.code):
                val.code = self.store(val.code, "", val)

    def blank(self, values: Sequence[Value]) -> Flow:
        """A flow on its own where these values are at hand; what it writes is thrown away."""
        other = Flow(self.uses, {}, self.variables, None)
        for value in values:
            other.values[value.id] = Val(
                Name("x"), boundary_order(value.type), value.type, len(values) + 1, False
            )
        return other

    def _comment(self, val: Val | None, columns: int, code: Expr) -> str:
        """The shape where it is another than the last one told, and there is room on the line.

        columns: for the code and the shape.
        """
        if self.comments is None or val is None or val.type.rank == 0 or val.type.parts:
            return ""
        shown = show_shape(val.type, val.order, self.comments)
        if shown == self._shown or len(shown) > columns - width(code):
            return ""
        self._shown = shown
        return shown


def at_hand(code: Expr) -> bool:
    """True for a variable, or an attribute of self: nothing is gained by storing it."""
    return isinstance(code, Name) or (isinstance(code, Attr) and code.value == Name("self"))


def short(code: Expr, nest: int = MAX_NEST) -> bool:
    """True where an expression may stand inside another call."""
    return depth(code) < nest and width(code) <= MAX_WIDTH


def show_shape(type_: Type, order: Order, settings: Mapping[str, str | None]) -> str:
    """The shape as torch has it, without the batch; empty where it is long or changes in loops.

    settings: the parameters' names, by the settings'; None for one that is no parameter: what it
    decides is shown in numbers.
    """
    dims = [type_.shape[axis] for axis in order]
    if all(type(dim) is int for dim in dims):
        return _bracketed(map(str, dims))
    terms = [_readable(dim, settings) for dim in dims]
    plain = all(t.op in PRINTED for term in terms for t in term.walk())
    if not plain or not all(symbols.variables(term) <= settings.keys() for term in terms):
        return ""
    names = {symbols.var(name): symbols.var(python) for name, python in settings.items() if python}
    return _bracketed(shown.show(symbols.substitute(term, names)) for term in terms)


def _bracketed(sizes: Iterable[str]) -> str:
    text = f"[{', '.join(sizes)}]"
    return text if len(text) <= MAX_COMMENT else ""


def _readable(dim: Dim, settings: Mapping[str, str | None]) -> symbols.Term:
    """A size's formula; its number where that mentions what a reader does not see."""
    term = term_of(dim)
    unseen = any(settings.get(name, "") is None for name in symbols.variables(term))
    return symbols.const(int(dim)) if unseen and isinstance(dim, int) else term
