"""Reads the values of a train section: numbers, words, and words with settings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from nndsl._real import real
from nndsl.backends.training.words import ALIASES, THEIRS, Setting, Value, Word
from nndsl.diagnostics import Diagnostics, near
from nndsl.source import Span
from nndsl.syntax import ast

Number: TypeAlias = "int | float"

ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "**": operator.pow,
}
LARGEST = 1e9  # of a number in a train section, so that powers stay small


class Chosen(NamedTuple):
    """A word of the vocabulary with a value for each of its settings."""

    word: str
    values: tuple[tuple[str, Value], ...]
    span: Span

    def number(self, name: str) -> float:
        """The value of a numeric setting."""
        value = dict(self.values)[name]
        assert not isinstance(value, str)
        return value

    def text(self, name: str) -> str:
        """The value of a setting that is a word."""
        return str(dict(self.values)[name])


def constant(expr: ast.Expr) -> Value | None:
    """The number, truth value, string or word that an expression is; None if it is none."""
    match expr:
        case ast.Num(value, _, _) | ast.Bool(value, _) | ast.Str(value, _):
            return value
        case ast.Name(id, _):
            return ALIASES.get(id, id)
        case ast.Unary("-", inner, _):
            number = constant(inner)
            return None if number is None or isinstance(number, str) else -number
        case ast.Binary(op, left, right, _) if op in ARITHMETIC:
            return _arithmetic(op, constant(left), constant(right))
    return None


def _arithmetic(op: str, left: Value | None, right: Value | None) -> Value | None:
    if left is None or right is None or isinstance(left, str) or isinstance(right, str):
        return None
    if op == "**" and not (abs(left) <= LARGEST and abs(right) <= 64):
        return None
    try:
        result = ARITHMETIC[op](left, right)
    except (ArithmeticError, ValueError):
        return None
    real = isinstance(result, int | float)  # a root of a negative number is not
    return result if real and abs(result) <= LARGEST else None


class Reader:
    """Reads values against the vocabulary; what does not fit becomes a diagnostic."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics

    def choose(
        self, expr: ast.Expr, words: Mapping[str, Word], what: str, names: tuple[str, ...] = ()
    ) -> Chosen | None:
        """A word of `words`, called or bare; `names` are what settings of kind word may say."""
        func, args = (expr.func, expr.args) if isinstance(expr, ast.Call) else (expr, ())
        word = constant(func) if isinstance(func, ast.Name) else None
        if not isinstance(word, str) or word not in words:
            self.unknown(f"`{word}`" if word else "this", what, str(word), words, func.span)
            return None
        values = {setting.name: real(setting.default) for setting in words[word].settings}
        waiting = [s for s in words[word].settings if s.kind != "word"]
        for arg in args:
            setting = self._setting(arg, words[word], waiting)
            if setting is None:
                known = [s.name for s in words[word].settings]
                given = f"`{arg.name}`" if arg.name else "one value more"
                self.unknown(given, f"setting of `{word}`", arg.name or "", known, arg.span)
                continue
            waiting = [s for s in waiting if s.name != setting.name]
            value = self.value(arg.value, setting, word, names)
            if value is not None:
                values[setting.name] = value
        return Chosen(word, tuple(values.items()), expr.span)

    @staticmethod
    def _setting(arg: ast.Arg, word: Word, waiting: list[Setting]) -> Setting | None:
        if arg.name is None:
            return waiting[0] if waiting else None
        return next((setting for setting in word.settings if setting.name == arg.name), None)

    def value(
        self, expr: ast.Expr, setting: Setting, word: str, names: tuple[str, ...] = ()
    ) -> Value | None:
        """The value of one setting, or a diagnostic and None."""
        value = constant(expr)
        if value is not None and _fits(value, setting, names):
            return value
        given = "this" if value is None else f"`{value}`"
        wanted = _wanted(setting, names)
        about = f"`{setting.name}` of `{word}`" if setting.name != word else f"`{word}`"
        self.diagnostics.error(
            "NN703", expr.span, f"{about} is {wanted}; {given} is not", f"give {wanted}"
        )
        return None

    def unknown(
        self, given: str, what: str, word: str, known: Mapping[str, Word] | list[str], span: Span
    ) -> None:
        """The diagnostic for a word outside the vocabulary."""
        if THEIRS.get(word) in known:
            self.diagnostics.error("NN702", span, f"{given} is no {what}",
                                   f"write `{THEIRS[word]}`")  # fmt: skip
            return
        close = near(word, known)
        listed = ", ".join(f"`{name}`" for name in close or known)
        fix = f"did you mean {listed}?" if close else f"one of {listed}" if listed else ""
        self.diagnostics.error("NN702", span, f"{given} is no {what}", fix)


def _fits(value: Value, setting: Setting, names: tuple[str, ...]) -> bool:
    if setting.kind in ("bool", "word", "text"):
        return isinstance(value, bool) if setting.kind == "bool" else _is_word(value, names)
    if isinstance(value, bool | str) or not setting.low <= value <= setting.high:
        return False
    if setting.kind == "count":
        return isinstance(value, int)
    return setting.kind == "number" or value < 1


def _is_word(value: Value, names: tuple[str, ...]) -> bool:
    return isinstance(value, str) and (value in names or not names)


def _wanted(setting: Setting, names: tuple[str, ...]) -> str:
    if setting.kind == "word":
        return "one of " + ", ".join(f"`{name}`" for name in names) if names else "a word"
    if setting.kind == "number" and setting.high != float("inf"):
        return f"a number from {setting.low:g} to {setting.high:g}"
    return {
        "bool": "`true` or `false`",
        "text": "a name, or a path in quotes",
        "count": f"a whole number from {setting.low:g} up",
        "fraction": "a number from 0 up to, not including, 1",
        "number": f"a number from {setting.low:g} up",
    }[setting.kind]
