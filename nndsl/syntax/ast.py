"""The syntax tree: what the text says, before any name is resolved.

Records of different kinds with equal contents compare equal (they are tuples): never mix kinds as
keys of one table. Every node knows its span.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from nndsl.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, dataclass_transform

    @dataclass_transform(frozen_default=True)
    class Node:  # what a type checker sees: recursive tuples take mypy for ever
        def _replace(self, **changes: object) -> Self: ...
        def __iter__(self) -> Iterator[object]: ...

else:
    from nndsl._record import NamedTuple as Node


class Num(Node):
    """An int or a float as written; `text` keeps the spelling (1e-3) for the formatter."""

    value: int | float
    text: str
    span: Span


class Str(Node):
    value: str
    span: Span


class Bool(Node):
    value: bool
    span: Span


class Nothing(Node):
    span: Span


class Name(Node):
    """Any word: layer, block, setting, value, activation, function; resolved after parsing."""

    id: str
    span: Span


class Flow(Node):
    """`_`, or `input` in an expression (then `first` is true): the block's first input."""

    first: bool
    span: Span


class Open(Node):
    name: str
    span: Span


class ListExpr(Node):
    """`[a, b]`. In the types of inputs an element may be `C=3`, then an Arg with a name."""

    items: tuple[Arg, ...]
    span: Span


class TupleExpr(Node):
    items: tuple[Expr, ...]
    span: Span


class Arg(Node):
    """One argument; `name` is None where it is positional."""

    name: str | None
    value: Expr
    span: Span


class Call(Node):
    """`f(a, k=b)`; `args` in the order written."""

    func: Expr
    args: tuple[Arg, ...]
    span: Span


class Attr(Node):
    value: Expr
    name: str
    span: Span


class Slice(Node):
    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span


class Index(Node):
    """`value[items]`; also types (`int[?T]`) and assertions (`shape[?T, 768]`)."""

    value: Expr
    items: tuple[Arg | Slice, ...]
    span: Span


class Unary(Node):
    """`-a`, `+a`, `not a`."""

    op: str
    value: Expr
    span: Span


class Binary(Node):
    """`+ - * / // % ** @`."""

    op: str
    left: Expr
    right: Expr
    span: Span


class Compare(Node):
    """`a < b <= c`: `ops` has one fewer than `values`; also `in`, `not in`."""

    values: tuple[Expr, ...]
    ops: tuple[str, ...]
    span: Span


class BoolOp(Node):
    """`a and b`, `a or b` (left-associative pairs)."""

    op: str
    left: Expr
    right: Expr
    span: Span


class Ternary(Node):
    cond: Expr
    then: Expr
    other: Expr
    span: Span


class Clause(Node):
    """`for a, b in seq if cond …` of a comprehension."""

    targets: tuple[str, ...]
    over: Expr
    conds: tuple[Expr, ...]
    span: Span


class Comprehension(Node):
    """`[element for …]`, or in a call without brackets."""

    element: Expr
    clauses: tuple[Clause, ...]
    span: Span


class PipeExpr(Node):
    """A parenthesised pipeline of two or more stages (or one brace stage) as an operand."""

    pipeline: Pipeline
    span: Span


Expr: TypeAlias = (
    "Num | Str | Bool | Nothing | Name | Flow | Open | ListExpr | TupleExpr | Call | Attr | Index"
    " | Unary | Binary | Compare | BoolOp | Ternary | Comprehension | PipeExpr"
)


class ExprStage(Node):
    """A stage that is an expression: `Dense(10)`, `relu`, `_ + pos`, `shape[?T, 768]`."""

    expr: Expr
    span: Span


class Frozen(Node):
    stage: Stage
    span: Span


class Braces(Node):
    """`word(args) { … }`; `word` is empty for bare braces; `args` is None without parentheses."""

    word: str
    args: tuple[Arg, ...] | None
    body: tuple[Line, ...]
    word_span: Span
    span: Span


