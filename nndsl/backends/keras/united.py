"""Functions of one block that a word, a layer or nothing in a setting sets apart, as one function.

`ConvBN(padding=same)` and `ConvBN(padding=valid)` are two plans, since their shapes have other
formulas; written out they differ in an argument, or in a few lines that stand under `if` then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nndsl.backends.keras.alike import Alike, is_word, joined_lines
from nndsl.backends.keras.book import Book, Parameter, Signature
from nndsl.backends.keras.naming import safe
from nndsl.backends.keras.words import word_of
from nndsl.emit.tree import Const, FunctionDef, Param
from nndsl.ir.steps import Argument, Plan
from nndsl.ops.base import Recipe
from nndsl.syntax import ast


class One(NamedTuple):
    """A plan with its function."""

    plan: Plan
    function: FunctionDef
    signature: Signature


def united(book: Book, functions: Sequence[One]) -> tuple[list[FunctionDef], dict[str, Signature]]:
    """The functions, with one for each block that can be one; signatures by the plans' names."""
    groups: dict[int, list[One]] = {}
    for each in functions:
        groups.setdefault(id(each.plan.definition), []).append(each)
    made: list[FunctionDef] = []
    signatures: dict[str, Signature] = {}
    for each in functions:
        group = groups[id(each.plan.definition)]
        found = _united(book, group) if len(group) > 1 and not each.signature.model else None
        if found is None:
            made.append(each.function)
            continue
        if each is group[0]:
            made.append(found[0])
        signatures[each.plan.name] = found[1]
    return made, signatures


def _united(book: Book, group: Sequence[One]) -> tuple[FunctionDef, Signature] | None:
    """One function for all of a group, told apart by at most one setting; None where that fails."""
    first = group[0]
    if not all(each.plan.general for each in group):
        return None
    differing = [p.name for p in first.plan.definition.params if _differs(group, p.name)]
    if not differing:
        return _with_setting(book, group, None)
    found = (_with_setting(book, group, name) for name in differing)
    return next((each for each in found if each is not None), None)


def _value(each: One, setting: str) -> object:
    return dict(each.plan.instances[0].settings).get(setting)


def _differs(group: Sequence[One], setting: str) -> bool:
    """True for a setting that is no argument, and is another word or layer in some plan."""
    arguments = {a.name for each in group for a in each.plan.arguments}
    return setting not in arguments and len({word_of(_value(e, setting)) for e in group}) > 1


def _with_setting(
    book: Book, group: Sequence[One], setting: str | None
) -> tuple[FunctionDef, Signature] | None:
    first = group[0]
    words = [None if setting is None else word_of(_value(each, setting)) for each in group]
    if not _tell(group, setting, words):
        return None
    name = "" if setting is None else safe(setting, {*book.names.values()})
    alike = Alike(tuple(words), name, _defaults(book))
    body = joined_lines(alike, [each.function.body for each in group])
    if body is None:
        return None
    parameters = _parameters(group, setting, name, words)
    if parameters is None:
        return None
    function = first.function
    inputs = function.params[: len(first.plan.body.inputs)]
    if any(each.function.params[: len(inputs)] != inputs for each in group):
        return None
    last = function.params[-1]
    params = (*inputs, *(_param(group, each) for each in parameters), last)
    signature = Signature(first.signature.name, False, parameters)
    return FunctionDef(function.name, params, body, function.returns), signature


def _tell(group: Sequence[One], setting: str | None, words: Sequence[str | None]) -> bool:
    """True where plans with one word have one value, and all values have a word."""
    if setting is None:
        return True
    values: dict[str | None, set[str]] = {}
    for each, word in zip(group, words, strict=True):
        value = _value(each, setting)
        values.setdefault(word, set()).add(value.text if isinstance(value, Recipe) else str(value))
    return "" not in values and all(len(found) == 1 for found in values.values())


def _parameters(
    group: Sequence[One], setting: str | None, name: str, words: Sequence[str | None]
) -> tuple[Parameter, ...] | None:
    """The settings that any of the functions reads, in the block's order."""
    found: list[Parameter] = []
    for declared in group[0].plan.definition.params:
        if declared.name == setting:
            default = _default_word(declared, group, words)
            argument = Argument(setting, default, default == "", "", words[0])
            found.append(Parameter(name, argument, default == "", True))
            continue
        same = [p for each in group for p in each.signature.parameters
                if p.argument.name == declared.name]  # fmt: skip
        if any(p.name != same[0].name or p.argument.default != same[0].argument.default
               for p in same):  # fmt: skip
            return None
        if same:
            needed = any(p.argument.required for p in same)
            found.append(same[0]._replace(required=needed))
    last = max((i for i, p in enumerate(found) if p.required), default=-1)
    return tuple(p._replace(required=i <= last) for i, p in enumerate(found))


def _default_word(
    declared: ast.ParamDecl, group: Sequence[One], words: Sequence[str | None]
) -> str | None:
    """The word of a setting's default; "" where it has none, or one that no plan has."""
    if not isinstance(declared.default, ast.Name):
        is_none = isinstance(declared.default, ast.Nothing)
        return None if is_none and None in words else ""
    text = declared.default.id
    for each, word in zip(group, words, strict=True):
        value = _value(each, declared.name)
        plain = value.text if isinstance(value, Recipe) else word
        if plain == text or (word is None and text == "none"):
            return word
    return ""


def _param(group: Sequence[One], parameter: Parameter) -> Param:
    if parameter.required:
        return Param(parameter.name)
    if parameter.worded:
        default = parameter.argument.default
        assert default is None or isinstance(default, str)
        return Param(parameter.name, None, Const(default))
    params = (p for each in group for p in each.function.params)
    return next(p for p in params if p.name == parameter.name and p.default is not None)


def _defaults(book: Book) -> Mapping[str, Mapping[str, object]]:
    """What emitted functions take where an argument is left out, by function and argument."""
    known = {**book.signatures, **book.united}
    return {
        signature.name: {
            p.name: p.argument.default
            for p in signature.parameters
            if not p.required and is_word(p.argument.default)
        }
        for signature in known.values()
    }
