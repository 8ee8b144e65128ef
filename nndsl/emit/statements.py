"""Statements of the code tree as tokens: simple ones whole, of compound ones the header."""

from nndsl.emit.binding import OR, identifier
from nndsl.emit.expressions import expression, items, loop_target
from nndsl.emit.tokens import (
    CALL,
    EQUAL,
    FOR,
    HIDDEN,
    HIDDEN_IMPORT,
    HIDDEN_NOTE,
    HIDDEN_TUPLE,
    IN,
    OTHER,
    Tokens,
)
from nndsl.emit.tree import (
    Assert,
    Assign,
    AugAssign,
    Bin,
    ClassDef,
    Comp,
    Cond,
    Const,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Lambda,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Simple,
    Starred,
    TupleE,
    With,
)

_HIDES_ALONE = frozenset(("+", "-", "<<", ">>", "^", "&"))


def simple(node: Simple | Import | ImportFrom) -> Tokens:
    """The tokens of a statement without a body."""
    out = Tokens()
    match node:
        case Assign():
            _assign(out, node)
        case ExprStmt(value):
            _expression_statement(out, value)
        case Return(value):
            _keyword(out, "return", value)
        case AugAssign():
            expression(out, node.target)
            out.infix(OTHER, node.op + "=", 0)
            _value(out, node.value, bare=False)
        case Import() | ImportFrom():
            _import(out, node)
        case _:
            _rare(out, node)
    return out


def _rare(out: Tokens, node: Raise | Assert | Pass) -> None:
    match node:
        case Raise(error, cause):
            out.word("raise")
            for part, word in ((error, ""), (cause, "from")):
                if part is not None:
                    _words(out, word)
                    out.space()
                    expression(out, part)
        case Assert(test, message):
            _keyword(out, "assert", test, bare=False)
            if message is not None:
                out.comma()
                _value(out, message, bare=False)
        case Pass():
            out.word("pass")
        case _:
            raise ValueError(f"not a statement: {node}")


def header(node: For | If | With | FunctionDef | ClassDef, word: str = "if") -> Tokens:
    """The tokens up to the colon; `word` is what an If begins with."""
    out = Tokens()
    match node:
        case For(target, source):
            _for(out, target, source)
        case If(test):
            _keyword(out, word, test, bare=False)
        case With(managers):
            _with(out, managers)
        case FunctionDef():
            _function(out, node)
        case ClassDef(name, bases):
            _words(out, "class")
            out.space()
            out.word(identifier(name))
            if bases:
                out.open(CALL, "(")
                for position, base in enumerate(bases):
                    if position:
                        out.comma()
                    expression(out, base, alone=len(bases) == 1)
                out.close(CALL, ")")
        case _:
            raise ValueError(f"not a compound statement: {node}")
    out.put(OTHER, ":")
    return out


def decorator(node: Expr) -> Tokens:
    """`@node`."""
    out = Tokens()
    out.put(OTHER, "@")
    expression(out, node)
    return out


def _words(out: Tokens, word: str) -> None:
    if word:
        out.spaced = bool(out.kinds)
        out.word(word)


def _keyword(out: Tokens, word: str, value: Expr | None, *, bare: bool = True) -> None:
    out.word(word)
    if value is not None:
        out.space()
        _value(out, value, bare=bare)


def _value(out: Tokens, value: Expr, *, bare: bool = True, kind: int = HIDDEN) -> None:
    """The value of a statement, in hidden parentheses unless it has its own.

    bare: a tuple may go without parentheses.
    """
    if isinstance(value, TupleE):
        starred = any(isinstance(each, Starred) for each in value.items)
        if bare and len(value.items) > 1 and not starred:
            _hidden(out, HIDDEN_TUPLE, value)
        else:
            expression(out, value)
    elif isinstance(value, Comp) and value.kind == "generator":
        expression(out, value)
    else:
        _hidden(out, kind, value)


