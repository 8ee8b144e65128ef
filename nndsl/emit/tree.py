"""The code tree: the Python that a backend emits, as immutable records; printer.py makes it text.

There is no node for raw text: identifiers are checked and strings quoted when they are printed, so
nothing of a model file can break out of the emitted code. build.py has short constructors.
Two nodes are equal if their types and contents are: `Bin` and `Assign` with equal fields are not,
nor are `Const(1)`, `Const(1.0)` and `Const(True)`.
"""

from typing import Literal, NamedTuple, TypeAlias, TypeVar

_Node = TypeVar("_Node")


def _same(self: tuple[object, ...], other: object) -> bool:
    return (
        isinstance(other, tuple)
        and type(self) is type(other)
        and all(type(a) is type(b) and a == b for a, b in zip(self, other, strict=True))
    )


def _differs(self: tuple[object, ...], other: object) -> bool:
    return not _same(self, other)


def _node(cls: type[_Node]) -> type[_Node]:
    """Named tuples of different types with equal contents are equal; nodes must not be."""
    setattr(cls, "__hash__", tuple.__hash__)  # noqa: B010 - a special method, set by name for mypy
    setattr(cls, "__eq__", _same)  # noqa: B010
    setattr(cls, "__ne__", _differs)  # noqa: B010
    return cls


# ---- expressions ---------------------------------------------------------------------------------


@_node
class Name(NamedTuple):
    """An identifier: `x`."""

    id: str


@_node
class Const(NamedTuple):
    """A number, string, boolean or None; infinity and NaN print as `float("inf")`."""

    value: int | float | bool | str | None


@_node
class Attr(NamedTuple):
    """`value.name`."""

    value: "Expr"
    name: str


@_node
class Call(NamedTuple):
    """`func(*args, **kwargs)`; a keyword argument named "" prints as `**value`."""

    func: "Expr"
    args: tuple["Expr", ...] = ()
    kwargs: tuple[tuple[str, "Expr"], ...] = ()


@_node
class Index(NamedTuple):
    """`value[key]`; a tuple as key prints without parentheses, slices may stand in it."""

    value: "Expr"
    key: "Expr"


@_node
class Slice(NamedTuple):
    """`lower:upper:step`, in an index only."""

    lower: "Expr | None" = None
    upper: "Expr | None" = None
    step: "Expr | None" = None


@_node
class TupleE(NamedTuple):
    """`(a, b)`; the parentheses go where a statement or an index needs none."""

    items: tuple["Expr", ...] = ()


@_node
class ListE(NamedTuple):
    """`[a, b]`."""

    items: tuple["Expr", ...] = ()


@_node
class DictE(NamedTuple):
    """`{key: value}`; the key None prints as `**value`."""

    items: tuple[tuple["Expr | None", "Expr"], ...] = ()


