"""What the general walk knows of the rounds that its instances took: formulas tried on them, and
what is in sight with the numbers of another round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nndsl.diagnostics import Failure
from nndsl.ir.blocks import Walker
from nndsl.ir.general_opens import Opens
from nndsl.ir.scope import Bound, Scope
from nndsl.ir.statics import SymList, SymRecipe, is_list, is_truth, items_of
from nndsl.ir.steps import Value
from nndsl.ir.witness import Env, Unknown, Witnesses, evaluate, same_value
from nndsl.ops import symbols
from nndsl.ops.base import Type
from nndsl.ops.numbers import Dim, OpenDim, Sym, SymFloat, lift, plain
from nndsl.ops.symbols import Term, const, var


class NotGeneral(Exception):  # noqa: N818
    """The definition has no general form; its instances are emitted one by one."""


class Rounds(Walker):
    """A walk that stands in one round of one instance and may look from another."""

    witnesses: Witnesses
    env: Env
    lets: dict[str, Term]
    opens: Opens

    # ---- open sizes ----

    def open_here(self, dim: Dim, near: Sequence[Dim] = ()) -> Dim:
        """What this round has somewhere as the plan names it; near: what it may be."""
        found = self.opens.named(dim, self.env.instance, near)
        if found is None:
            raise NotGeneral("an open size has no formula")
        return found

    def open_as(self, type_: Type, seen: Type) -> Type:
        """A type with the open sizes that this round has there."""
        if len(type_.shape) != len(seen.shape):
            return type_
        dims = zip(type_.shape, seen.shape, strict=True)
        shape = (self.open_here(n, (d,)) if isinstance(n, OpenDim) else d for d, n in dims)
        return type_._replace(shape=tuple(shape))

    # ---- formulas ----

    def expand(self, term: Term) -> Term:
        """A formula without the names of `let`."""
        while True:
            table = {var(n): self.lets[n] for n in symbols.variables(term) if n in self.lets}
            if not table:
                return term
            term = symbols.substitute(term, table)

    def value_in(self, term: Term, env: Env) -> object:
        try:
            return evaluate(term, env, self.lets)
        except (Unknown, Failure, IndexError, KeyError) as error:
            raise NotGeneral(f"no witness for {term!r}") from error

    def matches(self, term: Term, env: Env, wanted: object) -> bool:
        """True where a formula gives a value in a round."""
        try:
            return same_value(evaluate(term, env, self.lets), wanted)
        except (Unknown, Failure, IndexError, KeyError):
            return False

    def rebound(self, value: object, env: Env) -> object:
        """A static value or tensor with its numbers taken from another round."""
        if isinstance(value, Value):
            return self.rebound_value(value, env)
        if isinstance(value, SymRecipe):
            return value
        if isinstance(value, SymList):
            items = self.value_in(value.term, env)
            return sym_list(items_of(items), value.term)
        if isinstance(value, Sym | SymFloat):
            made = self.value_in(value.term, env)
            if isinstance(made, int | float):
                return (
                    Sym(int(made), value.term) if is_truth(value.term) else lift(made, value.term)
                )
            raise NotGeneral("another kind of value in another round")
        if is_list(value):
            return tuple(self.rebound(item, env) for item in items_of(value))
        return value

    @contextmanager
    def seen_from(self, env: Env | None) -> Iterator[None]:
        """What is in sight (names, inputs) has the numbers of another round meanwhile."""
        saved = self.scope, self.env, self._root, self.flow, self.instance.inputs
        try:
            if env is not None:
                self.instance.inputs = tuple(
                    port._replace(value=self.rebound_value(port.value, env))
                    for port in self.instance.inputs
                )
                self.scope, self.env = self.rebound_scope(self.scope, env), env
                self._root = self._new_root
            yield
        finally:
            self.scope, self.env, self._root, self.flow, self.instance.inputs = saved

    def rebound_value(self, value: Value, env: Env) -> Value:
        return Value(value.id, self.rebound_type(value.type, env))

    def rebound_type(self, type_: Type, env: Env) -> Type:
        dims: list[Dim] = []
        for dim in type_.shape:
            made = self.rebound(dim, env)
            assert isinstance(made, int | OpenDim)
            dims.append(made)
        return type_._replace(shape=tuple(dims))

    def rebound_scope(self, scope: Scope, env: Env) -> Scope:
        """All frames in sight with their numbers taken from another round."""
        frames = list(scope.chain())
        copy: Scope | None = None
        for frame in reversed(frames):
            if frame is self.unit.lets or (not frame.names and not frame.opens):
                fresh = Scope(copy) if frame is not self.unit.lets else frame
            else:
                fresh = Scope(copy)
                for name, bound in frame.names.items():
                    fresh.names[name] = Bound(self.rebound(bound.what, env), bound.span)
                fresh.opens = dict(frame.opens)
            fresh.loop, fresh.head = frame.loop, frame.head
            if frame is self._root:
                self._new_root = fresh
            copy = fresh
        assert copy is not None
        return copy

    _new_root: Scope


def symbolic(value: object, term: Term) -> object:
    """A number, a flag or a list of them as a symbol with this formula; others as they are."""
    if is_list(value):
        return sym_list(items_of(value), term)
    if isinstance(value, bool) or (isinstance(value, Sym) and is_truth(value.term)):
        return Sym(int(value), Term("truth", (term,)))
    if isinstance(value, int | float):
        return lift(plain(value), term)
    return value


def sym_list(items: Sequence[object], term: Term) -> SymList:
    """A list setting as symbols: every number is an item of the list's formula."""
    opaque = term.op == "opaque"
    made = (
        symbolic(item, term if opaque else Term("index", (term, const(i))))
        for i, item in enumerate(items)
    )
    return SymList.of(tuple(made), term)
