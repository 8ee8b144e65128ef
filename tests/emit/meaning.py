"""What a code tree means as Python's own syntax tree, which printed text must parse to."""

import ast
import math
from collections.abc import Iterable, Sequence

from nndsl.emit.tree import (
    Assert,
    Assign,
    Attr,
    AugAssign,
    Bin,
    Blank,
    BoolOp,
    Call,
    ClassDef,
    Comment,
    Comp,
    Compare,
    Cond,
    Const,
    DictE,
    Docstring,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Index,
    Interp,
    Joined,
    Lambda,
    ListE,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Slice,
    Starred,
    Stmt,
    TupleE,
    Unary,
    With,
)

LOAD = ast.Load()
OPERATORS = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "@": ast.MatMult,
    "**": ast.Pow,
    "<<": ast.LShift,
    ">>": ast.RShift,
    "&": ast.BitAnd,
    "^": ast.BitXor,
    "|": ast.BitOr,
    "not": ast.Not,
    "~": ast.Invert,
    "and": ast.And,
    "or": ast.Or,
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "is": ast.Is,
    "is not": ast.IsNot,
    "in": ast.In,
    "not in": ast.NotIn,
}
SIGNS = {**OPERATORS, "+": ast.UAdd, "-": ast.USub}


def dump(module: Sequence[Stmt]) -> str:
    """The canonical dump of what the statements mean."""
    return ast.dump(_canonical(ast.Module(block(module, pad=False), [])))


def dump_text(text: str) -> str:
    """The canonical dump of what the text says."""
    return ast.dump(_canonical(ast.parse(text)))


