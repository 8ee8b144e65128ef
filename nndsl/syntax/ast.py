"""The syntax tree: what the text says, before any name is resolved.

Records of different kinds with equal contents compare equal (they are tuples): never mix kinds as
keys of one table. Every node knows its span.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from nndsl.source import Span

# ---- expressions ---------------------------------------------------------------------------------


class Num(NamedTuple):
    """An int or a float as written; `text` keeps the spelling (1e-3) for the formatter."""

    value: int | float
    text: str
    span: Span


class Str(NamedTuple):
    value: str
    span: Span


class Bool(NamedTuple):
    """`true` or `false`."""

    value: bool
    span: Span


class Nothing(NamedTuple):
    """`none`."""

    span: Span


class Name(NamedTuple):
    """Any word: layer, block, setting, value, activation, function; resolved after parsing."""

    id: str
    span: Span


class Flow(NamedTuple):
    """`_`, or `input` in an expression (then `first` is true): the block's first input."""

    first: bool
    span: Span


class Open(NamedTuple):
    """`?T`."""

    name: str
    span: Span


class ListExpr(NamedTuple):
    """`[a, b]`. In the types of inputs an element may be `C=3`, then an Arg with a name."""

    items: tuple[Arg, ...]
    span: Span


class TupleExpr(NamedTuple):
    items: tuple[Expr, ...]
    span: Span


class Arg(NamedTuple):
    """One argument; `name` is None where it is positional."""

    name: str | None
    value: Expr
    span: Span


class Call(NamedTuple):
    """`f(a, k=b)`; `args` in the order written."""

    func: Expr
    args: tuple[Arg, ...]
    span: Span


class Attr(NamedTuple):
    """`value.name`."""

    value: Expr
    name: str
    span: Span


