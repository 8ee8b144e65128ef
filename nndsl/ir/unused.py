"""Names and settings of definitions that no model uses: what can be told without an input."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.presets import resolve_preset
from nndsl.ir.reads import Reads, mentioned
from nndsl.ir.scope import Unit
from nndsl.ir.silent import Silent
from nndsl.ops import registry
from nndsl.syntax import ast

READERS = ("shape", "channels", "len", "pop", "residual")


class Names(Reads):
    """The walk of `reads` over a definition, which looks up every stage and every setting."""

    def _stage(self, stage: ast.Stage) -> tuple[bool, str]:
        if isinstance(stage, ast.ExprStage):
            expr = stage.expr
            word = expr.func if isinstance(expr, ast.Call) else expr
            if isinstance(word, ast.Name) and not self._known(word.id):
                self._tell(self.unknown(word.id, word.span))
        elif isinstance(stage, ast.Braces) and stage.word and not self._known(stage.word):
            self._tell(self.unknown(stage.word, stage.word_span, "merge"))
        return super()._stage(stage)

    def _expr(self, expr: ast.Expr) -> bool:
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            word = expr.func
            if self.lookup(word.id) is None:
                self._settings(word.id, expr.args)
                if word.id[:1].isupper() and not self._known(word.id):
                    self._tell(self.unknown(word.id, word.span))
        return super()._expr(expr)

    def _known(self, word: str) -> bool:
        return (
            self.lookup(word) is not None
            or word in self.unit.definitions
            or registry.known(word)
            or word in FUNCTIONS
            or word in READERS
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


def unused(unit: Unit, models: Collection[str]) -> list[ast.Def]:
    """The file's own definitions that none of these models leads to."""
    lines = {
        line.name: line for line in unit.file.declarations if isinstance(line, ast.Def | ast.Preset)
    }
    shared = set().union(
        *(mentioned(line) for line in unit.file.declarations if isinstance(line, ast.Let))
    )
    open_, reached = [*models, *shared], set[str]()
    while open_:
        name = open_.pop()
        if name in lines and name not in reached:
            reached.add(name)
            open_ += mentioned(lines[name])
    return [
        line for name, line in lines.items() if name not in reached and isinstance(line, ast.Def)
    ]


def names(unit: Unit, definition: ast.Def, diagnostics: Diagnostics) -> None:
    """Reports what a definition names that does not exist, and what it never reads."""
    Names(unit, definition, diagnostics).run()
