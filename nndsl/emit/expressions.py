"""Expressions of the code tree as tokens, with the parentheses that precedence asks for."""

import math

from nndsl.emit.binding import (
    AND,
    ANY,
    NOT,
    OPERATOR,
    OPERATOR_LEVEL,
    OR,
    SIGNED,
    TIGHT,
    identifier,
    is_power,
    is_simple_bound,
    level_of,
)
from nndsl.emit.fstring import fstring
from nndsl.emit.quote import number_text, quoted
from nndsl.emit.tokens import (
    ATOM,
    BREAK_COMPARISON,
    BREAK_COMPREHENSION,
    BREAK_CONDITION,
    BREAK_DOT,
    BREAK_LOGIC,
    BREAK_OPERATOR,
    BREAK_STRING,
    CALL,
    DOT,
    EQUAL,
    FOR,
    HIDDEN_COND,
    IN,
    INDEX,
    LAMBDA,
    LAMBDA_END,
    NUMBER,
    OTHER,
    POWER,
    SIGN,
    STRING,
    WORD,
    Tokens,
    is_closer,
)
from nndsl.emit.tree import (
    Attr,
    Bin,
    BoolOp,
    Call,
    Clause,
    Comp,
    Compare,
    Cond,
    Const,
    DictE,
    Expr,
    FString,
    Index,
    Joined,
    Lambda,
    ListE,
    Name,
    Slice,
    Starred,
    TupleE,
    Unary,
)


def expression(out: Tokens, node: Expr, level: int = ANY, *, alone: bool = False) -> None:
    """Adds an expression, in parentheses if it binds more loosely than `level`.

    alone: it is all that stands between parentheses, so that no hidden ones are needed.
    """
    if level > ANY and level_of(node) < level:
        out.open(ATOM, "(")
        _write(out, node, alone=True)
        out.close(ATOM, ")")
    else:
        _write(out, node, alone=alone)


def items(out: Tokens, nodes: tuple[Expr, ...]) -> None:
    """Adds expressions with commas between them; a single one is followed by a comma."""
    for position, node in enumerate(nodes):
        if position:
            out.comma()
        expression(out, node)
    if len(nodes) == 1:
        out.comma()


def _write(out: Tokens, node: Expr, *, alone: bool) -> None:
    match node:
        case Name():
            out.put(WORD, identifier(node.id))
        case Attr() | Call() | Index():
            _postfix(out, node)
        case Const():
            _constant(out, node.value)
        case Bin():
            _operators(out, node)
        case Unary():
            _unary(out, node)
        case Compare():
            _comparison(out, node)
        case BoolOp():
            _logic(out, node)
        case Cond():
            _conditional(out, node, alone=alone)
        case Starred(value):
            out.put(OTHER, "*")
            expression(out, value, OPERATOR)
        case _:
            _display(out, node)


def _display(out: Tokens, node: Expr) -> None:
    match node:
        case TupleE(elements):
            out.open(ATOM, "(")
            items(out, elements)
            out.close(ATOM, ")")
        case ListE(elements):
            out.open(ATOM, "[")
            _arguments(out, elements)
            out.close(ATOM, "]")
        case DictE():
            _dictionary(out, node)
        case Comp(kind=kind):
            out.open(ATOM, "[" if kind == "list" else "(")
            _comprehension(out, node)
            out.close(ATOM, "]" if kind == "list" else ")")
        case FString():
            out.put(STRING, fstring(node, expression))
        case Joined(parts):
            for position, part in enumerate(parts):
                out.spaced = out.spaced or position > 0
                _string(out, part, BREAK_STRING if position else 0)
        case Lambda():
            _lambda(out, node)
        case _:
            raise ValueError(f"a {type(node).__name__} cannot stand here: {node}")


def _string(out: Tokens, part: Expr, before: int = 0) -> None:
    match part:
        case Const(str() as text):
            out.put(STRING, quoted(text), before)
        case FString():
            out.put(STRING, fstring(part, expression), before)
        case _:
            raise ValueError(f"not a string: {part}")


