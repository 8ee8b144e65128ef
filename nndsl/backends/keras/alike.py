"""Pieces of code that differ in the words of one setting only, as one piece that reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import NamedTuple, TypeVar

from nndsl.emit import build as b
from nndsl.emit.tree import (
    Assign,
    Attr,
    Call,
    Compare,
    Const,
    Expr,
    If,
    Name,
    Return,
    Stmt,
)

T = TypeVar("T")
Body = tuple[Stmt, ...]

# What Keras' layers do where the argument is left out.
LAYERS: Mapping[str, object] = {"padding": "valid", "activation": None}


class Alike(NamedTuple):
    """words: the setting's, for each of the pieces; name: its variable; defaults: what emitted
    functions take where an argument is left out."""

    words: tuple[str | None, ...]
    name: str
    defaults: Mapping[str, Mapping[str, object]]


def is_word(value: object) -> bool:
    return value is None or isinstance(value, str)


# ---- lines ----------------------------------------


def joined_lines(alike: Alike, bodies: Sequence[Body]) -> Body | None:
    """The lines of all bodies as one; None where the setting does not explain a difference."""
    opened = [_opened(body) for body in bodies]
    first = opened[0]
    front = _common(opened)
    rest = [body[front:] for body in opened]
    back = _common([tuple(reversed(body)) for body in rest])
    middles = [body[: len(body) - back] for body in rest]
    ends = first[len(first) - back :] if back else ()
    middle = _middle(alike, middles)
    if middle is None:
        return None
    return _closed((*first[:front], *middle, *ends))


def _opened(body: Body) -> Body:
    """`return f(x)` as `x = f(x)` and `return x`."""
    last = body[-1]
    if not isinstance(last, Return) or not isinstance(last.value, Call):
        return body
    return (*body[:-1], Assign((Name("x"),), last.value), Return(Name("x")))


def _closed(body: Body) -> Body:
    last = body[-2] if len(body) > 1 else None
    if isinstance(last, Assign) and last.targets == (Name("x"),) and body[-1] == Return(Name("x")):
        return (*body[:-2], Return(last.value))
    return body


def _common(bodies: Sequence[Body]) -> int:
    """How many lines all have in front."""
    count = 0
    for lines in zip(*bodies, strict=False):
        if any(line != lines[0] for line in lines):
            break
        count += 1
    return count


def _middle(alike: Alike, middles: Sequence[Body]) -> Body | None:
    if not any(middles):
        return ()
    if not alike.name:
        return None
    lines = merged(alike, tuple(middles)) if len({len(m) for m in middles}) == 1 else None
    if lines is not None:
        return lines
    return _cases(alike, middles)


def _cases(alike: Alike, middles: Sequence[Body]) -> Body | None:
    """`if norm == "batch_norm": …`, and an error for a word that is not known."""
    cases: dict[str | None, Body] = {}
    for word, lines in zip(alike.words, middles, strict=True):
        if cases.setdefault(word, lines) != lines:
            return None
    if sum(map(len, cases.values())) > MOST_LINES:
        return None
    known = " or ".join(repr(word) for word in cases)
    result: Body = (b.raise_("ValueError", b.const(f"{alike.name} must be {known}")),)
    none = cases.pop(None, ())
    if not none and None in alike.words:
        result = (If(_is(alike, None, no=True), result),)
    elif none:
        cases[None] = none
    for word in reversed(cases):
        result = (If(_is(alike, word), cases[word], result),)
    return result


MOST_LINES = 6  # under conditions; more are two functions


def _is(alike: Alike, word: str | None, no: bool = False) -> Expr:
    if word is None:
        return Compare(Name(alike.name), (("is not" if no else "is", Const(None)),))
    return b.compare(Name(alike.name), "==", Const(word))


# ---- expressions ----------------------------------------


def merged(alike: Alike, nodes: tuple[T, ...]) -> T | None:
    """One node for all; None where they differ in more than the setting's words."""
    first = nodes[0]
    if all(node == first for node in nodes):
        return first
    if all(isinstance(node, Const) for node in nodes):
        values = tuple(node.value for node in nodes if isinstance(node, Const))
        return Name(alike.name) if values == alike.words else None  # type: ignore[return-value]
    if any(type(node) is not type(first) for node in nodes):
        return None
    if isinstance(first, Call):
        return _call(alike, nodes)  # type: ignore[arg-type, return-value]
    if isinstance(first, tuple):
        return _tuple(alike, nodes)  # type: ignore[arg-type, return-value]
    if not is_dataclass(first) or isinstance(first, type):
        return None
    parts = {}
    for field in fields(first):
        part = merged(alike, tuple(getattr(node, field.name) for node in nodes))
        if part is None and any(getattr(node, field.name) is not None for node in nodes):
            return None
        parts[field.name] = part
    return replace(first, **parts)


def _tuple(alike: Alike, nodes: tuple[tuple[object, ...], ...]) -> tuple[object, ...] | None:
    if len({len(node) for node in nodes}) > 1:
        return None
    found: list[object] = []
    for parts in zip(*nodes, strict=True):
        part = merged(alike, parts)
        if part is None and any(each is not None for each in parts):
            return None
        found.append(part)
    return tuple(found)


def _call(alike: Alike, nodes: tuple[Call, ...]) -> Call | None:
    func = merged(alike, tuple(node.func for node in nodes))
    args = merged(alike, tuple(node.args for node in nodes))
    if func is None or args is None:
        return None
    longest = max(nodes, key=lambda node: len(node.kwargs))
    pairs: list[tuple[str, Expr]] = []
    for key, _ in longest.kwargs:
        given = [dict(node.kwargs).get(key) or _left_out(alike, func, key) for node in nodes]
        if any(each is None for each in given):
            return None
        value = merged(alike, tuple(given))
        if value is None:
            return None
        pairs.append((key, value))
    if any(set(dict(node.kwargs)) - set(dict(pairs)) for node in nodes):
        return None
    return Call(func, args, tuple(pairs))


def _left_out(alike: Alike, func: Expr, key: str) -> Expr | None:
    """What an argument is where it is left out."""
    if isinstance(func, Attr) and func.value == Name("layers"):
        return Const(LAYERS[key]) if key in LAYERS else None  # type: ignore[arg-type]
    known = alike.defaults.get(func.id, {}) if isinstance(func, Name) else {}
    return Const(known[key]) if key in known else None  # type: ignore[arg-type]
