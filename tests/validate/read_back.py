"""Python text as a code tree: the way back from what a backend printed.

So that a bug can be seeded in the text that a person reads, without knowing the tree.
"""

import ast
from collections.abc import Callable, Sequence
from typing import cast

from nndsl.backends.base import Emitted
from nndsl.emit import tree
from nndsl.emit.printer import render
from nndsl.emit.tree import Expr, Stmt

BINARY: dict[type[ast.operator], tree.BinOp] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.MatMult: "@", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
UNARY: dict[type[ast.unaryop], tree.UnaryOp] = {
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not",
}  # fmt: skip
COMPARED: dict[type[ast.cmpop], tree.CompareOp] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def edited(emitted: Emitted, old: str, new: str, times: int = 1) -> Emitted:
    """The emitted code with a piece of its text exchanged, which must stand there `times` times.

    old and new are compared and put in without regard to how lines are broken.
    """
    text = plain_text(emitted)
    assert text.count(old) == times, f"{old!r} stands {text.count(old)} times in\n{text}"
    return emitted._replace(code=read(text.replace(old, new)))


def plain_text(emitted: Emitted) -> str:
    """What `edited` looks in: the code without comments, a statement a line."""
    return "\n".join(map(ast.unparse, ast.parse(render(emitted.code)).body))


def read(text: str) -> tuple[Stmt, ...]:
    """The code tree of a module's text; comments are left out."""
    return _body(ast.parse(text).body)


def _body(nodes: Sequence[ast.stmt]) -> tuple[Stmt, ...]:
    return tuple(_statement(node, at == 0) for at, node in enumerate(nodes))


def _statement(node: ast.stmt, first: bool) -> Stmt:
    if first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return tree.Docstring(str(node.value.value))
    return cast(Stmt, STATEMENTS[type(node)](node))


def _expr(node: ast.expr | None) -> Expr:
    assert node is not None
    return cast(Expr, EXPRESSIONS[type(node)](node))


def _maybe(node: ast.expr | None) -> Expr | None:
    return None if node is None else _expr(node)


def _all(nodes: Sequence[ast.expr]) -> tuple[Expr, ...]:
    return tuple(map(_expr, nodes))


def _chain(node: ast.Compare) -> Expr:
    ops = [COMPARED[type(op)] for op in node.ops]
    return tree.Compare(_expr(node.left), tuple(zip(ops, _all(node.comparators), strict=True)))


def _comprehension(node: ast.ListComp | ast.GeneratorExp) -> Expr:
    clauses = tuple(
        tree.Clause(_expr(each.target), _expr(each.iter), _all(each.ifs))
        for each in node.generators
    )
    kind = "list" if isinstance(node, ast.ListComp) else "generator"
    return tree.Comp(_expr(node.elt), clauses, kind)  # type: ignore[arg-type]


def _fstring(node: ast.JoinedStr) -> Expr:
    parts: list[str | Expr | tree.Interp] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        else:
            assert isinstance(value, ast.FormattedValue)
            parts.append(_expr(value.value))
    return tree.FString(tuple(parts))


def _call(node: ast.Call) -> Expr:
    kwargs = tuple((each.arg or "", _expr(each.value)) for each in node.keywords)
    return tree.Call(_expr(node.func), _all(node.args), kwargs)


def _lambda(node: ast.Lambda) -> Expr:
    return tree.Lambda(tuple(arg.arg for arg in node.args.args), _expr(node.body))


def _dict(node: ast.Dict) -> Expr:
    pairs = zip(node.keys, node.values, strict=True)
    return tree.DictE(tuple((_maybe(key), _expr(value)) for key, value in pairs))


