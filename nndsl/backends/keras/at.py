"""What a spelling sees of one step: its settings, operands and names, as expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

from nndsl.backends.differences import LayerDifference
from nndsl.backends.foreign import Foreign
from nndsl.backends.keras import layout
from nndsl.backends.keras.differences import DIFFERENCES
from nndsl.backends.keras.formulas import expr_of, tuple_of
from nndsl.backends.keras.same import same
from nndsl.diagnostics.model import Failure, fail
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Comp, Const, Expr, ListE, Name, TupleE, Unary
from nndsl.ir.steps import OpStep, Part, Value
from nndsl.ops import symbols
from nndsl.ops.base import Recipe, Type, Weight, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import OpenDim, Sym, SymFloat
from nndsl.ops.symbols import Term

Option: TypeAlias = "tuple[str, Expr | int | float | str | bool | None]"


class Site(Protocol):
    """What a step's surroundings give it: the function that is written.

    exact: whether the emission is the exact one.
    """

    @property
    def exact(self) -> bool: ...

    def read(self, value: Value) -> Expr:
        """A value's variable, or the expression that makes it."""

    def resolve(self, term: Term, near: tuple[Value, ...]) -> Expr | None:
        """A leaf of a formula: a setting, or a dimension read off a value."""

    def layer_name(self, suffix: str) -> Expr:
        """The step's layer name, chained to the block's."""

    def assign(self, expr: Expr) -> Expr:
        """Stores a value on the way to the step's result; gives its variable."""

    def helper(self, name: str) -> Expr:
        """The name of a helper of the templates, which is then part of the file."""

    def foreign(self, step: OpStep) -> Foreign | None:
        """The class that computes a layer of another package, which is then part of the file."""

    def note(self, text: str) -> None:
        """A line for the file's header: what differs from the exact tier."""

    def some_batched(self) -> Expr:
        """Any value with a batch that is at hand: layers without operands are called on it."""

    def tied(self, owner: str) -> str:
        """The weight of a shared layer that is used turned round as well, or empty."""

    def listed(self, stack: str) -> Expr | None:
        """The list variable of a stack, where the code has one."""

    def witnesses(self, step: OpStep) -> Sequence[OpStep]:
        """What the step is in the instances that the function stands for, in numbers."""

    def values(self, setting: str) -> Sequence[object]:
        """The values that a setting has in those instances."""

    def perhaps(self, test: Expr, call: Callable[[Expr], Expr], operand: Expr) -> Expr:
        """An operand that goes through a layer under a condition; gives the variable."""

    def part(self, part: Part, source: Expr) -> None:
        """Writes a recipe inside a layer, on this value."""


