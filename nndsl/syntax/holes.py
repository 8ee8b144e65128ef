"""What stands in the tree for a line that was left out after a mistake."""

from __future__ import annotations

from nndsl.source import Span
from nndsl.syntax import ast

ANY = "*"  # among doubtful names: a line that binds one was left out, whatever its name is


def hole(span: Span) -> ast.PipeLine:
    """A stage without a name: what follows from it is not said."""
    stage = ast.ExprStage(ast.Name("", span), span)
    return ast.PipeLine(ast.Pipeline((stage,), span), span)


def is_hole(line: ast.Line) -> bool:
    """True for what `hole` gives."""
    if not isinstance(line, ast.PipeLine):
        return False
    stage = line.pipeline.stages[0]
    return isinstance(stage, ast.ExprStage) and stage.expr == ast.Name("", line.span)