UnaryOp: TypeAlias = Literal["-", "+", "~", "not"]
BinOp: TypeAlias = Literal["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "^", "|"]
CompareOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"]


@_node
class Unary(NamedTuple):
    """`-x`, `not x`."""

    op: UnaryOp
    value: "Expr"


@_node
class Bin(NamedTuple):
    """`left op right`."""

    left: "Expr"
    op: BinOp
    right: "Expr"


@_node
class Compare(NamedTuple):
    """`left op value op value`: a chain, as in `0 <= i < n`."""

    left: "Expr"
    rest: tuple[tuple[CompareOp, "Expr"], ...]


@_node
class BoolOp(NamedTuple):
    """`a and b and c`."""

    op: Literal["and", "or"]
    values: tuple["Expr", ...]


@_node
class Cond(NamedTuple):
    """`body if test else orelse`."""

    body: "Expr"
    test: "Expr"
    orelse: "Expr"


@_node
class Starred(NamedTuple):
    """`*value`, among arguments, items or targets."""

    value: "Expr"


@_node
class Lambda(NamedTuple):
    """`lambda a, b: body`."""

    params: tuple[str, ...]
    body: "Expr"


@_node
class Clause(NamedTuple):
    """`for target in iter if condition if condition`, in a comprehension."""

    target: "Expr"
    iter: "Expr"
    conditions: tuple["Expr", ...] = ()


@_node
class Comp(NamedTuple):
    """`[element for …]`, or with kind "generator" `(element for …)`."""

    element: "Expr"
    clauses: tuple[Clause, ...]
    kind: Literal["list", "generator"] = "list"


@_node
class Interp(NamedTuple):
    """`{value!r:spec}`, in an f-string."""

    value: "Expr"
    spec: str = ""
    conversion: Literal["", "r", "s", "a"] = ""


@_node
class FString(NamedTuple):
    """`f"text{value}"`: text, expressions, and expressions with a format."""

    parts: tuple["str | Expr | Interp", ...]


@_node
class Joined(NamedTuple):
    """Strings side by side, which Python joins: for a text too long for a line."""

    parts: tuple["Const | FString", ...]


Expr: TypeAlias = (
    Name
    | Const
    | Attr
    | Call
    | Index
    | Slice
    | TupleE
    | ListE
    | DictE
    | Unary
    | Bin
    | Compare
    | BoolOp
    | Cond
    | Starred
    | Lambda
    | Comp
    | FString
    | Joined
)

# ---- statements: `comment` stands at the end of the line, or above where it does not fit ---------


@_node
class Assign(NamedTuple):
    """`target = target = value  # comment`; with one target, `target: annotation = value`."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None = None
    comment: str = ""


@_node
class AugAssign(NamedTuple):
    """`target op= value`."""

    target: Expr
    op: BinOp
    value: Expr
    comment: str = ""


@_node
class ExprStmt(NamedTuple):
    """An expression on its own line."""

    value: Expr
    comment: str = ""


@_node
class Return(NamedTuple):
    """`return value`."""

    value: Expr | None = None
    comment: str = ""


@_node
class Raise(NamedTuple):
    """`raise error from cause`."""

    error: Expr | None = None
    cause: Expr | None = None
    comment: str = ""


@_node
class Assert(NamedTuple):
    """`assert test, message`."""

    test: Expr
    message: Expr | None = None
    comment: str = ""


@_node
class Pass(NamedTuple):
    """`pass`; an empty body prints it by itself."""

    comment: str = ""


@_node
class Import(NamedTuple):
    """`import module as alias`."""

    module: str
    alias: str = ""


@_node
class ImportFrom(NamedTuple):
    """`from module import name as alias, …`, in the order given."""

    module: str
    names: tuple[tuple[str, str], ...]


@_node
class Comment(NamedTuple):
    """One or more lines of `# text`, wrapped at the width; hostile text is escaped."""

    text: str


@_node
class Docstring(NamedTuple):
    """The docstring of a module, class or function, first in its body; wrapped at the width."""

    text: str


@_node
class Blank(NamedTuple):
    """One blank line, where the style allows one; ignored at the start and end of a body."""


@_node
class For(NamedTuple):
    """`for target in iter:`."""

    target: Expr
    iter: Expr
    body: tuple["Stmt", ...]


@_node
class If(NamedTuple):
    """`if test:`; an orelse of a single If prints as `elif`."""

    test: Expr
    body: tuple["Stmt", ...]
    orelse: tuple["Stmt", ...] = ()


@_node
class With(NamedTuple):
    """`with value as target, …:`."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple["Stmt", ...]


@_node
class Param(NamedTuple):
    """A parameter; star "*" or "**" collects, "*" without a name begins keyword-only ones."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    star: Literal["", "*", "**"] = ""


@_node
class FunctionDef(NamedTuple):
    """`def name(params) -> returns:` with its decorators."""

    name: str
    params: tuple[Param, ...]
    body: tuple["Stmt", ...]
    returns: Expr | None = None
    decorators: tuple[Expr, ...] = ()


@_node
class ClassDef(NamedTuple):
    """`class name(bases):` with its decorators."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple["Stmt", ...]
    decorators: tuple[Expr, ...] = ()


Simple: TypeAlias = Assign | AugAssign | ExprStmt | Return | Raise | Assert | Pass
Compound: TypeAlias = For | If | With | FunctionDef | ClassDef
Stmt: TypeAlias = Simple | Compound | Import | ImportFrom | Comment | Docstring | Blank
Node: TypeAlias = Expr | Stmt | Interp | Clause | Param