class At:
    """One step while it is spelled."""

    __slots__ = ("frozen", "s", "site", "step")

    def __init__(self, site: Site, step: OpStep, frozen: bool = False) -> None:
        self.site = site
        self.step = step
        self.s = step.settings
        self.frozen = frozen or step.frozen

    def exact(self) -> LayerDifference | None:
        """What is written in the exact emission where Keras' own layer differs; None elsewhere."""
        return next(DIFFERENCES.of_layer(self.step), None) if self.site.exact else None

    # ---- operands ----------------------------------------

    def operand(self, at: int = 0) -> Expr:
        """An operand as it is held: channels last."""
        return self.site.read(self.step.ins[at])

    def filed(self, at: int = 0) -> Expr:
        """An operand in the file's order of axes."""
        return layout.as_filed(self.operand(at), self.type(at))

    def named(self, name: str) -> Expr | None:
        """The operand given as `name=value`."""
        if name not in self.step.names:
            return None
        return self.operand(self.step.names.index(name))

    def type(self, at: int = 0) -> Type:
        return self.step.ins[at].type

    def type_named(self, name: str) -> Type:
        return self.step.ins[self.step.names.index(name)].type

    @property
    def out(self) -> Type:
        return self.step.outs[0].type

    def result(self, filed: Expr) -> Expr:
        """The result, given in the file's order, as it is held."""
        return layout.as_held(filed, self.out)

    def weight(self, name: str) -> Weight | None:
        return next((w for w in self.step.weights if w.name == name), None)

    # ---- settings as code ----------------------------------------

    def code(self, value: object) -> Expr:
        """A number, list, word or dimension as an expression."""
        if isinstance(value, bool | str) or value is None:
            return Const(value)
        if isinstance(value, Sym | SymFloat):
            return self.term(value.term)
        if isinstance(value, int | float):
            return Unary("-", Const(-value)) if value < 0 else Const(value)
        if isinstance(value, OpenDim):
            return Const(None)
        if isinstance(value, Word):
            return Const(value.name)
        if isinstance(getattr(value, "term", None), Term):
            return self.term(value.term)  # type: ignore[attr-defined]
        if isinstance(value, Recipe):
            return Const("linear" if value.act == "identity" else value.act)
        if isinstance(value, tuple):
            return TupleE(tuple(self.code(item) for item in value))
        raise TypeError(f"no spelling for {value!r}")

    def term(self, term: Term) -> Expr:
        """A formula as an expression."""
        return expr_of(term, lambda leaf: self.site.resolve(leaf, self.step.ins))

    def listed(self, term: Term) -> Expr:
        """A formula of a list as a list, where its spelling is another sequence."""
        code = self.term(term)
        lists = isinstance(code, ListE | Comp) or (term.op == "call" and term.args[0] == "sorted")
        return code if lists else b.call("list", code)

    def get(self, name: str) -> Expr:
        """A setting as an expression."""
        return self.code(self.s.get(name))

    def sizes(self, name: str) -> Expr:
        """A setting with a number for every spatial axis: one number where all are the same."""
        return self.together(self.s.ints(name))

    def together(self, items: Iterable[object]) -> Expr:
        found = tuple(items)
        return self._whole(found) or tuple_of(tuple(self.code(item) for item in found))

    def _whole(self, items: tuple[object, ...]) -> Expr | None:
        """`kernel` for `(kernel[0], kernel[1])`: all the numbers of a list, in order."""
        terms = [item.term for item in items if isinstance(item, Sym)]
        if len(terms) != len(items) or len(terms) < 2:
            return None
        owner = terms[0].args[0]
        wanted = [Term("index", (owner, symbols.const(at))) for at in range(len(items))]
        listed = isinstance(owner, Term) and owner.op == "var" and terms == wanted
        return self.term(owner) if listed and isinstance(owner, Term) else None

    def is_default(self, name: str, default: SettingValue) -> bool:
        """True where a setting is this very value, whatever the arguments are."""
        return same(self.s.get(name), default)

    def option(self, key: str, name: str, default: SettingValue) -> list[Option]:
        """`key=setting`, or nothing where it is Keras' own default."""
        return [] if self.is_default(name, default) else [(key, self.get(name))]

    def note(self, text: str) -> None:
        self.site.note(text)

    def refuse(self, what: str, fix: str) -> Failure:
        """NN601: Keras cannot say this exactly."""
        return fail("NN601", self.step.site.span, f"Keras has no way to say {what}", fix)

    # ---- layers ----------------------------------------

    def layer(self, cls: str, *args: Expr | int | float | str, options: Iterable[Option] = (),
              suffix: str = "") -> Call:  # fmt: skip
        """`layers.Cls(args, options, name=…)`; the name is chained, frozen weights are said so."""
        return self.make(b.attr("layers", cls), args, options, suffix)

    def composite(self, cls: str, *args: Expr | int | float | str,
                  options: Iterable[Option] = ()) -> Call:  # fmt: skip
        """The same for a layer that is built of layers: Keras' `trainable=False` at its making
        freezes none of them (3.15)."""
        return self.make(b.attr("layers", cls), args, options, "", whole=False)

    def own_layer(self, cls: str, *args: Expr | int | float | str, options: Iterable[Option] = (),
                  suffix: str = "") -> Call:  # fmt: skip
        """The same for a helper class of the templates."""
        return self.make(self.site.helper(cls), args, options, suffix)

    def own_composite(self, cls: str, *args: Expr | int | float | str,
                      options: Iterable[Option] = ()) -> Call:  # fmt: skip
        """The same for a helper class that freezes what it is built of."""
        return self.make(self.site.helper(cls), args, options, "", whole=False)

    def make(
        self,
        cls: Expr,
        args: Iterable[Expr | int | float | str],
        options: Iterable[Option],
        suffix: str,
        whole: bool = True,
    ) -> Call:
        pairs = [(key, b.value(item)) for key, item in options]
        if whole and self.frozen and self.step.weights:
            pairs.append(("trainable", Const(False)))
        pairs.append(("name", self.site.layer_name(suffix)))
        return Call(cls, tuple(b.value(arg) for arg in args), tuple(pairs))

    def apply(self, layer: Expr, *args: Expr, options: Iterable[Option] = ()) -> Call:
        """`layer(x, …)`."""
        return Call(layer, args, tuple((key, b.value(item)) for key, item in options))


def list_of(items: Iterable[Expr]) -> Expr:
    return ListE(tuple(items))


def name(text: str) -> Name:
    return Name(text)