class _Canonical(ast.NodeTransformer):
    """Every context is Load, docstrings are bare words: the printer lays them out anew."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if hasattr(node, "ctx"):
            node.ctx = LOAD
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = "".join(node.value.value.split())
        return node


def _canonical(module: ast.Module) -> ast.AST:
    return _Canonical().visit(module)


def block(body: Iterable[Stmt], *, pad: bool = True) -> list[ast.stmt]:
    found = [statement(each) for each in body if not _is_silent(each)]
    return found or ([ast.Pass()] if pad else [])


def _is_silent(node: Stmt) -> bool:
    return isinstance(node, Comment | Blank) or (
        isinstance(node, Docstring) and not node.text.strip()
    )


def statement(node: Stmt) -> ast.stmt:
    match node:
        case Assign(targets, value, None):
            assert value is not None
            return ast.Assign([expr(each) for each in targets], expr(value), lineno=0)
        case Assign((goal,), value, annotation):
            simple = int(isinstance(goal, Name))
            return ast.AnnAssign(expr(goal), maybe(annotation), maybe(value), simple)
        case AugAssign(goal, op, value):
            return ast.AugAssign(expr(goal), OPERATORS[op](), expr(value))
        case ExprStmt(value):
            return ast.Expr(expr(value))
        case Docstring(text):
            return ast.Expr(ast.Constant(text))
        case Return(value):
            return ast.Return(maybe(value))
        case Raise(error, cause):
            return ast.Raise(maybe(error), maybe(cause))
        case Assert(test, message):
            return ast.Assert(expr(test), maybe(message))
        case Pass():
            return ast.Pass()
        case Import(module, alias):
            return ast.Import([ast.alias(module, alias or None)])
        case ImportFrom(module, names):
            return ast.ImportFrom(
                module, [ast.alias(name, alias or None) for name, alias in names], 0
            )
    return compound(node)


def compound(node: Stmt) -> ast.stmt:
    match node:
        case For(goal, source, body):
            return ast.For(expr(goal), expr(source), block(body), [], lineno=0)
        case If(test, body, orelse):
            return ast.If(expr(test), block(body), block(orelse, pad=bool(orelse)))
        case With(managers, body):
            found = [ast.withitem(expr(manager), maybe(goal)) for manager, goal in managers]
            return ast.With(found, block(body), lineno=0)
        case FunctionDef(name, params, body, returns, decorators):
            made = ast.FunctionDef(name, arguments(params), block(body), lineno=0)
            made.decorator_list = [expr(each) for each in decorators]
            made.returns = maybe(returns)
            made.type_params = []
            return _strip(made)
        case ClassDef(name, bases, body, decorators):
            made = ast.ClassDef(name, [expr(each) for each in bases], [], block(body))
            made.decorator_list = [expr(each) for each in decorators]
            made.type_params = []
            return _strip(made)
    raise AssertionError(node)


def _strip(node: ast.stmt) -> ast.stmt:
    """Python 3.11 has no type parameters."""
    if "type_params" not in node._fields:
        del node.type_params
    return node


def arguments(params: Sequence[Param]) -> ast.arguments:
    found = ast.arguments([], [], None, [], [], None, [])
    for param in params:
        arg = ast.arg(param.name, maybe(param.annotation))
        if param.star == "**":
            found.kwarg = arg
        elif param.star and param.name:
            found.vararg = arg
        elif any(each.star == "*" for each in params[: params.index(param)]):
            found.kwonlyargs.append(arg)
            found.kw_defaults.append(maybe(param.default))
        elif not param.star:
            found.args.append(arg)
            found.defaults += [expr(param.default)] if param.default is not None else []
    return found


def maybe(node: Expr | None) -> ast.expr | None:
    return None if node is None else expr(node)


def exprs(nodes: Iterable[Expr]) -> list[ast.expr]:
    return [expr(each) for each in nodes]


def expr(node: Expr) -> ast.expr:
    match node:
        case Name(text):
            return ast.Name(text, LOAD)
        case Const(value):
            return constant(value)
        case Attr(value, name):
            return ast.Attribute(expr(value), name, LOAD)
        case Call(func, args, kwargs):
            named = [ast.keyword(name or None, expr(value)) for name, value in kwargs]
            return ast.Call(expr(func), exprs(args), named)
        case Index(value, key):
            return ast.Subscript(expr(value), expr(key), LOAD)
        case Slice(lower, upper, step):
            return ast.Slice(maybe(lower), maybe(upper), maybe(step))
        case TupleE(items):
            return ast.Tuple(exprs(items), LOAD)
        case ListE(items):
            return ast.List(exprs(items), LOAD)
        case DictE(pairs):
            return ast.Dict([maybe(key) for key, _ in pairs], [expr(value) for _, value in pairs])
        case Starred(value):
            return ast.Starred(expr(value), LOAD)
        case FString() | Joined():
            return string(node)
    return operation(node)


def operation(node: Expr) -> ast.expr:
    match node:
        case Unary(op, value):
            return ast.UnaryOp(SIGNS[op](), expr(value))
        case Bin(left, op, right):
            return ast.BinOp(expr(left), OPERATORS[op](), expr(right))
        case Compare(left, rest):
            ops = [OPERATORS[op]() for op, _ in rest]
            return ast.Compare(expr(left), ops, [expr(value) for _, value in rest])
        case BoolOp(op, values):
            return ast.BoolOp(OPERATORS[op](), exprs(values))
        case Cond(body, test, orelse):
            return ast.IfExp(expr(test), expr(body), expr(orelse))
        case Lambda(params, body):
            return ast.Lambda(arguments([Param(name) for name in params]), expr(body))
        case Comp(element, clauses, kind):
            made = [
                ast.comprehension(expr(each.target), expr(each.iter), exprs(each.conditions), 0)
                for each in clauses
            ]
            return (ast.ListComp if kind == "list" else ast.GeneratorExp)(expr(element), made)
    raise AssertionError(node)


def constant(value: float | str | None) -> ast.expr:
    if isinstance(value, str | bool) or value is None:
        return ast.Constant(value)
    if math.copysign(1, value) < 0:
        return ast.UnaryOp(ast.USub(), constant(-value))
    if math.isfinite(value):
        return ast.Constant(value)
    return ast.Call(ast.Name("float", LOAD), [ast.Constant(str(value))], [])


def string(node: FString | Joined) -> ast.expr:
    """The parts with neighbouring texts joined, as Python's parser has them."""
    parts = node.parts if isinstance(node, Joined) else (node,)
    values: list[ast.expr] = []
    for part in parts:
        for piece in [part.value] if isinstance(part, Const) else part.parts:
            made = ast.Constant(piece) if isinstance(piece, str) else formatted(piece)
            last = values[-1] if values else None
            if isinstance(made, ast.Constant) and isinstance(last, ast.Constant):
                values[-1] = ast.Constant(last.value + made.value)
            elif not (isinstance(made, ast.Constant) and made.value == ""):
                values.append(made)
    if any(isinstance(part, FString) for part in parts):
        return ast.JoinedStr(values)
    return values[0] if values else ast.Constant("")


def formatted(part: Expr | Interp) -> ast.expr:
    if not isinstance(part, Interp):
        part = Interp(part)
    spec = ast.JoinedStr([ast.Constant(part.spec)]) if part.spec else None
    return ast.FormattedValue(
        expr(part.value), ord(part.conversion) if part.conversion else -1, spec
    )
