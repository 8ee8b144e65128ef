"""Names of places: the user's word, else the layer's, numbered in source order."""

from __future__ import annotations

import re
from collections import Counter

from nndsl._record import NamedTuple
from nndsl.ir.steps import Site
from nndsl.source import Span
from nndsl.syntax import ast

OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "mod",
    "**": "power",
    "@": "matmul",
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "and": "logical_and",
    "or": "logical_or",
    "not": "logical_not",
    "neg": "negative",
}


_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Z][a-z])")
_WHOLE = re.compile(
    r"(?<![A-Z]{2})(?<=[A-Za-z0-9])(?:Net|NeXt)(?![a-z])"
    r"|(?:Vi|Dei|BEi|Cai)T(?![a-z])|(?:Re|Ce|Se|Si)LU|(?:Ro|De)BERTa|LoRA|Seq2Seq|Word2Vec"
)
"""Words of the field with capitals inside, and those that it writes as one with the word before."""


def snake_case(word: str) -> str:
    """A path step from a word: ConvBN -> conv_bn, Conv2D -> conv2d, UNet -> unet, ViT -> vit."""
    whole = _WHOLE.sub(_one_hump, word)
    return _HUMPS.sub("_", whole).lower()


def _one_hump(found: re.Match[str]) -> str:
    """LeNet -> Lenet, ViT -> Vit, ConvReLU -> ConvRelu."""
    word = found[0]
    return word.lower() if word in ("Net", "NeXt") else word.capitalize()


class _Found(NamedTuple):
    word: str
    span: Span
    given: bool


def name_sites(definition: ast.Def) -> dict[tuple[int, int], Site]:
    """A Site for every stage, call and operator of a body, by the offsets of its text."""
    out: list[_Found] = []
    _lines(out, definition.body)
    return number(out)


def name_stages(stages: tuple[ast.Stage, ...]) -> dict[tuple[int, int], Site]:
    """The same for the stages of a recipe on its own."""
    out: list[_Found] = []
    for stage in stages:
        _stage(out, stage, "")
    return number(out)


def number(found: list[_Found]) -> dict[tuple[int, int], Site]:
    """Numbers the words that occur more than once: conv1, conv2; relu6_1, relu6_2.

    A name that the user gives once stays as it is: what reads it has the numbers from 2 on.
    """
    count = Counter(item.word for item in found)
    given = Counter(item.word for item in found if item.given)
    seen = Counter(word for word, times in given.items() if times == 1)
    sites: dict[tuple[int, int], Site] = {}
    taken = {word for word, times in count.items() if times == 1 or given[word] == 1}
    for item in found:
        name = item.word
        if count[name] > 1 and not (item.given and given[name] == 1):
            stem = f"{name}_" if name[-1:].isdigit() else name
            seen[name] += 1
            while f"{stem}{seen[name]}" in taken:
                seen[name] += 1
            name = f"{stem}{seen[name]}"
        sites[(item.span.start, item.span.end)] = Site(name, item.span, item.given)
    return sites


def _lines(out: list[_Found], body: tuple[ast.Line, ...]) -> None:
    for line in body:
        _line(out, line)


def _line(out: list[_Found], line: ast.Line) -> None:
    match line:
        case ast.PipeLine(pipeline):
            _pipeline(out, pipeline, "")
        case ast.Bind(targets, value):
            _pipeline(out, value, targets[0].name if len(targets) == 1 else "")
        case ast.Shared(name, value):
            _pipeline(out, value, name)
        case ast.Output(name, value):
            if value is not None:
                _pipeline(out, value, name or "")
        case ast.Loss(_, value):
            _pipeline(out, value, "")
        case ast.Let(_, _, value):
            return
        case ast.Push(_, value):
            if value is not None:
                _pipeline(out, value, "")
        case ast.WeightLine(name, span=span):
            out.append(_Found(snake_case(name), span, True))
        case ast.Input():
            return


def _pipeline(out: list[_Found], pipeline: ast.Pipeline, name: str) -> None:
    last = len(pipeline.stages) - 1
    for i, stage in enumerate(pipeline.stages):
        _stage(out, stage, name if i == last else "")


def _stage(out: list[_Found], stage: ast.Stage, name: str) -> None:
    match stage:
        case ast.ExprStage(expr):
            _expr(out, expr, name, stage=True)
        case ast.Frozen(inner):
            _stage(out, inner, name)
        case ast.Braces(word, _, body, _, span):
            out.append(_Found(snake_case(name or word or "group"), span, bool(name)))
            _lines(out, body)
        case ast.If(_, then, orelse, span):
            out.append(_Found("if", span, False))
            _lines(out, then)
            _lines(out, orelse or ())
        case ast.For(body=body, span=span) | ast.Repeat(body=body, span=span):
            out.append(_Found("loop", span, False))
            _lines(out, body)


def _expr(out: list[_Found], expr: ast.Expr, name: str, stage: bool = False) -> None:
    """Sites of an expression; `name` is the user's word for its value, where it has one."""
    match expr:
        case ast.Name(word, span):
            if stage:
                out.append(_Found(snake_case(name or word), span, bool(name)))
        case ast.Call(func, args, span):
            _call(out, func, args, span, name, stage)
        case ast.Attr(value, word, span):
            base = value.id if isinstance(value, ast.Name) else "value"
            out.append(_Found(snake_case(name or f"{base}_{word}"), span, bool(name)))
        case ast.Binary(op, left, right, span) | ast.BoolOp(op, left, right, span):
            out.append(_Found(OPERATORS[op], span, False))
            _expr(out, left, "")
            _expr(out, right, "")
        case ast.Compare(values, ops, span):
            out.append(_Found(OPERATORS.get(ops[0], "compare"), span, False))
            for value in values:
                _expr(out, value, "")
        case ast.Unary(op, value, span):
            out.append(_Found(OPERATORS["neg" if op == "-" else "not"], span, False))
            _expr(out, value, "")
        case ast.Index(value, _, span):
            out.append(_Found("item", span, False))
            _expr(out, value, "")
        case ast.Ternary(_, then, other):
            _expr(out, then, "", stage)
            _expr(out, other, "", stage)
        case ast.PipeExpr(pipeline):
            _pipeline(out, pipeline, "")
        case ast.ListExpr(items):
            for item in items:
                _expr(out, item.value, "")
        case _:
            return


def _call(
    out: list[_Found], func: ast.Expr, args: tuple[ast.Arg, ...], span: Span, name: str, stage: bool
) -> None:
    word = func.id if isinstance(func, ast.Name) else "value"
    if isinstance(func, ast.Attr):
        word = func.name
    if stage or word[:1].islower():
        out.append(_Found(snake_case(name or word), span, bool(name)))
        for arg in args:
            _expr(out, arg.value, "")
