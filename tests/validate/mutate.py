"""Changes to code trees: one node at a time, and by hand.

A mutant is the same code with one constant, name, operator, argument or statement changed. The
validator must tell every mutant that computes something else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import NamedTuple

from nndsl.backends.base import Emitted
from nndsl.emit import tree
from nndsl.emit.tree import Const, Name, Stmt


class Mutant(NamedTuple):
    """kind: what sort of change; before and after: the node."""

    kind: str
    before: object
    after: object
    emitted: Emitted

    def __str__(self) -> str:
        return f"{self.kind}: {self.before} -> {self.after}"


SWAPS = {"+": "-", "-": "+", "*": "+", "/": "*", "//": "*", "**": "*", "%": "+", "@": "+"}
COMPARES = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
NAME = "layer name"
# What says nothing about the network: types, comments, texts for people.
SILENT = (tree.Docstring, tree.Comment, tree.Import, tree.ImportFrom, tree.Blank, tree.Raise)


def mutants(emitted: Emitted) -> Iterator[Mutant]:
    """Every mutant of a code tree, one change each."""
    for kind, before, after, code in _of_statements(emitted.code):
        yield Mutant(kind, before, after, emitted._replace(code=code))


Change = tuple[str, object, object, object]


def _of_statements(body: Sequence[Stmt]) -> Iterator[tuple[str, object, object, tuple[Stmt, ...]]]:
    body = tuple(body)
    for at, statement in enumerate(body):
        if isinstance(statement, SILENT):
            continue
        if isinstance(statement, tree.Assign | tree.ExprStmt | tree.For | tree.AugAssign):
            yield "statement left out", statement, None, (*body[:at], *body[at + 1 :])
        for kind, before, after, changed in _of_node(statement):
            yield kind, before, after, (*body[:at], changed, *body[at + 1 :])


def _of_node(node: object) -> Iterator[Change]:
    for kind, after in _here(node):
        yield kind, node, after, after
    if isinstance(node, tree.Param):
        for kind, before, after, changed in _field(node, "default"):
            yield NAME if node.name == "name" else kind, before, after, changed
        return
    if not is_dataclass(node) or isinstance(node, SILENT):
        return
    for field in fields(node):
        if field.name not in ("annotation", "comment", "returns", "op"):
            yield from _field(node, field.name)


def _field(node: object, name: str) -> Iterator[Change]:
    value = getattr(node, name)
    if name == "body" and isinstance(node, tree.FunctionDef | tree.ClassDef | tree.For | tree.If):
        changes: Iterator[Change] = _of_statements(value)
    elif isinstance(value, tuple):
        changes = _of_tuple(value)
    elif is_dataclass(value):
        changes = _of_node(value)
    else:
        return
    for kind, before, after, changed in changes:
        yield kind, before, after, replace(node, **{name: changed})


def _of_tuple(values: tuple[object, ...]) -> Iterator[Change]:
    named = len(values) == 2 and values[0] == "name"
    for at, value in enumerate(values):
        inner = _of_tuple(value) if isinstance(value, tuple) else _of_node(value)
        for kind, before, after, changed in inner:
            told = NAME if named else kind
            yield told, before, after, (*values[:at], changed, *values[at + 1 :])


def _here(node: object) -> Iterator[tuple[str, object]]:
    """The changes of one node itself."""
    if isinstance(node, Const):
        yield from _constants(node)
    elif isinstance(node, tree.Bin):
        yield "operator", replace(node, op=SWAPS[node.op])
        yield "operands swapped", replace(node, left=node.right, right=node.left)
    elif isinstance(node, tree.Compare):
        (op, right), *rest = node.rest
        if op in COMPARES:
            yield "comparison", replace(node, rest=((COMPARES[op], right), *rest))
    elif isinstance(node, tree.Cond):
        yield "sides swapped", replace(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, tree.If) and not isinstance(node.body[0], tree.Raise):
        yield "condition turned", replace(node, test=tree.Unary("not", node.test))
    elif isinstance(node, tree.Call):
        yield from _calls(node)
    elif isinstance(node, tree.TupleE | tree.ListE) and len(node.items) > 1:
        yield "items swapped", replace(node, items=(node.items[1], node.items[0], *node.items[2:]))
    elif isinstance(node, tree.Attr) and node.name in NEAR:
        yield "another function", replace(node, name=NEAR[node.name])


def _constants(node: Const) -> Iterator[tuple[str, object]]:
    value = node.value
    if isinstance(value, bool):
        yield "truth", Const(not value)
    elif isinstance(value, int):
        yield "number", Const(value + 1)
        if value > 1:
            yield "number", Const(value - 1)
    elif isinstance(value, float):
        yield "number", Const(value * 2 if value else 0.5)
    elif isinstance(value, str) and value:
        yield "text", Const("tanh" if value == "relu" else f"{value}x")


def _calls(node: tree.Call) -> Iterator[tuple[str, object]]:
    for at, (name, _) in enumerate(node.kwargs):
        kind = NAME if name == "name" else "keyword left out"
        yield kind, replace(node, kwargs=(*node.kwargs[:at], *node.kwargs[at + 1 :]))
    if len(node.args) > 1:
        swapped = (node.args[1], node.args[0], *node.args[2:])
        yield "arguments swapped", replace(node, args=swapped)
        yield "argument left out", replace(node, args=node.args[:-1])
    if len(node.args) == 1 and not node.kwargs and not isinstance(node.args[0], tree.Starred):
        yield "call left out", node.args[0]


NEAR = {
    "relu": "gelu", "ReLU": "GELU", "gelu": "relu", "GELU": "ReLU", "silu": "relu",
    "SiLU": "ReLU", "softmax": "log_softmax", "sigmoid": "tanh", "Sigmoid": "Tanh", "tanh": "relu",
    "max_pool2d": "avg_pool2d", "MaxPool2d": "AvgPool2d", "mean": "sum", "amax": "mean",
    "MaxPooling2D": "AveragePooling2D", "add": "multiply", "multiply": "add",
    "GlobalAveragePooling2D": "GlobalMaxPooling2D", "xavier_uniform_": "kaiming_uniform_",
    "LayerNorm": "RMSNorm", "append": "extend",
}  # fmt: skip


# ---- by hand -------------------------------------------------------------------------------------


def rewrite(emitted: Emitted, change: Callable[[object], object]) -> Emitted:
    """The code with every node through `change`, the innermost first; one change at least."""
    counted = [0]

    def through(node: object) -> object:
        if isinstance(node, tuple):
            return tuple(each for item in node for each in _spliced(through(item)))
        if not is_dataclass(node):
            return node
        names = [field.name for field in fields(node)]
        inner = replace(node, **{name: through(getattr(node, name)) for name in names})
        made = change(inner)
        counted[0] += made is not inner
        return made

    code = through(emitted.code)
    assert counted[0], "the change found nothing to change"
    return emitted._replace(code=code)


class Splice(list[object]):
    """Several nodes in the place of one, in a tuple."""


def _spliced(value: object) -> Sequence[object]:
    return value if isinstance(value, Splice) else (value,)


def is_name(node: object, text: str) -> bool:
    return isinstance(node, Name) and node.id == text


def called(node: object, *names: str) -> bool:
    """True for a call of one of these functions, by the last part of its name."""
    if not isinstance(node, tree.Call):
        return False
    func = node.func
    return (func.name if isinstance(func, tree.Attr) else getattr(func, "id", "")) in names


def keyword(node: tree.Call, name: str, value: object) -> tree.Call:
    """The call with a keyword argument set to a constant."""
    kwargs = {**dict(node.kwargs), name: Const(value)}
    return replace(node, kwargs=tuple(kwargs.items()))


def without(node: tree.Call, name: str) -> tree.Call:
    """The call without a keyword argument."""
    return replace(node, kwargs=tuple(pair for pair in node.kwargs if pair[0] != name))
