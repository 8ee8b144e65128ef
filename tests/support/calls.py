"""The examples of the ops, read without the language: types, and calls bound and resolved."""

from __future__ import annotations

import ast
import re

from nndsl.diagnostics.model import Failure
from nndsl.ir.binding import Given, bind_op
from nndsl.ops.base import Call, Op, Recipe, Settings, Tensor, Type, Value, Word
from nndsl.ops.initializers import INITIALIZERS
from nndsl.ops.numbers import Dim, arithmetic, open_dim
from nndsl.ops.registry import find
from nndsl.source import NOWHERE

WORDS: dict[str, Value] = {"true": True, "false": False, "none": None}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%",
}  # fmt: skip


def read_types(text: str) -> tuple[tuple[str, Type], ...]:
    """`[?T, 8], mask=bool[?T]` as (name, type) pairs; the name of a piped operand is empty."""
    return tuple(_named(part) for part in _split(text))


def _split(text: str) -> list[str]:
    """At commas outside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _named(text: str) -> tuple[str, Type]:
    name, found, rest = text.partition("=")
    if found and name.isidentifier():
        return name, _type(rest.strip())
    return "", _type(text)


def _type(text: str) -> Type:
    batched = not text.startswith("unbatched ")
    text = text.removeprefix("unbatched ")
    if text.startswith("state("):
        return Type((), "state", (), batched, tuple(_type(t) for t in _split(text[6:-1])))
    match = re.fullmatch(r"(\w*)(?:\[(.*)\])?", text)
    assert match is not None, text
    entries = _split(match[2] or "")
    axes = tuple(entry.partition("=")[0] for entry in entries if "=" in entry)
    shape = tuple(_dim(entry.rpartition("=")[2]) for entry in entries)
    return Type(shape, match[1] or "float", axes, batched)


def _dim(text: str) -> Dim:
    """A number, or a formula over `?T`: read as Python with the open names as variables."""
    return _formula(ast.parse(text.replace("?", "open_"), mode="eval").body)


def _formula(node: ast.expr) -> Dim:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return open_dim(name.removeprefix("open_"))
        case ast.BinOp(left, operator, right):
            return arithmetic(OPERATORS[type(operator)], _formula(left), _formula(right))
    raise ValueError(ast.dump(node))


def read_call(text: str, takes: str) -> tuple[Op, Call]:
    """The op of a call and the call itself, settings bound and resolved; raises Failure."""
    op, call = _bound(text, takes)
    return op, call._replace(settings=op.resolve(call))


def bound(text: str, takes: str) -> Settings:
    """The settings of a call as they are written, before the op resolves them."""
    return _bound(text, takes)[1].settings


def _bound(text: str, takes: str) -> tuple[Op, Call]:
    node = ast.parse(text, mode="eval").body
    word = node.func if isinstance(node, ast.Call) else node
    assert isinstance(word, ast.Name), text
    op = find(word.id)
    assert op is not None, f"no op called {word.id}"
    operands = read_types(takes)
    settings = bind_op(op, _arguments(node), NOWHERE)
    for index, (name, _) in enumerate(operands):
        if name:
            settings[name] = Tensor(index)
    types, names = tuple(t for _, t in operands), tuple(n for n, _ in operands)
    return op, Call(Settings(settings), types, names)


def _arguments(node: ast.expr) -> list[Given]:
    if not isinstance(node, ast.Call):
        return []
    placed = [Given(None, _value(arg), NOWHERE) for arg in node.args]
    return placed + [Given(k.arg, _value(k.value), NOWHERE) for k in node.keywords]


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float | str):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            assert isinstance(value, int | float)
            return -value
        case ast.List(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Name(id=name) if name in WORDS:
            return WORDS[name]
        case ast.Name(id=name):
            return _word(node, name, ())
        case ast.Call(func=ast.Name(id=name), args=args):
            return _word(node, name, tuple(ast.literal_eval(arg) for arg in args))
    raise ValueError(ast.dump(node))


def _word(node: ast.expr, name: str, args: tuple[float | int, ...]) -> Value:
    """An activation or layer is a recipe, every other name a word."""
    op, text = find(name), ast.unparse(node)
    if op is None or op.kind in ("function", "merge") or (args and name in INITIALIZERS):
        return Word(name, args)
    return Recipe(text, op.word if op.kind == "activation" else "", (text,), None)


def rejected(text: str, takes: str) -> Failure | None:
    """The failure of a call somewhere on its way; None where it passes."""
    try:
        op, call = read_call(text, takes)
        op.macs(call, op.infer(call))
        op.weights(call)
    except Failure as failure:
        return failure
    return None
