"""A function of numbers in the user's text, `let scaled(c) = round_to(c * width, 8)`, stays one in
the constructor where it is called often enough. Formulas come with such calls written out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from nndsl.emit import build as b
from nndsl.emit.names import Namer
from nndsl.emit.tree import Bin, Call, Const, Expr, Index, Name, Stmt
from nndsl.emit.walk import names, nodes
from nndsl.syntax import ast

_T = TypeVar("_T")
OFTEN = 3
HOLE = Name("?")
ARGUMENTS = (Name, Const, Index, Bin)


def with_functions(
    statements: list[Stmt], definition: ast.Def, arguments: frozenset[str], namer: Namer
) -> list[Stmt]:
    """The statements with the definition's own functions of one number, in front and called.

    arguments: the constructor's; besides its number a function may read them alone.
    """
    made: list[Stmt] = []
    for line in definition.body:
        if isinstance(line, ast.Let) and line.params is not None and len(line.params) == 1:
            form = _form(statements, _outermost(line.value), arguments - {*line.params})
            if form is None:
                continue
            name, param = namer.fresh(str(line.targets[0].name)), line.params[0]
            calls = {written: Call(Name(name), (given,)) for written, given in form[1].items()}
            statements = [_replaced(statement, calls) for statement in statements]
            body = _replaced(form[0], {HOLE: Name(param)})
            made.append(b.func(name, [b.param(param, "int")], [b.ret(body)], "int"))
    return [*made, *statements]


def _outermost(value: ast.Pipeline) -> str:
    """The function that an expression calls last."""
    stage = value.stages[0] if len(value.stages) == 1 else None
    call = stage.expr if isinstance(stage, ast.ExprStage) else None
    called = call.func if isinstance(call, ast.Call) else None
    return called.id if isinstance(called, ast.Name) else ""


def _form(
    statements: list[Stmt], word: str, arguments: frozenset[str]
) -> tuple[Expr, Mapping[Expr, Expr]] | None:
    """What calls of a function have in common, with a hole; and what each has in its place."""
    found: dict[Expr, dict[Expr, Expr]] = defaultdict(dict)
    times: dict[Expr, int] = defaultdict(int)
    for node in nodes(statements):
        if isinstance(node, Call) and _word(node) == word:
            for form, given in _forms(node):
                if names(form) & arguments and names(form) <= arguments | {HOLE.id, word, "math"}:
                    found[form][node] = given
                    times[form] += 1
    often = [form for form, calls in found.items() if times[form] >= OFTEN and len(calls) > 1]
    if not often:
        return None
    best = max(often, key=lambda form: (times[form], sum(1 for _ in nodes(form))))
    return best, found[best]


def _word(call: Call) -> str:
    return call.func.id if isinstance(call.func, Name) else getattr(call.func, "name", "")


def _forms(call: Call) -> Iterator[tuple[Expr, Expr]]:
    """The call with a hole in the place of each part of its first argument, and the part."""
    for part, given in _holes(call.args[0]) if call.args else ():
        yield replace(call, args=(part, *call.args[1:])), given


def _holes(node: Expr) -> Iterator[tuple[Expr, Expr]]:
    if isinstance(node, ARGUMENTS):
        yield HOLE, node
    if isinstance(node, Bin):
        yield from ((replace(node, left=part), given) for part, given in _holes(node.left))
        yield from ((replace(node, right=part), given) for part, given in _holes(node.right))


def _replaced(node: _T, table: Mapping[Expr, Expr]) -> _T:
    """A node with other expressions in the place of some."""
    if isinstance(node, Call | Name) and node in table:
        return table[node]  # type: ignore[return-value]
    if isinstance(node, tuple):
        return tuple(_replaced(part, table) for part in node)  # type: ignore[return-value]
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: _replaced(getattr(node, f.name), table) for f in fields(node)}
        return replace(node, **changed)
    return node