EXPRESSIONS: dict[type[ast.expr], Callable[..., object]] = {
    ast.Name: lambda node: tree.Name(node.id),
    ast.Constant: lambda node: tree.Const(node.value),
    ast.Attribute: lambda node: tree.Attr(_expr(node.value), node.attr),
    ast.Call: _call,
    ast.Subscript: lambda node: tree.Index(_expr(node.value), _expr(node.slice)),
    ast.Slice: lambda node: tree.Slice(
        _maybe(node.lower), _maybe(node.upper), _maybe(node.step)),
    ast.Tuple: lambda node: tree.TupleE(_all(node.elts)),
    ast.List: lambda node: tree.ListE(_all(node.elts)),
    ast.Dict: _dict,
    ast.UnaryOp: lambda node: tree.Unary(UNARY[type(node.op)], _expr(node.operand)),
    ast.BinOp: lambda node: tree.Bin(
        _expr(node.left), BINARY[type(node.op)], _expr(node.right)),
    ast.Compare: _chain,
    ast.BoolOp: lambda node: tree.BoolOp(
        "and" if isinstance(node.op, ast.And) else "or", _all(node.values)),
    ast.IfExp: lambda node: tree.Cond(_expr(node.body), _expr(node.test), _expr(node.orelse)),
    ast.Starred: lambda node: tree.Starred(_expr(node.value)),
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.JoinedStr: _fstring,
}  # fmt: skip


def _params(node: ast.arguments) -> tuple[tree.Param, ...]:
    found: list[tree.Param] = []
    plain = [*node.posonlyargs, *node.args]
    lacking: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults))
    for arg, default in zip(plain, [*lacking, *node.defaults], strict=True):
        found.append(tree.Param(arg.arg, _maybe(arg.annotation), _maybe(default)))
    if node.vararg:
        found.append(tree.Param(node.vararg.arg, _maybe(node.vararg.annotation), None, "*"))
    elif node.kwonlyargs:
        found.append(tree.Param("", None, None, "*"))
    for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        found.append(tree.Param(arg.arg, _maybe(arg.annotation), _maybe(default)))
    if node.kwarg:
        found.append(tree.Param(node.kwarg.arg, _maybe(node.kwarg.annotation), None, "**"))
    return tuple(found)


def _function(node: ast.FunctionDef) -> Stmt:
    returns, decorators = _maybe(node.returns), _all(node.decorator_list)
    return tree.FunctionDef(node.name, _params(node.args), _body(node.body), returns, decorators)


def _with(node: ast.With) -> Stmt:
    items = tuple((_expr(item.context_expr), _maybe(item.optional_vars)) for item in node.items)
    return tree.With(items, _body(node.body))


def _import_from(node: ast.ImportFrom) -> Stmt:
    names = tuple((name.name, name.asname or "") for name in node.names)
    return tree.ImportFrom(node.module or "", names)


STATEMENTS: dict[type[ast.stmt], Callable[..., object]] = {
    ast.Assign: lambda node: tree.Assign(_all(node.targets), _expr(node.value)),
    ast.AnnAssign: lambda node: tree.Assign(
        (_expr(node.target),), _maybe(node.value), _expr(node.annotation)),
    ast.AugAssign: lambda node: tree.AugAssign(
        _expr(node.target), BINARY[type(node.op)], _expr(node.value)),
    ast.Expr: lambda node: tree.ExprStmt(_expr(node.value)),
    ast.Return: lambda node: tree.Return(_maybe(node.value)),
    ast.Raise: lambda node: tree.Raise(_maybe(node.exc), _maybe(node.cause)),
    ast.Assert: lambda node: tree.Assert(_expr(node.test), _maybe(node.msg)),
    ast.Pass: lambda node: tree.Pass(),
    ast.For: lambda node: tree.For(_expr(node.target), _expr(node.iter), _body(node.body)),
    ast.If: lambda node: tree.If(_expr(node.test), _body(node.body), _body(node.orelse)),
    ast.With: _with,
    ast.FunctionDef: _function,
    ast.ClassDef: lambda node: tree.ClassDef(
        node.name, _all(node.bases), _body(node.body), _all(node.decorator_list)),
    ast.Import: lambda node: tree.Import(node.names[0].name, node.names[0].asname or ""),
    ast.ImportFrom: _import_from,
}  # fmt: skip
