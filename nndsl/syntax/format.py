"""The one format of the language: `nndsl fmt`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.parser import parse_tokens
from nndsl.syntax.pieces import Reader
from nndsl.syntax.printer import print_above, print_rows, without_blanks
from nndsl.syntax.walk import walk


def format_source(source: Source, aliases: Mapping[str, str] | None = None) -> str:
    """The text in canonical form: the same tree, the same comments, the same again if repeated.

    `aliases` maps words to the names that the language prefers (`Linear` to `Dense`); a word that
    the file itself binds, or may import without naming it, is left alone. Raises Failure with the
    first diagnostic of a text that has syntax errors.
    """
    diagnostics = Diagnostics()
    parsed = parse_tokens(source, diagnostics)
    if parsed is None:
        raise Failure(diagnostics.sorted()[0])
    tree, lexed = parsed
    rows, end = Reader(source.text, lexed, _renamed(tree, aliases or {})).rows()
    lines = print_rows(rows, "")
    below = without_blanks(end, last=True)
    lines += print_above(below if lines else without_blanks(below), "")
    return "\n".join([*lines, ""]) if lines else ""


def _renamed(tree: ast.File, aliases: Mapping[str, str]) -> dict[int, str]:
    """New words by the offset of the old ones."""
    if not aliases or any(one.names is None for one in _imports(tree)):
        return {}
    bound = set(_bound(tree))
    renamed = {}
    for node in walk(tree, (ast.Import, ast.Train)):
        word, place = _word(node)
        if word in aliases and word not in bound:
            renamed[place] = aliases[word]
    return renamed


def _imports(tree: ast.File) -> Iterator[ast.Import]:
    return (one for one in tree.declarations if isinstance(one, ast.Import))


def _word(node: tuple[object, ...]) -> tuple[str, int]:
    """The word of a node that may be a layer's, and its place."""
    match node:
        case ast.Name(id=word, span=span):
            return word, span.start
        case ast.Braces(word=word, word_span=span):
            return word, span.start
        case _:
            return "", 0


def _bound(tree: ast.File) -> Iterator[str]:
    """Every name that the file gives a meaning of its own."""
    for node in walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.id for name in names or ())
            case ast.Clause(targets=names) | ast.Let(params=tuple(names)):
                yield from names
            case ast.Push(stack=name):
                yield name
            case (
                ast.Target(name=name)
                | ast.ParamDecl(name=name)
                | ast.Def(name=name)
                | ast.Preset(name=name)
                | ast.Shared(name=name)
                | ast.WeightLine(name=name)
                | ast.Input(name=name)
            ):
                yield name
