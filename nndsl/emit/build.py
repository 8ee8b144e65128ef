"""Short constructors of the code tree, so that a backend reads like the code that it emits.

Where only a name makes sense (function, target, iterable, annotation, base, what is indexed) a str
is a dotted name; everywhere else it is a string constant, and numbers are constants.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from nndsl.emit.tree import (
    Assert,
    Assign,
    Attr,
    AugAssign,
    Bin,
    BinOp,
    BoolOp,
    Call,
    ClassDef,
    Clause,
    Comp,
    Compare,
    CompareOp,
    Cond,
    Const,
    DictE,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    ImportFrom,
    Index,
    Interp,
    Joined,
    Lambda,
    ListE,
    Name,
    Param,
    Raise,
    Return,
    Slice,
    Starred,
    Stmt,
    TupleE,
    Unary,
)

Value: TypeAlias = Expr | str | int | float | bool | None
Ref: TypeAlias = Expr | str
TEXT_WIDTH = 72  # columns of one piece of a long string


# ---- expressions ---------------------------------------------------------------------------------


def const(value: str | int | float | bool | None) -> Const:
    """A constant."""
    return Const(value)


def value(item: Value) -> Expr:
    """An expression as it is; a Python number, string, boolean or None as a constant."""
    return Const(item) if item is None or isinstance(item, str | int | float) else item


def name(text: str) -> Name:
    """A plain name."""
    return Name(text)


@lru_cache(maxsize=4096)
def dotted(text: str) -> Expr:
    """`nn.Conv2d` as attribute access."""
    first, *rest = text.split(".")
    return attr(Name(first), *rest)


def ref(item: Ref) -> Expr:
    """An expression as it is; a str as a dotted name."""
    return dotted(item) if isinstance(item, str) else item


def attr(owner: Ref, *names: str) -> Expr:
    """`owner.a.b`."""
    result = ref(owner)
    for each in names:
        result = Attr(result, each)
    return result


def call(func: Ref, /, *args: Value, **kwargs: Value) -> Call:
    """`func(*args, **kwargs)`, the keyword arguments in the order given."""
    return Call(
        dotted(func) if isinstance(func, str) else func,
        tuple([value(each) for each in args]),
        tuple([(key, value(each)) for key, each in kwargs.items()]) if kwargs else (),
    )


def index(owner: Ref, *items: Value) -> Index:
    """`owner[item, item]`."""
    if len(items) == 1:
        return Index(ref(owner), value(items[0]))
    return Index(ref(owner), tup(*items))


def slice_(lower: Value = None, upper: Value = None, step: Value = None) -> Slice:
    """`lower:upper:step`; None leaves a bound out."""
    return Slice(*(None if each is None else value(each) for each in (lower, upper, step)))


def tup(*items: Value) -> TupleE:
    """`(a, b)`."""
    return TupleE(tuple(value(each) for each in items))


def lst(*items: Value) -> ListE:
    """`[a, b]`."""
    return ListE(tuple(value(each) for each in items))


def dic(items: Mapping[str, Value] | Iterable[tuple[Value, Value]]) -> DictE:
    """`{key: value}`."""
    pairs = items.items() if isinstance(items, Mapping) else items
    return DictE(tuple((value(key), value(each)) for key, each in pairs))


def binop(left: Value, op: BinOp, right: Value) -> Bin:
    """`left op right`."""
    return Bin(value(left), op, value(right))


def chain(op: BinOp, *items: Value) -> Expr:
    """`a op b op c`, from the left; one item is itself."""
    first, *rest = items
    result = value(first)
    for each in rest:
        result = Bin(result, op, value(each))
    return result


def compare(left: Value, op: CompareOp, right: Value) -> Compare:
    """`left op right`."""
    return Compare(value(left), ((op, value(right)),))


def all_of(*items: Value) -> Expr:
    """`a and b and c`; one item is itself."""
    return BoolOp("and", tuple(value(each) for each in items)) if items[1:] else value(items[0])


def any_of(*items: Value) -> Expr:
    """`a or b or c`; one item is itself."""
    return BoolOp("or", tuple(value(each) for each in items)) if items[1:] else value(items[0])


def neg(item: Value) -> Unary:
    """`-item`."""
    return Unary("-", value(item))


_OPPOSITE: dict[CompareOp, CompareOp] = {
    "==": "!=", "!=": "==", "in": "not in", "not in": "in",
}  # fmt: skip


def not_(item: Value) -> Expr:
    """`not item`; of an equality, the opposite."""
    code = value(item)
    if isinstance(code, Compare) and len(code.rest) == 1 and code.rest[0][0] in _OPPOSITE:
        return Compare(code.left, ((_OPPOSITE[code.rest[0][0]], code.rest[0][1]),))
    return Unary("not", code)


def cond(body: Value, test: Value, orelse: Value) -> Cond:
    """`body if test else orelse`."""
    return Cond(value(body), value(test), value(orelse))


def star(item: Ref) -> Starred:
    """`*item`."""
    return Starred(ref(item))


def lam(params: Iterable[str], body: Value) -> Lambda:
    """`lambda a, b: body`."""
    return Lambda(tuple(params), value(body))


def target(*names: Ref) -> Expr:
    """One target as it is, several as a tuple: `i, depth`."""
    return ref(names[0]) if len(names) == 1 else TupleE(tuple(ref(each) for each in names))


def comp(element: Value, goal: Ref, source: Ref, *conditions: Value) -> Comp:
    """`[element for goal in source if condition]`."""
    return Comp(value(element), (_clause(goal, source, conditions),))


def gen(element: Value, goal: Ref, source: Ref, *conditions: Value) -> Comp:
    """`(element for goal in source if condition)`; bare as the only argument of a call."""
    return Comp(value(element), (_clause(goal, source, conditions),), "generator")


def _clause(goal: Ref, source: Ref, conditions: tuple[Value, ...]) -> Clause:
    return Clause(ref(goal), ref(source), tuple(value(each) for each in conditions))


def fstr(*parts: "str | Expr | Interp") -> FString:
    """`f"text{expression}"`: a str is text."""
    return FString(parts)


def text(content: str, width: int = TEXT_WIDTH) -> Expr:
    """A string constant; a long one as pieces of at most `width` columns, broken at spaces."""
    pieces: list[str] = []
    for word in content.replace(" ", " \0").split("\0"):
        if pieces and len(pieces[-1]) + len(word) <= width:
            pieces[-1] += word
        else:
            pieces.append(word)
    return Joined(tuple(map(Const, pieces))) if pieces[1:] else Const(content)


# ---- statements ----------------------------------------------------------------------------------


def assign(goal: Ref, item: Value, *, annotation: Ref | None = None, comment: str = "") -> Assign:
    """`goal: annotation = item  # comment`."""
    note = None if annotation is None else ref(annotation)
    return Assign((ref(goal),), value(item), note, comment)


def aug(goal: Ref, op: BinOp, item: Value, comment: str = "") -> AugAssign:
    """`goal op= item`."""
    return AugAssign(ref(goal), op, value(item), comment)


def do(item: Expr, comment: str = "") -> ExprStmt:
    """An expression, usually a call, on its own line."""
    return ExprStmt(item, comment)


def ret(item: Value, comment: str = "") -> Return:
    """`return item`; a bare return is `Return()`."""
    return Return(value(item), comment)


def raise_(error: Ref, *args: Value) -> Raise:
    """`raise error(args)`."""
    return Raise(call(error, *args))


def assert_(test: Value, message: Value = None) -> Assert:
    """`assert test, message`."""
    return Assert(value(test), None if message is None else value(message))


def for_(goal: Ref, source: Ref, *body: Stmt) -> For:
    """`for goal in source:`."""
    return For(ref(goal), ref(source), body)


def if_(test: Value, body: Iterable[Stmt], orelse: Iterable[Stmt] = ()) -> If:
    """`if test:` and `else:`."""
    return If(value(test), tuple(body), tuple(orelse))


def param(name: str, annotation: Ref | None = None, *default: Value) -> Param:
    """`name: annotation = default`; no third argument, no default."""
    note = None if annotation is None else ref(annotation)
    return Param(name, note, value(default[0]) if default else None)


def func(
    name: str,
    params: Iterable[Param | str],
    body: Iterable[Stmt],
    returns: Ref | None = None,
    decorators: Iterable[Ref] = (),
) -> FunctionDef:
    """`def name(params) -> returns:`; a str is a bare parameter."""
    return FunctionDef(
        name,
        tuple(Param(each) if isinstance(each, str) else each for each in params),
        tuple(body),
        None if returns is None else ref(returns),
        tuple(map(ref, decorators)),
    )


def cls(name: str, bases: Iterable[Ref], body: Iterable[Stmt]) -> ClassDef:
    """`class name(bases):`."""
    return ClassDef(name, tuple(map(ref, bases)), tuple(body))


def import_from(module: str, *names: str) -> ImportFrom:
    """`from module import name, name`."""
    return ImportFrom(module, tuple((each, "") for each in names))
