"""Layers of other packages: the class that an emitted file computes each of them with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from nndsl.diagnostics.model import fail
from nndsl.emit.parse import expression
from nndsl.emit.tree import Attr, Expr, Name
from nndsl.emit.walk import names, parts
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Op, Recipe, Tensor, Word

INPUT = "x"


class Foreign(NamedTuple):
    """A class of an emitted file. name: the class'; text: what the package says, and `code` its
    tree, over `x`, the weights and the settings by their names.

    weights: in order, with whether they are trained. numbers: the settings that the code reads;
    kinds: what each of them is, as Python calls it.
    """

    name: str
    op: Op
    target: str
    text: str
    code: Expr
    weights: tuple[tuple[str, bool], ...]
    numbers: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def doc(self) -> str:
        """The first line of what the package says of its layer."""
        return (self.op.__doc__ or self.op.word).strip().split("\n")[0]

    def body(self, owned: Callable[[str], str]) -> Expr:
        """The expression inside of a method; `owned` gives a weight's or setting's attribute."""
        own = {*(name for name, _ in self.weights), *self.numbers}

        def attribute(name: str) -> Expr:
            return Attr(Name("self"), owned(name)) if name in own else Name(name)

        return renamed(self.code, attribute)


class Classes:
    """The classes of one file, each once. taken: names that the file uses otherwise."""

    def __init__(self, target: str, modules: Collection[str], taken: Collection[str]) -> None:
        self.target = target
        self.modules = frozenset(modules)
        self.taken = frozenset(taken)
        self.made: dict[object, Foreign] = {}

    def clear(self) -> None:
        self.made.clear()

    def of(self, step: OpStep) -> Foreign | None:
        """The class of a layer; None where its package has no spelling for the target.

        Raises NN601 for a spelling that cannot be used.
        """
        text = step.op.spell(self.target, step.settings)
        if text is None:
            return None
        weights = tuple((weight.name, weight.trainable) for weight in step.weights)
        key = step.op.word, text, weights
        if key not in self.made:
            self.made[key] = self._class(step, text, weights)
        return self.made[key]

    def _class(self, step: OpStep, text: str, weights: tuple[tuple[str, bool], ...]) -> Foreign:
        word, settings = step.op.word, step.settings.items
        if len(step.ins) != 1 or len(step.outs) != 1:
            raise self._unusable(step, "it takes or gives several values")
        try:
            code = expression(text)
        except ValueError as error:
            raise self._unusable(step, str(error)) from None
        read = names(code)
        known = {INPUT, *self.modules, *settings, *(name for name, _ in weights)}
        strange = sorted(read - known)
        if strange:
            raise self._unusable(step, f"nothing here is called `{strange[0]}`")
        numbers = tuple(name for name in settings if name in read)
        if any(isinstance(settings[name], Recipe | Tensor) for name in numbers):
            raise self._unusable(step, "it reads a setting that is no number, word or flag")
        count = sum(each.op.word == word for each in self.made.values())
        name = f"{word}{'Layer' if word in self.taken else ''}{count + 1 if count else ''}"
        kinds = tuple(_kind(settings[each]) for each in numbers)
        return Foreign(name, step.op, self.target, text, code, weights, numbers, kinds)

    def _unusable(self, step: OpStep, why: str) -> Exception:
        return fail(
            "NN601", step.site.span,
            f"what the package of `{step.op.word}` says for {self.target} cannot be used: {why}",
            "this is for the package that the layer comes from",
        )  # fmt: skip


def _kind(value: object) -> str:
    """What Python calls a setting's value."""
    if isinstance(value, bool | int | str | Word):
        kinds = {bool: "bool", str: "str", Word: "str"}
        return kinds.get(type(value), "int")
    return "tuple" if isinstance(value, tuple) else "float"


def renamed(code: Expr, name: Callable[[str], Expr]) -> Expr:
    """An expression with other expressions for its plain names."""
    if isinstance(code, Name):
        return name(code.id)
    return _rebuilt(code, name)  # type: ignore[return-value]  # a node of the same class


def _rebuilt(node: object, name: Callable[[str], Expr]) -> object:
    if isinstance(node, Name):
        return name(node.id)
    if isinstance(node, tuple):
        return tuple(_rebuilt(each, name) for each in node)
    if not hasattr(node, "__match_args__"):
        return node
    return type(node)(*(_rebuilt(each, name) for each in parts(node)))
