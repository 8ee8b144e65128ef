"""Makes the nodes of expressions, pipelines and stages from the parts of their rules.

A builder gets the span of its rule and the parts that the grammar keeps, in order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from nndsl._real import real
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.errors import HABIT, NUMBER, STRING
from nndsl.syntax.machine import Build, Values
from nndsl.syntax.report import Report

MAX_DIGITS = 4300
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.?)", re.DOTALL)
if TYPE_CHECKING:
    _T = TypeVar("_T")

    def _node(kind: type[_T], fields: tuple[object, ...]) -> _T: ...
else:
    _node = tuple.__new__  # without the constructor, for what each line has several of

ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


def name(span: Span, v: Values) -> ast.Name:
    return _node(ast.Name, (v[0].text, span))


def flow(span: Span, _: Values) -> ast.Flow:
    return ast.Flow(False, span)


def first_input(span: Span, _: Values) -> ast.Flow:
    return ast.Flow(True, span)


def true(span: Span, _: Values) -> ast.Bool:
    return ast.Bool(True, span)


def false(span: Span, _: Values) -> ast.Bool:
    return ast.Bool(False, span)


def nothing(span: Span, _: Values) -> ast.Nothing:
    return ast.Nothing(span)


def open_dim(span: Span, v: Values) -> ast.Open:
    return ast.Open(v[0].text[1:], span)


def items(_: Span, v: Values) -> Values:
    return v


def item(span: Span, v: Values) -> ast.Expr:
    """A pipeline inside of brackets; one of a single expression is that expression."""
    (only,) = v[0].stages if len(v[0].stages) == 1 else (None,)
    return only.expr if isinstance(only, ast.ExprStage) else ast.PipeExpr(v[0], span)


def list_expr(span: Span, v: Values) -> ast.ListExpr:
    return ast.ListExpr(tuple(v[0] or ()), span)


def tuple_expr(span: Span, v: Values) -> ast.TupleExpr:
    return ast.TupleExpr((v[0], *(v[1] or ())), span)


def argument(span: Span, v: Values) -> ast.Arg:
    return _node(ast.Arg, (None, v[0], span))


def keyword(span: Span, v: Values) -> ast.Arg:
    return ast.Arg(v[0].text, v[1], span)


def call(span: Span, v: Values) -> ast.Call:
    return ast.Call(_callee(span, v), tuple(v[1] or ()), span)


def comprehension_call(span: Span, v: Values) -> ast.Call:
    return ast.Call(_callee(span, v), (ast.Arg(None, v[1], v[1].span),), span)


def _callee(span: Span, v: Values) -> ast.Name:
    word = v[0]
    return _node(ast.Name, (word.text, _node(Span, (word.start, word.end, span.file))))


def attribute(span: Span, v: Values) -> ast.Attr:
    return ast.Attr(v[0], v[1].text, span)


def index(span: Span, v: Values) -> ast.Index:
    return ast.Index(v[0], tuple(v[1:]), span)


def slice_expr(span: Span, v: Values) -> ast.Slice:
    return ast.Slice(v[0], v[1], v[2], span)


def unary(span: Span, v: Values) -> ast.Unary:
    return ast.Unary(v[0].text, v[1], span)


def binary(span: Span, v: Values) -> ast.Binary:
    return ast.Binary(v[1].text, v[0], v[2], span)


def bool_op(span: Span, v: Values) -> ast.BoolOp:
    return ast.BoolOp(v[1].text, v[0], v[2], span)


def compare_op(_: Span, v: Values) -> str:
    return " ".join(token.text for token in v)


def compare(span: Span, v: Values) -> ast.Compare:
    return ast.Compare(tuple(v[::2]), tuple(v[1::2]), span)


def ternary(span: Span, v: Values) -> ast.Ternary:
    return ast.Ternary(v[1], v[0], v[2], span)


def comprehension(span: Span, v: Values) -> ast.Comprehension:
    return ast.Comprehension(v[0], tuple(v[1:]), span)


def pipeline(span: Span, v: Values) -> ast.Pipeline:
    return _node(ast.Pipeline, (tuple(v), span))


def expr_stage(span: Span, v: Values) -> ast.ExprStage:
    return _node(ast.ExprStage, (v[0], span))


def frozen(span: Span, v: Values) -> ast.Frozen:
    return ast.Frozen(v[0], span)


def bare_braces(span: Span, v: Values) -> ast.Braces:
    return ast.Braces("", None, v[0], Span(span.start, span.start + 1, span.file), span)


def braces(span: Span, v: Values) -> ast.Braces:
    word = v[0]
    return ast.Braces(word.text, None, v[1], Span(word.start, word.end, span.file), span)


def call_braces(span: Span, v: Values) -> ast.Braces:
    head = v[0]
    return ast.Braces(head.func.id, head.args, v[1], head.func.span, span)


def for_stage(span: Span, v: Values) -> ast.For:
    return ast.For(v[0], v[1], v[2], span)


def repeat(span: Span, v: Values) -> ast.Repeat:
    return ast.Repeat(v[0], v[1], span)


def if_stage(span: Span, v: Values) -> ast.If:
    return ast.If(v[0], v[1], v[2], span)


def else_if(span: Span, v: Values) -> tuple[ast.Line, ...]:
    return (ast.PipeLine(ast.Pipeline((v[0],), span), span),)


def target(span: Span, v: Values) -> ast.Target:
    return ast.Target(v[0].text, (), span)


def ignored(span: Span, _: Values) -> ast.Target:
    return ast.Target("_", (), span)


def nested_target(span: Span, v: Values) -> ast.Target:
    return v[0] if len(v) == 1 else ast.Target("", tuple(v), span)


def nested_targets(_: Span, v: Values) -> tuple[ast.Target, ...]:
    """`a, b` and `(a, b)` are the same two targets."""
    return v[0].parts if len(v) == 1 and v[0].parts else tuple(v)


EXPRESSIONS: dict[str, Build] = {
    "argument": argument,
    "attribute": attribute,
    "bare_braces": bare_braces,
    "binary": binary,
    "bool_op": bool_op,
    "braces": braces,
    "call": call,
    "call_braces": call_braces,
    "compare": compare,
    "compare_op": compare_op,
    "comprehension": comprehension,
    "comprehension_call": comprehension_call,
    "else_if": else_if,
    "expr_stage": expr_stage,
    "false": false,
    "first_input": first_input,
    "flow": flow,
    "for_stage": for_stage,
    "frozen": frozen,
    "if_stage": if_stage,
    "ignored": ignored,
    "index": index,
    "item": item,
    "items": items,
    "keyword": keyword,
    "list": list_expr,
    "name": name,
    "nested_target": nested_target,
    "nested_targets": nested_targets,
    "nothing": nothing,
    "open_dim": open_dim,
    "pipeline": pipeline,
    "repeat": repeat,
    "slice": slice_expr,
    "target": target,
    "ternary": ternary,
    "true": true,
    "tuple": tuple_expr,
    "unary": unary,
}

# The rest hold no node of their own kind, or as many as there are lines.
FLAT = frozenset(["argument", "else_if", "expr_stage", "item", "items", "keyword", "pipeline"])
DEEPEN = frozenset(EXPRESSIONS) - FLAT


class Literals:
    """The builders that can find something wrong inside of a token."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def number(self, span: Span, v: Values) -> ast.Num:
        """An int of at most 4,300 digits or a finite float."""
        text = v[0].text
        digits = text.replace("_", "")
        whole = digits.isdigit()
        if whole and len(digits) > MAX_DIGITS:
            return self._too_large(span, f"a whole number of {len(digits):,} digits")
        if whole:
            return ast.Num(int(digits), text, span)
        value = float(digits)
        if value == float("inf"):
            return self._too_large(span, f"`{text}` is larger than any double")
        return ast.Num(real(value), text, span)

    def _too_large(self, span: Span, what: str) -> ast.Num:
        fix = f"at most {MAX_DIGITS:,} digits, or a float up to 1.8e308"
        self.report.error(NUMBER, (span.start, span.end), f"{what}", fix)
        return ast.Num(0, "0", span)

    def string(self, span: Span, v: Values) -> ast.Str:
        """The text between the quotes, escapes resolved."""
        return ast.Str(ESCAPE.sub(lambda found: self._escape(found, span), v[0].text[1:-1]), span)

    def _escape(self, found: re.Match[str], span: Span) -> str:
        letter = found[1]
        if letter in ESCAPES:
            return ESCAPES[letter]
        if len(letter) > 1 and not 0xD800 <= int(letter[1:], 16) < 0xE000:
            return chr(int(letter[1:], 16))
        start = span.start + 1 + found.start()
        self.report.error(
            STRING,
            (start, start + len(found[0])),
            f"`{found[0]}` is no escape of this language",
            "the escapes are \\\\ \\\" \\' \\n \\t \\uXXXX; a backslash is written \\\\",
        )
        return ""

    def clause(self, span: Span, v: Values) -> ast.Clause:
        """`for a, b in seq if cond`: names only, no tuples in tuples."""
        nested = [target for target in v[0] if target.parts]
        for one in nested:
            self.report.error(
                HABIT,
                (one.span.start, one.span.end),
                "a comprehension takes apart one level only",
                "give the part one name and read it as `name[0]`",
            )
        return ast.Clause(tuple(target.name for target in v[0]), v[1], tuple(v[2:]), span)

    def table(self) -> dict[str, Build]:
        """The builders by the names of their rules."""
        return {"number": self.number, "string": self.string, "clause": self.clause}