class If(Node):
    """`if c { } else if d { } else { }`: `orelse` is None without else, a body otherwise."""

    cond: Expr
    then: tuple[Line, ...]
    orelse: tuple[Line, ...] | None
    span: Span


class For(Node):
    """`for a, b in seq { }`; a target may be a tuple of names in parentheses: nested tuples."""

    targets: tuple[Target, ...]
    over: Expr
    body: tuple[Line, ...]
    span: Span


class Repeat(Node):
    count: Expr
    body: tuple[Line, ...]
    span: Span


class Target(Node):
    """A name, or (with `parts`) a tuple of targets."""

    name: str
    parts: tuple[Target, ...]
    span: Span


Stage: TypeAlias = "ExprStage | Frozen | Braces | If | For | Repeat"


class Pipeline(Node):
    """Stages joined by `->`; at least one."""

    stages: tuple[Stage, ...]
    span: Span


class PipeLine(Node):
    """A bare pipeline: moves the flow."""

    pipeline: Pipeline
    span: Span


class Bind(Node):
    """`x = p`, `h, c = p`, `_, state = p`."""

    targets: tuple[Target, ...]
    value: Pipeline
    span: Span


class Let(Node):
    """`let x = e`, `let h, w = e`, `let f(a) = e`; `params` is None where it is no function."""

    targets: tuple[Target, ...]
    params: tuple[str, ...] | None
    value: Pipeline
    span: Span
    doc: str = ""


class Shared(Node):
    name: str
    value: Pipeline
    span: Span


class WeightLine(Node):
    """`weight w: [shape] = init`; `init` None means the default."""

    name: str
    shape: Expr
    init: Expr | None
    frozen: bool
    span: Span


class Input(Node):
    """`input x: type`; `type` None in blocks that do not say."""

    name: str
    type: Expr | None
    span: Span
    doc: str = ""


class Output(Node):
    """`output`, `output p`, `output name = p`."""

    name: str | None
    value: Pipeline | None
    span: Span
    doc: str = ""


class Push(Node):
    stack: str
    value: Pipeline | None
    span: Span


class Loss(Node):
    name: str
    value: Pipeline
    span: Span


Line: TypeAlias = "PipeLine | Bind | Let | Shared | WeightLine | Input | Output | Push | Loss"


class ParamDecl(Node):
    """A setting of a block or model: `filters`, `stride=1`."""

    name: str
    default: Expr | None
    span: Span
    doc: str = ""


class Def(Node):
    """`block Name(params) { … }` or `model Name(params) { … }`."""

    kind: str
    name: str
    params: tuple[ParamDecl, ...]
    body: tuple[Line, ...]
    doc: str
    name_span: Span
    span: Span


class Preset(Node):
    """`model ResNet101 = ResNet(stages=[3, 4, 23, 3])`; also `block X = Y(…)`."""

    kind: str
    name: str
    value: Expr
    doc: str
    name_span: Span
    span: Span


class Import(Node):
    """`import "a.nn"` (names None) or `from "a.nn" import A, B`."""

    path: str
    names: tuple[Name, ...] | None
    span: Span


class Setting(Node):
    """A line of a train section: a word and its values, or `word name = expr` (then `target`)."""

    word: str
    target: str | None
    values: tuple[Expr, ...]
    span: Span


class Train(Node):
    """`train Model { … }`; `model` None: the file's only one. `step x { … }` is a Setting."""

    model: str | None
    settings: tuple[Setting, ...]
    span: Span


Declaration: TypeAlias = "Import | Def | Preset | Let | Train"


class Comment(Node):
    """A `#` or `##` comment with its marker, for the formatter."""

    text: str
    span: Span


class File(Node):
    """`doubtful` are the names in lines that were left out: who binds or reads them is unknown."""

    version: int | None
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    doc: str
    span: Span
    doubtful: frozenset[str] = frozenset()
