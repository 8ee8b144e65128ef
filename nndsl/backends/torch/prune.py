"""Cleaning a constructor: numbers that nothing reads go, loops that only append become one line."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.emit import build as b
from nndsl.emit.tree import (
    Assign,
    Attr,
    AugAssign,
    Bin,
    Call,
    Clause,
    Comp,
    Expr,
    ExprStmt,
    For,
    If,
    Name,
    Starred,
    Stmt,
    TupleE,
)
from nndsl.emit.walk import names


def prune(statements: list[Stmt]) -> list[Stmt]:
    """The statements without what nothing reads."""
    live = _live(statements)
    return _shorten(_drop(statements, live))


def tidy(statements: list[Stmt] | tuple[Stmt, ...]) -> list[Stmt]:
    """`channels = channels + growth` as `channels += growth`."""
    result: list[Stmt] = []
    for statement in statements:
        match statement:
            case For():
                body = tuple(tidy(statement.body))
                result.append(For(statement.target, statement.iter, body))
            case If():
                then, other = tuple(tidy(statement.body)), tuple(tidy(statement.orelse))
                result.append(If(statement.test, then, other))
            case Assign(targets=(goal,), value=value) if goal == value:
                continue
            case Assign(targets=(goal,), value=Bin(left=left, op=op, right=right)) if left == goal:
                result.append(AugAssign(goal, op, right))
            case _:
                result.append(statement)
    return result


def _local(statement: Stmt) -> str:
    """The local number that a statement sets; empty where it does something else."""
    if isinstance(statement, Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, Name) and not _makes_module(statement.value):
            return target.id
    return ""


def _makes_module(value: Expr | None) -> bool:
    return isinstance(value, Call) and isinstance(value.func, Attr)


def _live(statements: list[Stmt]) -> set[str]:
    """Locals that something other than dead locals reads: a fixpoint over loops."""
    live: set[str] = set()
    if not _sets_any(statements):
        return live
    while True:
        found = set(live)
        _read(statements, live, found)
        if found == live:
            return live
        live = found


def _sets_any(statements: Sequence[Stmt]) -> bool:
    """True where a statement, or one inside of it, sets a local number."""
    for statement in statements:
        if isinstance(statement, For):
            inner: Sequence[Stmt] = statement.body
        elif isinstance(statement, If):
            inner = (*statement.body, *statement.orelse)
        else:
            inner = ()
        if _local(statement) or _sets_any(inner):
            return True
    return False


def _read(statements: list[Stmt] | tuple[Stmt, ...], live: set[str], found: set[str]) -> None:
    for statement in statements:
        if isinstance(statement, For):
            inner: set[str] = set()
            _read(statement.body, live, inner)
            if _does(statement.body, live):
                found |= inner | names(statement.iter)
        elif isinstance(statement, If):
            if _does(statement.body, live) or _does(statement.orelse, live):
                found |= names(statement.test)
            _read(statement.body, live, found)
            _read(statement.orelse, live, found)
        elif isinstance(statement, Assign) and _local(statement):
            if _local(statement) in live:
                found |= names(statement.value)
        else:
            found |= names(*_reads(statement))


def _reads(statement: Stmt) -> tuple[object, ...]:
    """What a statement reads; a module made for a local is read by what uses the local."""
    if isinstance(statement, Assign):
        return (statement.value, *(t for t in statement.targets if not isinstance(t, Name)))
    return (statement,)


def _does(statements: tuple[Stmt, ...], live: set[str]) -> bool:
    """True where the statements do more than set dead locals."""
    for statement in statements:
        if isinstance(statement, For):
            if _does(statement.body, live):
                return True
        elif isinstance(statement, If):
            if _does(statement.body, live) or _does(statement.orelse, live):
                return True
        elif not _local(statement) or _local(statement) in live:
            return True
    return False


def _drop(statements: list[Stmt] | tuple[Stmt, ...], live: set[str]) -> list[Stmt]:
    kept: list[Stmt] = []
    for statement in statements:
        if isinstance(statement, For):
            body = _drop(statement.body, live)
            if body:
                target = _used(statement.target, names(*body))
                kept.append(For(target, statement.iter, tuple(body)))
        elif isinstance(statement, If):
            then, other = _drop(statement.body, live), _drop(statement.orelse, live)
            if then or other:
                kept.append(_if(statement.test, then, other))
        elif not _local(statement) or _local(statement) in live:
            kept.append(statement)
    return kept


def _if(test: Expr, then: list[Stmt], other: list[Stmt]) -> If:
    if then:
        return If(test, tuple(then), tuple(other))
    return If(b.not_(test), tuple(other), ())


def _used(target: Expr, mentioned: frozenset[str]) -> Expr:
    if isinstance(target, TupleE):
        return TupleE(tuple(_used(item, mentioned) for item in target.items))
    if isinstance(target, Name) and target.id not in mentioned:
        return Name("_")
    return target


# ---- loops that only append --------------------------------------------------------------------


def _shorten(statements: list[Stmt]) -> list[Stmt]:
    """`s = nn.Sequential()` and a loop of one append become `nn.Sequential(*(… for …))`."""
    result: list[Stmt] = []
    for statement in statements:
        if isinstance(statement, For):
            statement = For(statement.target, statement.iter, tuple(_shorten(list(statement.body))))
            joined = _joined(result[-1] if result else None, statement)
            if joined is not None:
                result[-1] = joined
                continue
        elif isinstance(statement, If):
            statement = If(
                statement.test,
                tuple(_shorten(list(statement.body))),
                tuple(_shorten(list(statement.orelse))),
            )
        result.append(statement)
    return result


LISTS = ("Sequential", "ModuleList", "ParameterList")


def _joined(before: Stmt | None, loop: For) -> Stmt | None:
    if not isinstance(before, Assign) or len(before.targets) != 1 or len(loop.body) != 1:
        return None
    made, only = before.value, loop.body[0]
    if not (isinstance(made, Call) and isinstance(made.func, Attr) and made.func.name in LISTS):
        return None
    if made.args or not isinstance(only, ExprStmt) or not isinstance(only.value, Call):
        return None
    call = only.value
    if call.func != Attr(before.targets[0], "append"):
        return None
    clause = Clause(loop.target, loop.iter)
    comp = Comp(call.args[0], (clause,), "generator")
    arg: Expr = Starred(comp) if made.func.name == "Sequential" else comp
    return Assign(before.targets, Call(made.func, (arg,)), before.annotation, before.comment)
