"""The code tree: the Python that a backend emits, as immutable records; printer.py makes it text.

There is no node for raw text: identifiers are checked and strings quoted when they are printed, so
nothing of a model file can break out of the emitted code. build.py has short constructors.
Two nodes are equal if their types and contents are: `Const(1)`, `Const(1.0)` and `Const(True)` are
three. So they are no named tuples, which are also slow to check when they hold one another.
"""

from typing import Literal, TypeAlias

from nndsl._frozen import record

# ---- expressions ---------------------------------------------------------------------------------


@record
class Name:
    """An identifier: `x`."""

    id: str


@record
class Const:
    """A number, string, boolean or None; infinity and NaN print as `float("inf")`."""

    value: int | float | bool | str | None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Const)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash(self.value)


@record
class Attr:
    """`value.name`."""

    value: "Expr"
    name: str


@record
class Call:
    """`func(*args, **kwargs)`; a keyword argument named "" prints as `**value`."""

    func: "Expr"
    args: tuple["Expr", ...] = ()
    kwargs: tuple[tuple[str, "Expr"], ...] = ()


@record
class Index:
    """`value[key]`; a tuple as key prints without parentheses, slices may stand in it."""

    value: "Expr"
    key: "Expr"


@record
class Slice:
    """`lower:upper:step`, in an index only."""

    lower: "Expr | None" = None
    upper: "Expr | None" = None
    step: "Expr | None" = None


@record
class TupleE:
    """`(a, b)`; the parentheses go where a statement or an index needs none."""

    items: tuple["Expr", ...] = ()


@record
class ListE:
    """`[a, b]`."""

    items: tuple["Expr", ...] = ()


@record
class DictE:
    """`{key: value}`; the key None prints as `**value`."""

    items: tuple[tuple["Expr | None", "Expr"], ...] = ()


UnaryOp: TypeAlias = Literal["-", "+", "~", "not"]
BinOp: TypeAlias = Literal["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "^", "|"]
CompareOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"]


@record
class Unary:
    """`-x`, `not x`."""

    op: UnaryOp
    value: "Expr"


@record
class Bin:
    """`left op right`."""

    left: "Expr"
    op: BinOp
    right: "Expr"


@record
class Compare:
    """`left op value op value`: a chain, as in `0 <= i < n`."""

    left: "Expr"
    rest: tuple[tuple[CompareOp, "Expr"], ...]


@record
class BoolOp:
    """`a and b and c`."""

    op: Literal["and", "or"]
    values: tuple["Expr", ...]


@record
class Cond:
    """`body if test else orelse`."""

    body: "Expr"
    test: "Expr"
    orelse: "Expr"


@record
class Starred:
    """`*value`, among arguments, items or targets."""

    value: "Expr"


@record
class Lambda:
    """`lambda a, b: body`."""

    params: tuple[str, ...]
    body: "Expr"


@record
class Clause:
    """`for target in iter if condition if condition`, in a comprehension."""

    target: "Expr"
    iter: "Expr"
    conditions: tuple["Expr", ...] = ()


@record
class Comp:
    """`[element for …]`, or with kind "generator" `(element for …)`."""

    element: "Expr"
    clauses: tuple[Clause, ...]
    kind: Literal["list", "generator"] = "list"


@record
class Interp:
    """`{value!r:spec}`, in an f-string."""

    value: "Expr"
    spec: str = ""
    conversion: Literal["", "r", "s", "a"] = ""


@record
class FString:
    """`f"text{value}"`: text, expressions, and expressions with a format."""

    parts: tuple["str | Expr | Interp", ...]


@record
class Joined:
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


@record
class Assign:
    """`target = target = value  # comment`; with one target, `target: annotation = value`."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None = None
    comment: str = ""


@record
class AugAssign:
    """`target op= value`."""

    target: Expr
    op: BinOp
    value: Expr
    comment: str = ""


@record
class ExprStmt:
    """An expression on its own line."""

    value: Expr
    comment: str = ""


@record
class Return:
    """`return value`."""

    value: Expr | None = None
    comment: str = ""


@record
class Raise:
    """`raise error from cause`."""

    error: Expr | None = None
    cause: Expr | None = None
    comment: str = ""


@record
class Assert:
    """`assert test, message`."""

    test: Expr
    message: Expr | None = None
    comment: str = ""


@record
class Pass:
    """`pass`; an empty body prints it by itself."""

    comment: str = ""


@record
class Import:
    """`import module as alias`."""

    module: str
    alias: str = ""


@record
class ImportFrom:
    """`from module import name as alias, …`, in the order given."""

    module: str
    names: tuple[tuple[str, str], ...]


@record
class Comment:
    """One or more lines of `# text`, wrapped at the width; hostile text is escaped."""

    text: str


@record
class Docstring:
    """The docstring of a module, class or function, first in its body; wrapped at the width."""

    text: str


@record
class Blank:
    """One blank line, where the style allows one; ignored at the start and end of a body."""


@record
class For:
    """`for target in iter:`."""

    target: Expr
    iter: Expr
    body: tuple["Stmt", ...]


@record
class If:
    """`if test:`; an orelse of a single If prints as `elif`."""

    test: Expr
    body: tuple["Stmt", ...]
    orelse: tuple["Stmt", ...] = ()


@record
class With:
    """`with value as target, …:`."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple["Stmt", ...]


@record
class Param:
    """A parameter; star "*" or "**" collects, "*" without a name begins keyword-only ones."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    star: Literal["", "*", "**"] = ""


@record
class FunctionDef:
    """`def name(params) -> returns:` with its decorators."""

    name: str
    params: tuple[Param, ...]
    body: tuple["Stmt", ...]
    returns: Expr | None = None
    decorators: tuple[Expr, ...] = ()


@record
class ClassDef:
    """`class name(bases):` with its decorators."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple["Stmt", ...]
    decorators: tuple[Expr, ...] = ()


Simple: TypeAlias = Assign | AugAssign | ExprStmt | Return | Raise | Assert | Pass
Compound: TypeAlias = For | If | With | FunctionDef | ClassDef
Stmt: TypeAlias = Simple | Compound | Import | ImportFrom | Comment | Docstring | Blank
Node: TypeAlias = Expr | Stmt | Interp | Clause | Param