# ---- atoms and what follows them -----------------------------------------------------------------


def _constant(out: Tokens, value: float | bool | str | None) -> None:
    if isinstance(value, str):
        out.put(STRING, quoted(value))
    elif value is None or isinstance(value, bool):
        out.word(str(value))
    else:
        _number(out, value)


def _number(out: Tokens, value: float) -> None:
    if math.copysign(1, value) < 0:
        out.put(SIGN, "-")
        value = -value
    if math.isfinite(value):
        out.put(NUMBER, number_text(value))
    else:
        _postfix(out, Call(Name("float"), (Const(str(value)),)))


def _postfix(out: Tokens, node: Expr) -> None:
    """`base.name(args)[key]`: a loop, as chains may be long."""
    chain = []
    base = node
    while isinstance(base, Attr | Call | Index):
        chain.append(base)
        base = base.func if isinstance(base, Call) else base.value
    if isinstance(base, Name):
        out.put(WORD, identifier(base.id))
    else:
        number = isinstance(base, Const) and isinstance(base.value, int | float)
        bare = not number or (isinstance(base, Const) and isinstance(base.value, bool))
        expression(out, base, TIGHT if bare or not isinstance(chain[-1], Attr) else TIGHT + 1)
    for link in reversed(chain):
        if isinstance(link, Attr):
            out.put(DOT, ".", BREAK_DOT if is_closer(out.kinds[-1]) else 0)
            out.put(WORD, identifier(link.name))
        elif isinstance(link, Call):
            _call(out, link.args, link.kwargs)
        else:
            _key(out, link.key)


def _call(out: Tokens, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> None:
    out.open(CALL, "(")
    only = args[0] if len(args) == 1 and not kwargs else None
    if only is None:
        _arguments(out, args, kwargs)
    elif isinstance(only, Comp) and only.kind == "generator":
        _comprehension(out, only)
    else:
        expression(out, only, alone=True)
    out.close(CALL, ")")


def _arguments(
    out: Tokens, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...] = ()
) -> None:
    for position, arg in enumerate(args):
        if position:
            out.comma()
        expression(out, arg)
    for position, (name, value) in enumerate(kwargs, len(args)):
        if position:
            out.comma()
        if name:
            out.word(identifier(name))
            out.put(EQUAL, "=")
            expression(out, value)
        else:
            out.put(OTHER, "**")
            expression(out, value, OPERATOR)


def _key(out: Tokens, key: Expr) -> None:
    out.open(INDEX, "[")
    several = isinstance(key, TupleE) and len(key.items) > 1
    if isinstance(key, TupleE) and several and not any(isinstance(i, Starred) for i in key.items):
        for position, item in enumerate(key.items):
            if position:
                out.comma()
            _subscript(out, item)
    else:
        _subscript(out, key)
    out.close(INDEX, "]")


def _subscript(out: Tokens, item: Expr) -> None:
    if not isinstance(item, Slice):
        expression(out, item)
        return
    lower, upper, step = item.lower, item.upper, item.step
    bounds = (None if isinstance(lower, FString) else lower, upper, step)  # black is done with it
    spread = not all(is_simple_bound(each) for each in bounds if each is not None)
    _bound(out, lower, spread=False)
    out.spaced = out.spaced or (spread and lower is not None)
    out.put(OTHER, ":")
    _bound(out, upper, spread=spread)
    if step is not None:
        out.spaced = spread and upper is not None
        out.put(OTHER, ":")
        _bound(out, step, spread=spread)


def _bound(out: Tokens, bound: Expr | None, *, spread: bool) -> None:
    if bound is not None:
        out.spaced = out.spaced or spread
        expression(out, bound)


# ---- operators -----------------------------------------------------------------------------------


