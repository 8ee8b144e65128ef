"""Arguments to settings: by keyword, else by kind, in the order in which practitioners say them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from nndsl._real import coarse, real
from nndsl._record import NamedTuple
from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ir.statics import is_list, is_number, is_truth
from nndsl.ops import registry
from nndsl.ops.base import Op, Recipe, Setting, Settings, Type, Value, Weight, Word
from nndsl.ops.kinds import Act, Ints, show_value
from nndsl.ops.kinds import Any as TensorKind
from nndsl.ops.numbers import Dim, OpenDim, Sym
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast

LONGEST = 60  # characters of the settings that a fix repeats


class Given(NamedTuple):
    """One evaluated argument; `name` is None where it is positional."""

    name: str | None
    value: Value
    span: Span


def bind_op(op: Op, given: Sequence[Given], where: Span) -> dict[str, Value]:
    """Every setting of an op with its checked value.

    Raises NN102 (unknown setting), NN103 (missing), NN104 (kind), NN105 (too many), NN106 (twice).
    """
    values: dict[str, tuple[Value, Span]] = {}
    for item in given:
        if item.name is not None:
            _keyword(op, item, values)
    for item in given:
        if item.name is None:
            _positional(op, item, values)
    bound: dict[str, Value] = {}
    for setting in op.settings:
        if setting.name in values:
            value, span = values[setting.name]
            unset = value is None and setting.default is None and not setting.required
            bound[setting.name] = None if unset else setting.kind.check(value, span, setting.name)
        elif setting.required:
            raise fail(
                "NN103",
                where,
                f"`{op.word}` needs `{setting.name}`: {setting.doc}",
                f"write `{op.word}({setting.name}=…)`",
            )
        else:
            bound[setting.name] = real(setting.default)
    return bound


def default_settings(op: Op) -> Settings:
    """The settings of an op of which none is given; raises NN103 where one must be."""
    return _default_settings(op, coarse())


@lru_cache(maxsize=512)
def _default_settings(op: Op, coarse: bool) -> Settings:
    return Settings(bind_op(op, (), NOWHERE))


def _keyword(op: Op, item: Given, values: dict[str, tuple[Value, Span]]) -> None:
    assert item.name is not None
    setting = op.setting(item.name)
    if setting is None:
        names = [s.name for s in op.settings]
        known = f"its settings are {', '.join(names)}" if names else "it has no settings"
        raise fail(
            "NN102",
            item.span,
            f"`{op.word}` has no setting `{item.name}`",
            did_you_mean(item.name, names) or known,
        )
    if item.name in values:
        raise fail("NN106", item.span, f"`{item.name}` is given twice", "remove one of them")
    values[item.name] = (item.value, item.span)


def _positional(op: Op, item: Given, values: dict[str, tuple[Value, Span]]) -> None:
    for setting in op.settings:
        if setting.keyword or isinstance(setting.kind, TensorKind):
            continue
        if isinstance(setting.kind, Ints) and isinstance(item.value, int | OpenDim):
            earlier = values.get(setting.name, ((), item.span))[0]
            if setting.kind.accepts(item.value) and type(earlier) is tuple:
                values[setting.name] = ((*earlier, item.value), item.span)
                return
        fits = setting.kind.accepts(item.value) or (
            item.value is None and isinstance(setting.kind, Act)
        )
        if setting.name not in values and fits:
            values[setting.name] = (item.value, item.span)
            return
    raise _no_place(op, item, [s for s in op.settings if s.name not in values])


def _no_place(op: Op, item: Given, free: Sequence[Setting]) -> Exception:
    shown = show_value(item.value)
    if isinstance(item.value, Word):
        words = [w for s in op.settings for w in getattr(s.kind, "words", ())]
        fix = did_you_mean(item.value.name, words)
        if fix:
            return fail("NN104", item.span, f"`{op.word}` does not know the word `{shown}`", fix)
    if item.value is None or isinstance(item.value, bool):
        return fail(
            "NN105",
            item.span,
            f"`{shown}` has to name its setting",
            f"write `name={shown}`; free are {', '.join(s.name for s in free)}",
        )
    if isinstance(item.value, str) and item.value.isidentifier():
        fix = f"words stand without quotes: `{item.value}`"
        return fail("NN105", item.span, f"`{op.word}` has no place for {shown}", fix)
    if isinstance(item.value, str) and item.value.replace(".", "", 1).isdigit():
        fix = f"numbers stand without quotes: `{item.value}`"
        return fail("NN105", item.span, f"`{op.word}` has no place for {shown}", fix)
    left = ", ".join(s.name for s in free)
    fix = f"free settings, by keyword: {left}" if left else "remove it"
    return fail("NN105", item.span, f"`{op.word}` has no place for {shown}", fix)


# ---- calls that are alike --------------------------------------------------------------------


Key: TypeAlias = tuple[object, ...]

PLAIN = frozenset((int, bool, str, type(None)))  # a symbol is an int too, of another type


class Facts(NamedTuple):
    """What a call comes to: the types of its results, its weights, its multiply-accumulates."""

    types: tuple[Type, ...]
    weights: tuple[Weight, ...]
    macs: Dim


class Alike:
    """What the calls of one compilation came to, by what makes them alike.

    Calls are alike where they are of one op, give equal plain settings under the same names, and
    take operands of equal types of plain sizes. What is no plain number or word has no key: its
    call is worked out each time. So has one that fails: what it says points to its own place.
    """

    def __init__(self) -> None:
        self._bound: dict[Key, tuple[str, dict[str, Value]]] = {}  # the recipe's setting, and all
        self._facts: dict[tuple[Key, tuple[Type, ...]], Facts] = {}
        self._sizes: dict[int, Type] = {}  # types whose sizes are plain, by identity

    def key(self, op: Op, given: Sequence[Given], names: tuple[str, ...]) -> Key | None:
        """What calls are alike by, beside their operands' types; None where a setting has none."""
        key: list[object] = [op, names]
        recipes = 0
        for name, value, _ in given:
            kind = type(value)
            if kind in PLAIN:
                key += (name, kind, value)
            elif kind is Recipe and value.key[0] == "op" and not recipes:  # type: ignore[union-attr]
                recipes += 1
                key += (name, kind, value.key)  # type: ignore[union-attr]
            else:
                return None
        return tuple(key)

    def bind(self, key: Key | None, op: Op, given: Sequence[Given], span: Span) -> dict[str, Value]:
        """As `bind_op`. A recipe is the call's own, which knows its place in the text."""
        known = self._bound.get(key) if key is not None else None
        recipe = next((item.value for item in given if type(item.value) is Recipe), None)
        if known is not None:
            place, settings = known
            bound = dict(settings)
            if place:
                bound[place] = recipe
            return bound
        bound = bind_op(op, given, span)
        if key is not None:
            places = [name for name, value in bound.items() if value is recipe is not None]
            if len(places) == (recipe is not None):
                self._bound[key] = "".join(places), dict(bound)
        return bound

    def known(self, key: Key | None, ins: tuple[Type, ...]) -> Facts | None:
        """What a call like this one came to."""
        return self._facts.get((key, ins)) if key is not None and self._plain(ins) else None

    def learn(self, key: Key | None, ins: tuple[Type, ...], facts: Facts) -> None:
        """Keeps what a call came to."""
        if key is not None and self._plain(ins):
            self._facts[key, ins] = facts

    def _plain(self, types: tuple[Type, ...]) -> bool:
        """True where all sizes are plain numbers."""
        for each in types:
            if self._sizes.get(id(each)) is not each:
                if each.parts or any(type(dim) is not int for dim in each.shape):
                    return False
                self._sizes[id(each)] = each
        return True