class Slice(NamedTuple):
    """`a:b:c` inside a subscript."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span


class Index(NamedTuple):
    """`value[items]`; also types (`int[?T]`) and assertions (`shape[?T, 768]`)."""

    value: Expr
    items: tuple[Arg | Slice, ...]
    span: Span


class Unary(NamedTuple):
    """`-a`, `+a`, `not a`."""

    op: str
    value: Expr
    span: Span


class Binary(NamedTuple):
    """`+ - * / // % ** @`."""

    op: str
    left: Expr
    right: Expr
    span: Span


class Compare(NamedTuple):
    """`a < b <= c`: `ops` has one fewer than `values`; also `in`, `not in`."""

    values: tuple[Expr, ...]
    ops: tuple[str, ...]
    span: Span


class BoolOp(NamedTuple):
    """`a and b`, `a or b` (left-associative pairs)."""

    op: str
    left: Expr
    right: Expr
    span: Span


class Ternary(NamedTuple):
    """`then if cond else other`."""

    cond: Expr
    then: Expr
    other: Expr
    span: Span


class Clause(NamedTuple):
    """`for a, b in seq if cond …` of a comprehension."""

    targets: tuple[str, ...]
    over: Expr
    conds: tuple[Expr, ...]
    span: Span


class Comprehension(NamedTuple):
    """`[element for …]`, or in a call without brackets."""

    element: Expr
    clauses: tuple[Clause, ...]
    span: Span


class PipeExpr(NamedTuple):
    """A parenthesised pipeline of two or more stages (or one brace stage) as an operand."""

    pipeline: Pipeline
    span: Span


Expr: TypeAlias = (
    "Num | Str | Bool | Nothing | Name | Flow | Open | ListExpr | TupleExpr | Call | Attr | Index"
    " | Unary | Binary | Compare | BoolOp | Ternary | Comprehension | PipeExpr"
)


class ExprStage(NamedTuple):
    """A stage that is an expression: `Dense(10)`, `relu`, `_ + pos`, `shape[?T, 768]`."""

    expr: Expr
    span: Span


class Frozen(NamedTuple):
    stage: Stage
    span: Span


class Braces(NamedTuple):
    """`word(args) { … }`; `word` is empty for bare braces; `args` is None without parentheses."""

    word: str
    args: tuple[Arg, ...] | None
    body: tuple[Line, ...]
    word_span: Span
    span: Span


class If(NamedTuple):
    """`if c { } else if d { } else { }`: `orelse` is None without else, a body otherwise."""

    cond: Expr
    then: tuple[Line, ...]
    orelse: tuple[Line, ...] | None
    span: Span


class For(NamedTuple):
    """`for a, b in seq { }`; a target may be a tuple of names in parentheses: nested tuples."""

    targets: tuple[Target, ...]
    over: Expr
    body: tuple[Line, ...]
    span: Span


class Repeat(NamedTuple):
    count: Expr  # type: ignore[assignment] # hides tuple.count, which nobody needs here
    body: tuple[Line, ...]
    span: Span


class Target(NamedTuple):
    """A name, or (with `parts`) a tuple of targets."""

    name: str
    parts: tuple[Target, ...]
    span: Span


Stage: TypeAlias = "ExprStage | Frozen | Braces | If | For | Repeat"


class Pipeline(NamedTuple):
    """Stages joined by `->`; at least one."""

    stages: tuple[Stage, ...]
    span: Span


class PipeLine(NamedTuple):
    """A bare pipeline: moves the flow."""

    pipeline: Pipeline
    span: Span


class Bind(NamedTuple):
    """`x = p`, `h, c = p`, `_, state = p`."""

    targets: tuple[Target, ...]
    value: Pipeline
    span: Span


class Let(NamedTuple):
    """`let x = e`, `let h, w = e`, `let f(a) = e`; `params` is None where it is no function."""

    targets: tuple[Target, ...]
    params: tuple[str, ...] | None
    value: Pipeline
    span: Span
    doc: str = ""


class Shared(NamedTuple):
    name: str
    value: Pipeline
    span: Span


class WeightLine(NamedTuple):
    """`weight w: [shape] = init`; `init` None means the default."""

    name: str
    shape: Expr
    init: Expr | None
    frozen: bool
    span: Span


class Input(NamedTuple):
    """`input x: type`; `type` None in blocks that do not say."""

    name: str
    type: Expr | None
    span: Span
    doc: str = ""


class Output(NamedTuple):
    """`output`, `output p`, `output name = p`."""

    name: str | None
    value: Pipeline | None
    span: Span
    doc: str = ""


class Push(NamedTuple):
    stack: str
    value: Pipeline | None
    span: Span


class Loss(NamedTuple):
    name: str
    value: Pipeline
    span: Span


Line: TypeAlias = "PipeLine | Bind | Let | Shared | WeightLine | Input | Output | Push | Loss"


class ParamDecl(NamedTuple):
    """A setting of a block or model: `filters`, `stride=1`."""

    name: str
    default: Expr | None
    span: Span
    doc: str = ""


class Def(NamedTuple):
    """`block Name(params) { … }` or `model Name(params) { … }`."""

    kind: str
    name: str
    params: tuple[ParamDecl, ...]
    body: tuple[Line, ...]
    doc: str
    name_span: Span
    span: Span


class Preset(NamedTuple):
    """`model ResNet101 = ResNet(stages=[3, 4, 23, 3])`; also `block X = Y(…)`."""

    kind: str
    name: str
    value: Expr
    doc: str
    name_span: Span
    span: Span


class Import(NamedTuple):
    """`import "a.nn"` (names None) or `from "a.nn" import A, B`."""

    path: str
    names: tuple[Name, ...] | None
    span: Span


class Setting(NamedTuple):
    """A line of a train section: a word and its values, or `word name = expr` (then `target`)."""

    word: str
    target: str | None
    values: tuple[Expr, ...]
    span: Span


class Train(NamedTuple):
    """`train Model { … }`; `model` None: the file's only one. `step x { … }` is a Setting."""

    model: str | None
    settings: tuple[Setting, ...]
    span: Span


Declaration: TypeAlias = "Import | Def | Preset | Let | Train"


class Comment(NamedTuple):
    """A `#` or `##` comment with its marker, for the formatter."""

    text: str
    span: Span


class File(NamedTuple):
    version: int | None
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    doc: str
    span: Span