def _hidden(out: Tokens, kind: int, value: Expr) -> None:
    out.open(kind)
    if kind == HIDDEN_TUPLE and isinstance(value, TupleE):
        items(out, value.items)
    else:
        expression(out, value, alone=True)
    out.close(kind)


def _assign(out: Tokens, node: Assign) -> None:
    for position, target in enumerate(node.targets):
        if position:
            out.infix(EQUAL, "=", 0)
        _target(out, target, hide=position > 0)
    if node.annotation is not None:
        out.put(OTHER, ":")
        out.space()
        _value(out, node.annotation, bare=False)
    if node.value is not None:
        out.infix(EQUAL, "=", 0)
        _value(out, node.value, bare=isinstance(node.targets[-1], TupleE))


def _target(out: Tokens, target: Expr, *, hide: bool = False) -> None:
    if isinstance(target, TupleE):
        if len(target.items) == 1:
            expression(out, target)
        else:
            _loop_target(out, target)
    elif hide:
        _hidden(out, HIDDEN, target)
    else:
        expression(out, target)


def _loop_target(out: Tokens, target: Expr) -> None:
    out.open(HIDDEN)
    loop_target(out, target)
    out.close(HIDDEN)


def _expression_statement(out: Tokens, value: Expr) -> None:
    if isinstance(value, Bin) and value.op in _HIDES_ALONE:
        _hidden(out, HIDDEN, value)
    else:
        expression(out, value)


def _for(out: Tokens, target: Expr, source: Expr) -> None:
    out.put(FOR, "for")
    out.space()
    _loop_target(out, target)
    out.space()
    out.put(IN, "in")
    out.space()
    if isinstance(source, Cond | Lambda):
        expression(out, source, OR)
    else:
        _value(out, source, bare=False)


def _with(out: Tokens, managers: tuple[tuple[Expr, Expr | None], ...]) -> None:
    out.word("with")
    out.space()
    for position, (manager, target) in enumerate(managers):
        if position:
            out.comma()
        if target is not None or isinstance(manager, Name | Const):
            _value(out, manager, bare=False)
        else:
            expression(out, manager)
        if target is not None:
            _words(out, "as")
            out.space()
            expression(out, target)


def _function(out: Tokens, node: FunctionDef) -> None:
    _words(out, "def")
    out.space()
    out.word(identifier(node.name))
    out.open(CALL, "(")
    for position, each in enumerate(node.params):
        if position:
            out.comma()
        _param(out, each)
    out.close(CALL, ")")
    if node.returns is not None:
        out.infix(OTHER, "->", 0)
        _value(out, node.returns, bare=False, kind=HIDDEN_NOTE)


def _param(out: Tokens, param: Param) -> None:
    if param.star:
        out.put(OTHER, param.star)
    if param.name or not param.star:
        out.word(identifier(param.name))
    if param.annotation is not None:
        out.put(OTHER, ":")
        out.space()
        _value(out, param.annotation, bare=False, kind=HIDDEN_NOTE)
    if param.default is not None:
        if param.annotation is not None:
            out.infix(EQUAL, "=", 0)
        else:
            out.put(EQUAL, "=")
        expression(out, param.default)


def _import(out: Tokens, node: Import | ImportFrom) -> None:
    if isinstance(node, Import):
        out.word("import")
        out.space()
        out.word(module_name(node.module))
        _alias(out, node.alias)
        return
    out.word("from")
    out.space()
    out.word(module_name(node.module))
    out.space()
    out.word("import")
    out.space()
    out.open(HIDDEN_IMPORT)
    for position, (name, alias) in enumerate(node.names):
        if position:
            out.comma()
        out.word(identifier(name))
        _alias(out, alias)
    out.close(HIDDEN_IMPORT)


def _alias(out: Tokens, alias: str) -> None:
    if alias:
        _words(out, "as")
        out.space()
        out.word(identifier(alias))


def module_name(text: str) -> str:
    """`torch.nn.functional`, checked; ValueError if it is no module name."""
    return ".".join(identifier(part) for part in text.split("."))