# ---- blocks ------------------------------------------------------------------------------------


class Declared(NamedTuple):
    """A setting of a user's block: its name, the kind of its default, and whether it has none."""

    name: str
    kind: str
    required: bool


def bind_block(
    name: str, declared: Sequence[Declared], given: Sequence[Given], where: Span
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The value of every setting that the call gives, and their names in declared order.

    Numbers fill, in order, the settings whose default is a number or that have none; other kinds
    first those whose default is of that kind, then those without. Defaults are left to the caller.
    """
    values: dict[str, Value] = {}
    names = [d.name for d in declared]
    for item in given:
        if item.name is None:
            continue
        if item.name not in names:
            listed = _settings_of(name, names)
            raise fail(
                "NN102",
                item.span,
                f"`{name}` has no setting `{item.name}`",
                did_you_mean(item.name, names) or listed,
            )
        if item.name in values:
            raise fail("NN106", item.span, f"`{item.name}` is given twice", "remove one of them")
        values[item.name] = item.value
    for item in given:
        if item.name is None:
            values[_slot(name, declared, item, values)] = item.value
    for setting in declared:
        if setting.required and setting.name not in values:
            raise fail(
                "NN103",
                where,
                f"`{name}` needs `{setting.name}`",
                f"write `{name}({_so_far(declared, values)}{setting.name}=…)`",
            )
    return values, tuple(n for n in names if n in values)


def _settings_of(name: str, names: Sequence[str]) -> str:
    """What a block takes; and that it is a block, where its name is a built-in layer's."""
    listed = f"its settings are {', '.join(names)}" if names else "it has no settings"
    hides = f";\n`{name}` is the block of this name, which hides the built-in layer: rename it"
    return f"{listed}{hides if registry.known(name) else ''}"


def _so_far(declared: Sequence[Declared], values: dict[str, Value]) -> str:
    """The settings that a call gives, to be written before one that it lacks."""
    given = [f"{one.name}={show_value(values[one.name])}" for one in declared if one.name in values]
    text = "".join(f"{each}, " for each in given)
    return text if len(text) <= LONGEST else "…, "


STAGES = ("activation", "recipe")  # the first fill activations' places first, and layers theirs


def _slot(name: str, declared: Sequence[Declared], item: Given, taken: dict[str, Value]) -> str:
    kind = kind_of(item.value)
    free = [d for d in declared if d.name not in taken]
    if kind == "number":
        fits = [d for d in free if d.required or d.kind in ("number", "any")]
    else:
        fits = [d for d in free if not d.required and d.kind in (kind, "any")]
        if kind in STAGES:
            fits += [d for d in free if not d.required and d.kind in STAGES and d.kind != kind]
        fits += [d for d in free if d.required]
        fits += [d for d in free if d.kind == "none" and kind in STAGES]
    if not fits:
        left = ", ".join(d.name for d in free)
        raise fail(
            "NN105",
            item.span,
            f"`{name}` has no place for {show_value(item.value)}",
            f"free settings, by keyword: {left}"
            if left
            else f"remove it: {_settings_of(name, [d.name for d in declared])}",
        )
    return fits[0].name


def kind_of(value: Value) -> str:
    """The sort that positional binding goes by."""
    if isinstance(value, bool) or (isinstance(value, Sym) and is_truth(value.term)):
        return "flag"
    if is_number(value):
        return "number"
    if value is None:
        return "none"
    if isinstance(value, Recipe):
        return "activation" if value.act else "recipe"
    if isinstance(value, Word | str):
        return "word"
    return "list" if is_list(value) else "value"


def declared_names(params: Sequence[ast.ParamDecl]) -> tuple[str, ...]:
    return tuple(p.name for p in params)