def _operators(out: Tokens, node: Bin) -> None:
    """`a + b + c`: a loop over what leans to the left, as sums may be long."""
    if node.op == "**":
        expression(out, node.left, TIGHT)
        out.infix(POWER, "**", BREAK_OPERATOR["**"])
        expression(out, node.right, SIGNED)
        return
    spine = [node]
    while isinstance(left := spine[-1].left, Bin) and _leans(left, spine[-1]):
        spine.append(left)
    expression(out, spine[-1].left, OPERATOR_LEVEL[spine[-1].op])
    for each in reversed(spine):
        out.infix(OTHER, each.op, BREAK_OPERATOR[each.op])
        expression(out, each.right, OPERATOR_LEVEL[each.op] + 1)


def _leans(left: Bin, node: Bin) -> bool:
    return left.op != "**" and OPERATOR_LEVEL[left.op] >= OPERATOR_LEVEL[node.op]


def _unary(out: Tokens, node: Unary) -> None:
    if node.op == "not":
        out.word("not")
        out.space()
        expression(out, node.value, NOT)
    else:
        out.put(SIGN, node.op)
        expression(out, node.value, TIGHT if is_power(node.value) else SIGNED)


def _comparison(out: Tokens, node: Compare) -> None:
    expression(out, node.left, OPERATOR)
    for op, value in node.rest:
        for position, part in enumerate(op.split(" ")):
            out.space()
            kind = WORD if part.isalpha() else OTHER
            out.put(kind, part, 0 if position else BREAK_COMPARISON)
        out.space()
        expression(out, value, OPERATOR)


def _logic(out: Tokens, node: BoolOp) -> None:
    level = NOT if node.op == "and" else AND
    for position, value in enumerate(node.values):
        if position:
            out.space()
            out.word(node.op, BREAK_LOGIC)
            out.space()
        expression(out, value, level)


def _conditional(out: Tokens, node: Cond, *, alone: bool) -> None:
    if not alone:
        out.open(HIDDEN_COND)
    expression(out, node.body, OR)
    out.space()
    out.word("if", BREAK_CONDITION)
    out.space()
    expression(out, node.test, OR)
    out.space()
    out.word("else", BREAK_CONDITION)
    out.space()
    expression(out, node.orelse)
    if not alone:
        out.close(HIDDEN_COND)


# ---- the rest ------------------------------------------------------------------------------------


def _dictionary(out: Tokens, node: DictE) -> None:
    out.open(ATOM, "{")
    for position, (key, value) in enumerate(node.items):
        if position:
            out.comma()
        if key is None:
            out.put(OTHER, "**")
            expression(out, value, OPERATOR)
        else:
            expression(out, key)
            out.put(OTHER, ":")
            out.space()
            expression(out, value)
    out.close(ATOM, "}")


def _comprehension(out: Tokens, node: Comp) -> None:
    expression(out, node.element)
    for clause in node.clauses:
        _clause(out, clause)


def _clause(out: Tokens, clause: Clause) -> None:
    out.space()
    out.put(FOR, "for", BREAK_COMPREHENSION)
    out.space()
    loop_target(out, clause.target)
    out.space()
    out.put(IN, "in")
    out.space()
    expression(out, clause.iter, OR)
    for condition in clause.conditions:
        out.space()
        out.word("if", BREAK_COMPREHENSION)
        out.space()
        expression(out, condition, OR)


def loop_target(out: Tokens, target: Expr) -> None:
    """The target of a loop: a tuple without parentheses."""
    if isinstance(target, TupleE) and target.items:
        items(out, target.items)
        out.spaced = False
    else:
        expression(out, target)


def _lambda(out: Tokens, node: Lambda) -> None:
    out.put(LAMBDA, "lambda")
    for position, name in enumerate(node.params):
        if position:
            out.comma()
        out.space()
        out.word(identifier(name))
    out.put(LAMBDA_END, ":")
    out.space()
    expression(out, node.body)
