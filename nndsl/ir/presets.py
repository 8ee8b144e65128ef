"""Definitions behind words: presets, and the kinds of settings as positional binding sees them."""

from __future__ import annotations

from nndsl.diagnostics.model import Failure, did_you_mean, fail
from nndsl.ir.binding import Declared, kind_of
from nndsl.ir.scope import Unit
from nndsl.ir.silent import Silent
from nndsl.ops import registry
from nndsl.ops.base import Value as SettingValue
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.holes import ANY


def default_of(param: ast.ParamDecl, unit: Unit) -> Declared:
    """A setting as positional binding sees it: the kind of its default, told from the text."""
    return Declared(param.name, _kind(param.default, unit), param.default is None)


def _kind(expr: ast.Expr | None, unit: Unit) -> str:
    match expr:
        case None:
            return ""
        case ast.Bool():
            return "flag"
        case ast.Nothing():
            return "none"
        case ast.Str():
            return "word"
        case ast.ListExpr() | ast.TupleExpr() | ast.Comprehension():
            return "list"
        case ast.Name(word):
            return _name_kind(word, unit)
        case ast.Call(ast.Name(word)) if word in unit.definitions or _is_stage(word):
            return _stage_kind(word, unit)
        case ast.PipeExpr():
            return "recipe"
        case _:
            return "number"


def _is_stage(word: str) -> bool:
    op = registry.find(word)
    return op is not None and op.kind in ("layer", "activation")


def _name_kind(word: str, unit: Unit) -> str:
    bound = unit.lets.find(word)
    if bound is not None:
        return kind_of(bound.what)  # type: ignore[arg-type]
    if word in unit.definitions or registry.known(word):
        return _stage_kind(word, unit)
    return "word"


def _stage_kind(word: str, unit: Unit) -> str:
    op = registry.find(word) if word not in unit.definitions else None
    return "activation" if op is not None and op.kind == "activation" else "recipe"


def with_presets(declared: list[Declared], values: dict[str, SettingValue]) -> list[Declared]:
    """What a preset gave is no longer required; numbers can still replace it by position."""
    return [
        d._replace(required=False, kind=d.kind or kind_of(values[d.name]))
        if d.name in values
        else d
        for d in declared
    ]


def _nameless(base: ast.Expr, unit: Unit) -> Failure:
    """NN101 for a preset of something that is no definition."""
    if not isinstance(base, ast.Name):
        fix = "`model Small = Net(depth=2)` gives settings to a model or block of this file"
        return fail("NN101", base.span, "this is not the name of a block or model", fix)
    doubtful = unit.file.doubtful | unit.lost
    if not base.id or base.id in doubtful or ANY in doubtful:
        return Silent()
    known = ", ".join(f"`{name}`" for name in list(unit.definitions)[:4])
    fix = did_you_mean(base.id, unit.definitions) or f"there are {known}"
    return fail("NN101", base.span, f"there is no block or model `{base.id}`", fix)


def resolve_preset(
    unit: Unit, word: str, span: Span
) -> tuple[ast.Def, Unit, list[tuple[ast.Preset, Unit]]]:
    """The block or model behind a word, through presets; the presets, innermost first."""
    chain: list[tuple[ast.Preset, Unit]] = []
    seen: set[str] = set()
    found, home = unit.definitions[word]
    while isinstance(found, ast.Preset):
        base = found.value.func if isinstance(found.value, ast.Call) else found.value
        if not isinstance(base, ast.Name) or base.id not in home.definitions:
            raise _nameless(base, home)
        if found.name in seen:
            raise fail("NN334", found.span, f"`{found.name}` is defined by itself",
                       "behind the `=` stands another one: `model B = A(depth=4)`")  # fmt: skip
        seen.add(found.name)
        chain.insert(0, (found, home))
        found, home = home.definitions[base.id]
    return found, home, chain
