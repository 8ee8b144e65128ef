"""Names of places: the user's word, else the layer's, numbered in source order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

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
    return number(list(_lines(definition.body)))


def name_stages(stages: tuple[ast.Stage, ...]) -> dict[tuple[int, int], Site]:
    """The same for the stages of a recipe on its own."""
    return number([found for stage in stages for found in _stage(stage, "")])


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


def _lines(body: tuple[ast.Line, ...]) -> Iterator[_Found]:
    for line in body:
        yield from _line(line)


def _line(line: ast.Line) -> Iterator[_Found]:
    match line:
        case ast.PipeLine(pipeline):
            yield from _pipeline(pipeline, "")
        case ast.Bind(targets, value):
            yield from _pipeline(value, targets[0].name if len(targets) == 1 else "")
        case ast.Shared(name, value):
            yield from _pipeline(value, name)
        case ast.Output(name, value):
            if value is not None:
                yield from _pipeline(value, name or "")
        case ast.Loss(_, value):
            yield from _pipeline(value, "")
        case ast.Let(_, _, value):
            return
        case ast.Push(_, value):
            if value is not None:
                yield from _pipeline(value, "")
        case ast.WeightLine(name, span=span):
            yield _Found(snake_case(name), span, True)
        case ast.Input():
            return


def _pipeline(pipeline: ast.Pipeline, name: str) -> Iterator[_Found]:
    last = len(pipeline.stages) - 1
    for i, stage in enumerate(pipeline.stages):
        yield from _stage(stage, name if i == last else "")


def _stage(stage: ast.Stage, name: str) -> Iterator[_Found]:
    match stage:
        case ast.ExprStage(expr):
            yield from _expr(expr, name, stage=True)
        case ast.Frozen(inner):
            yield from _stage(inner, name)
        case ast.Braces(word, _, body, _, span):
            yield _Found(snake_case(name or word or "group"), span, bool(name))
            yield from _lines(body)
        case ast.If(_, then, orelse, span):
            yield _Found("if", span, False)
            yield from _lines(then)
            yield from _lines(orelse or ())
        case ast.For(body=body, span=span) | ast.Repeat(body=body, span=span):
            yield _Found("loop", span, False)
            yield from _lines(body)


def _expr(expr: ast.Expr, name: str, stage: bool = False) -> Iterator[_Found]:
    """Sites of an expression; `name` is the user's word for its value, where it has one."""
    match expr:
        case ast.Name(word, span):
            if stage:
                yield _Found(snake_case(name or word), span, bool(name))
        case ast.Call(func, args, span):
            yield from _call(func, args, span, name, stage)
        case ast.Attr(value, word, span):
            base = value.id if isinstance(value, ast.Name) else "value"
            yield _Found(snake_case(name or f"{base}_{word}"), span, bool(name))
        case ast.Binary(op, left, right, span) | ast.BoolOp(op, left, right, span):
            yield _Found(OPERATORS[op], span, False)
            yield from _expr(left, "")
            yield from _expr(right, "")
        case ast.Compare(values, ops, span):
            yield _Found(OPERATORS.get(ops[0], "compare"), span, False)
            for value in values:
                yield from _expr(value, "")
        case ast.Unary(op, value, span):
            yield _Found(OPERATORS["neg" if op == "-" else "not"], span, False)
            yield from _expr(value, "")
        case ast.Index(value, _, span):
            yield _Found("item", span, False)
            yield from _expr(value, "")
        case ast.Ternary(_, then, other):
            yield from _expr(then, "", stage)
            yield from _expr(other, "", stage)
        case ast.PipeExpr(pipeline):
            yield from _pipeline(pipeline, "")
        case ast.ListExpr(items):
            for item in items:
                yield from _expr(item.value, "")
        case _:
            return


def _call(
    func: ast.Expr, args: tuple[ast.Arg, ...], span: Span, name: str, stage: bool
) -> Iterator[_Found]:
    word = func.id if isinstance(func, ast.Name) else "value"
    if isinstance(func, ast.Attr):
        word = func.name
    if stage or word[:1].islower():
        yield _Found(snake_case(name or word), span, bool(name))
        for arg in args:
            yield from _expr(arg.value, "")
