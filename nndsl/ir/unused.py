"""Names and settings of definitions that no model uses: what can be told without an input."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ir.exits import leaves
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.no_types import batch_is_left_out
from nndsl.ir.presets import resolve_preset
from nndsl.ir.reads import Reads, Walk
from nndsl.ir.scope import Unit
from nndsl.ir.silent import Silent
from nndsl.ir.types import DTYPES
from nndsl.ops import registry
from nndsl.ops.base import Word
from nndsl.syntax import ast

READERS = ("shape", "channels", "len", "pop", "residual")


class Names(Reads):
    """The walk of `reads` over a definition, which looks up every stage and every setting."""

    def __init__(self, unit: Unit, definition: ast.Def, diagnostics: Diagnostics) -> None:
        super().__init__(unit, definition, diagnostics)
        lets = [line for line in unit.file.declarations if isinstance(line, ast.Let)]
        self.typing = False  # in an input's type, where `int` and `bool` are no values
        self.lets = {target.name for line in lets for target in leaves(line.targets)}

    def _stage(self, stage: ast.Stage) -> tuple[bool, str]:
        if isinstance(stage, ast.ExprStage):
            expr = stage.expr
            word = expr.func if isinstance(expr, ast.Call) else expr
            if isinstance(word, ast.Name) and not self._known(word.id):
                self._tell(self.unknown(word.id, word.span))
        elif isinstance(stage, ast.Braces) and stage.word and not self._known(stage.word):
            self._tell(self.unknown(stage.word, stage.word_span, "merge"))
        return super()._stage(stage)

    def _if(self, stage: ast.If, walk: Walk) -> tuple[bool, str]:
        self._number(stage.cond)
        return super()._if(stage, walk)

    def _loop(self, stage: ast.For | ast.Repeat, walk: Walk) -> tuple[bool, str]:
        self._number(stage.over if isinstance(stage, ast.For) else stage.count)
        return super()._loop(stage, walk)

    def _number(self, expr: ast.Expr) -> None:
        """NN101 for a bare name where a number or a list stands."""
        if isinstance(expr, ast.Name) and not self._known(expr.id):
            self._tell(self.unknown(expr.id, expr.span, "value"))

    def _expr(self, expr: ast.Expr) -> None:
        for name in () if self.typing else _values(expr):
            if not self._known(name.id):
                self._tell(self.unknown(name.id, name.span, "value"))
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            word = expr.func
            if self.lookup(word.id) is None:
                self._settings(word.id, expr.args)
                self._words(word.id, expr.args)
                if word.id[:1].isupper() and not self._known(word.id):
                    self._tell(self.unknown(word.id, word.span))
        super()._expr(expr)

    def _named_line(self, line: ast.Line) -> bool:
        if isinstance(line, ast.Input) and isinstance(line.type, ast.ListExpr | ast.Index):
            sizes = [item for item in line.type.items if isinstance(item, ast.Arg)]
            try:
                batch_is_left_out(self, line.type, sizes)
            except Failure as failure:
                self._tell(failure)
        self.typing = isinstance(line, ast.Input)
        found = super()._named_line(line)
        self.typing = False
        return found

    def _known(self, word: str) -> bool:
        return (
            self.lookup(word) is not None
            or word in self.unit.definitions
            or registry.known(word)
            or word in FUNCTIONS
            or word in READERS
            or word in self.lets
        )

    def _settings(self, word: str, args: Sequence[ast.Arg]) -> None:
        """NN102 for keywords that the layer, function or block does not have."""
        found = self._takes(word)
        if found is None:
            return
        settings, operands = found
        for arg in args:
            if arg.name is None or arg.name in settings or arg.name in operands:
                continue
            known = ", ".join(settings)
            fix = did_you_mean(arg.name, (*settings, *operands))
            fix = fix or (f"its settings are {known}" if known else "it has no settings")
            self._tell(fail("NN102", arg.span, f"`{word}` has no setting `{arg.name}`", fix))

    def _words(self, word: str, args: Sequence[ast.Arg]) -> None:
        """NN101 for bare names that none of a layer's settings could know."""
        op = registry.find(word) if word not in self.unit.definitions else None
        for arg in args if op is not None else ():
            name = arg.value
            if not isinstance(name, ast.Name) or self._known(name.id):
                continue
            assert op is not None
            setting = op.setting(arg.name) if arg.name is not None else None
            kinds = [setting.kind] if setting is not None else [s.kind for s in op.settings]
            if not any(kind.accepts(Word(name.id)) for kind in kinds):
                self._tell(self.unknown(name.id, name.span, "name"))

    def _takes(self, word: str) -> tuple[Collection[str], Collection[str]] | None:
        """The settings and the operands that a word takes by keyword."""
        if word in self.unit.definitions:
            try:
                definition, _, _ = resolve_preset(self.unit, word, self.definition.span)
            except Failure:
                return None  # a mistake of its own
            ports = [line.name for line in definition.body if isinstance(line, ast.Input)]
            return [param.name for param in definition.params], ports
        op = registry.find(word)
        if op is None:
            return None
        return [s.name for s in op.settings], [n for n in (*op.operands, *op.given) if n]

    def _tell(self, failure: Failure) -> None:
        """Reports a mistake, unless its place has one already."""
        found = failure.diagnostic if not isinstance(failure, Silent) else None
        told = {item.span for item in self.home.diagnostics.items}
        if found is not None and found.span not in told:
            self.home.diagnostics.add(found)


def _values(expr: ast.Expr) -> list[ast.Name]:
    """The bare names directly in an expression that stand for numbers or values, never words."""
    match expr:
        case ast.Binary(_, left, right) | ast.BoolOp(_, left, right):
            found: tuple[ast.Expr, ...] = (left, right)
        case ast.Unary(_, value) | ast.Index(value):
            found = (value,)
        case ast.Ternary(cond):
            found = (cond,)
        case ast.Compare(values, ops) if not {"==", "!=", "in", "not in"} & set(ops):
            found = values
        case ast.Call(ast.Name(word), args) if word in (*FUNCTIONS, *READERS):
            found = tuple(arg.value for arg in args if arg.name is None)
        case _:
            return []
    names = [part for part in found if isinstance(part, ast.Name)]
    return [name for name in names if name.id and name.id not in DTYPES]


def names(unit: Unit, definition: ast.Def, diagnostics: Diagnostics) -> None:
    """Reports what a definition names that does not exist, and what it never reads."""
    Names(unit, definition, diagnostics).run()
